"""One training step in PyTorch, repeated: the objectives as a user of PyTorch would write them.

    python step_torch.py OBJECTIVE f32|bf16 HIDDEN STEPS ENV ENV
"""

import sys

import torch
from safetensors.torch import load_file
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import linear

objective, precision, hidden, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(1)
torch.manual_seed(0)


def load(path):
    file = load_file(path)
    images = file["images"].float().div(255).flatten(1)
    return images, file["labels"].float().unsqueeze(1)


environments = [load(path) for path in sys.argv[5:]]
sizes = [environments[0][0].shape[1], hidden, hidden, 1]
theta = []
for inputs, outputs in zip(sizes, sizes[1:]):
    theta.append(torch.nn.init.xavier_uniform_(torch.empty(outputs, inputs)).requires_grad_())
    theta.append(torch.zeros(outputs, requires_grad=True))
optimiser = torch.optim.Adam(theta, lr=0.001)


def logits(theta, x):
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        h = torch.relu(linear(x, theta[0], theta[1]))
        h = torch.relu(linear(h, theta[2], theta[3]))
        return linear(h, theta[4], theta[5]).float()


def risk(theta, environment):
    x, y = environment
    return bce(logits(theta, x), y)


def irm_penalty(z, y):
    scale = torch.ones(1, requires_grad=True)
    return torch.autograd.grad(bce(z * scale, y), scale, create_graph=True)[0].square().sum()


def loss():
    if objective == "meta-irm":
        losses = []
        for i, inner in enumerate(environments):
            gradient = torch.autograd.grad(risk(theta, inner), theta, create_graph=True)
            adapted = [t - 0.1 * g for t, g in zip(theta, gradient)]
            losses += [risk(adapted, outer) for j, outer in enumerate(environments) if j != i]
        losses = torch.stack(losses)
        return losses.sum() + 100 * losses.std(correction=0)
    if objective == "irmv1":
        outputs = [(logits(theta, x), y) for x, y in environments]
        risks = torch.stack([bce(z, y) for z, y in outputs])
        return risks.mean() + 100 * torch.stack([irm_penalty(z, y) for z, y in outputs]).mean()
    risks = torch.stack([risk(theta, environment) for environment in environments])
    if objective == "v-rex":
        return risks.sum() + 100 * (risks[0] - risks[1]).square()
    return risks.mean()


for _ in range(steps):
    optimiser.zero_grad()
    whole = loss() + 0.001 * sum(t.square().sum() for t in theta)
    whole.backward()
    optimiser.step()
