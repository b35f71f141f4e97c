"""Times a training step in PyTorch on an NVIDIA GPU: the objectives of step_torch.py, eager or compiled.

    python step_torch_cuda.py OBJECTIVE f32|tf32|bf16 eager|compile HIDDEN STEPS ENV ENV

Prints milliseconds a step, over STEPS steps after as many to warm up.
"""

import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import cross_entropy, linear

objective, precision, mode, hidden, steps = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
torch.manual_seed(0)
torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")


def load(path):
    file = load_file(path)
    images = file["images"].float().div(255).flatten(1)
    return images.cuda(), file["labels"].long().cuda()


environments = [load(path) for path in sys.argv[6:]]
classes = 1 + max(int(labels.max()) for _, labels in environments)
outputs = 1 if classes == 2 else classes
if outputs == 1:
    environments = [(x, y.float().unsqueeze(1)) for x, y in environments]
sizes = [environments[0][0].shape[1], hidden, hidden, outputs]
theta = []
for i, o in zip(sizes, sizes[1:]):
    theta.append(torch.nn.init.xavier_uniform_(torch.empty(o, i)).cuda())
    theta.append(torch.zeros(o, device="cuda"))


def nll(z, y):
    return bce(z, y) if outputs == 1 else cross_entropy(z, y)


def logits(theta, x):
    with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
        h = torch.relu(linear(x, theta[0], theta[1]))
        h = torch.relu(linear(h, theta[2], theta[3]))
        return linear(h, theta[4], theta[5]).float()


def risk(theta, environment):
    x, y = environment
    return nll(logits(theta, x), y)


def scale_gradient(z, y):
    """The derivative by a scale of the logits, in closed form: autograd's own would need a graph of a graph."""
    p = torch.sigmoid(z) if outputs == 1 else torch.softmax(z, 1)
    labels = y if outputs == 1 else torch.nn.functional.one_hot(y, outputs).float()
    return ((p - labels) * z).mean(0)


def loss(theta):
    decay = 0.001 * sum(t.square().sum() for t in theta)
    if objective == "meta-irm":
        losses = []
        for i, inner in enumerate(environments):
            if mode == "eager":
                gradient = torch.autograd.grad(risk(theta, inner), theta, create_graph=True)
            else:
                gradient = torch.func.grad(risk)(theta, inner)
            adapted = [t - 0.1 * g for t, g in zip(theta, gradient)]
            losses += [risk(adapted, outer) for j, outer in enumerate(environments) if j != i]
        losses = torch.stack(losses)
        return (losses.sum() + 100 * losses.std(correction=0) + decay) / 100
    pairs = [(logits(theta, x), y) for x, y in environments]
    risks = torch.stack([nll(z, y) for z, y in pairs])
    if objective == "irmv1":
        penalty = torch.stack([scale_gradient(z, y).square().sum() for z, y in pairs]).mean()
        return (risks.mean() + 100 * penalty + decay) / 100
    if objective == "v-rex":
        return (risks.sum() + 100 * (risks[0] - risks[1]).square() + decay) / 100
    return risks.mean() + decay


if mode == "compile":
    gradient_of = torch.compile(torch.func.grad(loss))
else:
    for t in theta:
        t.requires_grad_()

    def gradient_of(theta):
        return torch.autograd.grad(loss(theta), theta)


optimiser = torch.optim.Adam(theta, lr=0.001)


def run(count):
    for _ in range(count):
        for t, g in zip(theta, gradient_of(theta)):
            t.grad = g
        optimiser.step()
    torch.cuda.synchronize()


run(steps)
start = time.perf_counter()
run(steps)
print((time.perf_counter() - start) / steps * 1000)
