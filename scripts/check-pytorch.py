"""Checks train and eval against PyTorch, in both directions:

    python scripts/check-pytorch.py [--train PROGRAM] CHECKPOINT SCORES.csv ENV...

1. CHECKPOINT is loaded into three nn.Linear, which must give the accuracy and the risk that eval
   wrote into SCORES.csv for each ENV, named as there.
2. An environment written by safetensors.numpy, with images and labels alone, must train, and the
   checkpoint must load.

Prints a line for each check. Exit code 1 if one fails. Needs torch, numpy and safetensors.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

# Both sides compute in f32 but add up in another order: a logit of size 1 differs by some 1e-6. So a
# row may be predicted otherwise only where its decision hangs on less than this.
TIE = 1e-5
# Relative, for the mean over all rows: eval's is an f32 sum, here it is taken in f64.
RISK_TOLERANCE = 1e-5


def network(path):
    """The checkpoint at `path` as a PyTorch module: three nn.Linear with ReLU between them."""
    state = load_file(path)
    layers = {}
    for name in ("fc1", "fc2", "fc3"):
        rows, columns = state[f"{name}.weight"].shape
        layers[name] = nn.Linear(columns, rows)
    module = nn.ModuleDict(layers)
    module.load_state_dict(state)  # Strict: every tensor is used and none is missing.
    return module


def forward(module, images):
    """Logits [n, k], or [n, 1] for two classes, of images U8 [n, channels, height, width]."""
    x = images.flatten(1).float() / 255
    x = module["fc1"](x).relu()
    x = module["fc2"](x).relu()
    return module["fc3"](x)


def score(logits, labels):
    """How many rows are right, how many could be either way, and the risk in nats."""
    if logits.shape[1] == 1:
        z = logits[:, 0]
        right = (z > 0) == (labels == 1)
        margin = z.abs()
        risk = F.binary_cross_entropy_with_logits(z.double(), labels.double())
    else:
        right = logits.argmax(1) == labels
        two = logits.topk(2, dim=1).values
        margin = two[:, 0] - two[:, 1]
        risk = F.cross_entropy(logits.double(), labels.long())
    return int(right.sum()), int((margin < TIE).sum()), float(risk)


def check_scores(checkpoint, scores, environments):
    """Whether PyTorch gives the rows that eval wrote for `checkpoint`."""
    with open(scores, newline="") as file:
        rows = {row["environment"]: row for row in csv.DictReader(file) if row["checkpoint"] == checkpoint}
    module = network(checkpoint)
    passed = True
    for path in environments:
        if path not in rows:
            sys.exit(f"{scores}: no row for {checkpoint} on {path}; it has: {', '.join(rows) or 'none'}")
        tensors = load_file(path)
        labels = tensors["labels"]
        with torch.no_grad():
            right, ties, risk = score(forward(module, tensors["images"]), labels)
        row = rows[path]
        ours, ours_risk = float(row["accuracy"]), float(row["risk"])
        differ = abs(round(ours * len(labels)) - right)
        same = (
            int(row["count"]) == len(labels)
            and differ <= ties
            and abs(ours_risk - risk) <= RISK_TOLERANCE * max(1, risk)
        )
        passed &= same
        print(
            f"{'ok  ' if same else 'FAIL'} {path}: accuracy {ours:.4f}, PyTorch {right / len(labels):.4f}"
            f" ({differ} of {len(labels)} rows differ, {ties} too close to call);"
            f" risk {ours_risk:.6f}, PyTorch {risk:.6f}"
        )
    return passed


def check_training(train):
    """Whether an environment that Python wrote trains."""
    generator = np.random.default_rng(0)
    labels = np.arange(300, dtype=np.int64) % 3
    images = generator.integers(0, 256, (300, 3, 4, 5), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        environment, checkpoint = Path(folder, "environment"), Path(folder, "checkpoint")
        save_file({"images": images, "labels": labels}, environment)
        command = [train, "--objective", "irmv1", "--hidden", "16", "--steps", "5", "-o", checkpoint, environment]
        ended = subprocess.run(command, capture_output=True, text=True)
        same = ended.returncode == 0
        if same:
            logits = forward(network(checkpoint), torch.from_numpy(images))
            same = tuple(logits.shape) == (300, 3) and bool(logits.isfinite().all())
        print(f"{'ok  ' if same else 'FAIL'} an environment of safetensors.numpy trains{ended.stderr and ': ' + ended.stderr.strip()}")
        return same


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", default="out/bin/train", help="the program train [default: out/bin/train]")
    parser.add_argument("checkpoint")
    parser.add_argument("scores")
    parser.add_argument("environments", nargs="+", metavar="environment")
    arguments = parser.parse_args()
    passed = check_scores(arguments.checkpoint, arguments.scores, arguments.environments)
    passed &= check_training(arguments.train)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
