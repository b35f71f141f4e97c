"""One training step in JAX under jit, repeated: the objectives as a user of JAX would write them.

    python step_jax.py OBJECTIVE f32|bf16 HIDDEN STEPS ENV ENV
"""

import sys

import jax
import jax.numpy as jnp
from safetensors.numpy import load_file

objective, precision, hidden, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
dtype = jnp.bfloat16 if precision == "bf16" else jnp.float32


def load(path):
    file = load_file(path)
    images = file["images"].reshape(len(file["labels"]), -1)
    return jnp.asarray(images, dtype) / 255, jnp.asarray(file["labels"], jnp.float32)


environments = [load(path) for path in sys.argv[5:]]
sizes = [environments[0][0].shape[1], hidden, hidden, 1]
theta = []
for key, inputs, outputs in zip(jax.random.split(jax.random.key(0), 3), sizes, sizes[1:]):
    bound = (6 / (inputs + outputs)) ** 0.5
    weight = jax.random.uniform(key, (inputs, outputs), minval=-bound, maxval=bound)
    theta.append((weight, jnp.zeros(outputs)))


def logits(theta, x):
    h = x
    for layer, (weight, bias) in enumerate(theta):
        a = h @ weight.astype(dtype) + bias.astype(dtype)
        h = jax.nn.relu(a) if layer < 2 else a
    return h[:, 0].astype(jnp.float32)


def bce(z, y):
    return jnp.mean(jax.nn.softplus(z) - y * z)


def risk(theta, environment):
    x, y = environment
    return bce(logits(theta, x), y)


def irm_penalty(z, y):
    return jax.grad(lambda scale: bce(z * scale, y))(1.0) ** 2


def loss(theta, environments):
    decay = 0.001 * sum(jnp.sum(t * t) for t in jax.tree.leaves(theta))
    if objective == "meta-irm":
        losses = []
        for i, inner in enumerate(environments):
            gradient = jax.grad(risk)(theta, inner)
            adapted = jax.tree.map(lambda t, g: t - 0.1 * g, theta, gradient)
            losses += [risk(adapted, outer) for j, outer in enumerate(environments) if j != i]
        losses = jnp.stack(losses)
        return losses.sum() + 100 * losses.std() + decay
    if objective == "irmv1":
        outputs = [(logits(theta, x), y) for x, y in environments]
        risks = jnp.stack([bce(z, y) for z, y in outputs])
        penalties = jnp.stack([irm_penalty(z, y) for z, y in outputs])
        return risks.mean() + 100 * penalties.mean() + decay
    risks = jnp.stack([risk(theta, environment) for environment in environments])
    if objective == "v-rex":
        return risks.sum() + 100 * (risks[0] - risks[1]) ** 2 + decay
    return risks.mean() + decay


@jax.jit
def step(theta, mean, square, count, environments):
    gradient = jax.grad(loss)(theta, environments)
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)

    def move(t, m, v):
        return t - 0.001 * m / (1 - 0.9**count) / (jnp.sqrt(v / (1 - 0.999**count)) + 1e-8)

    return jax.tree.map(move, theta, mean, square), mean, square


mean = square = jax.tree.map(jnp.zeros_like, theta)
for count in range(1, steps + 1):
    theta, mean, square = step(theta, mean, square, jnp.float32(count), environments)
jax.block_until_ready(theta)
