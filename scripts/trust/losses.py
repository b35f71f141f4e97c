"""Holds what train says of its loss against the formulas, computed here in f64 number by number; `make trust` calls it.

    scripts/trust/losses.py --bin out/bin

Nine objectives and variants, with 2, 5 and 10 classes, on two and on three environments: the risks, the base, the penalty and the
loss that the log gives for the second step, at the weights that train left after the first. The gradients are held against
finite differences and autograd in crates/objective/tests/gradients. It needs no package.
"""

import argparse
import csv
import json
import math
import pathlib
import struct
import subprocess
import tempfile
import time

import outcome

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHT, INNER_LR, L2 = 3.0, 0.1, 0.001
# train computes in f32, of which some hundred roundings add up.
TOLERANCE = 2e-5
VARIANTS = {
    "erm": [], "irmv1": [], "v-rex": [], "mm-rex": [], "meta-irm": [],
    "meta-irm pairs": ["--std-over", "pairs"], "meta-irm 2 steps": ["--inner-steps", "2"],
    "meta-irm same": ["--same-env"], "meta-irm first": ["--first-order"],
}


def tensors(path):
    """{name: (shape, values)}; bytes and f32 alike."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body, found = data[8 + length:], {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = {"F32": "f", "U8": "B", "U32": "I"}[entry["dtype"]]
        found[name] = entry["shape"], list(struct.unpack(f"<{(end - begin) // struct.calcsize(kind)}{kind}", body[begin:end]))
    return found


def environment(path):
    """Rows of inputs from 0 to 1, and labels."""
    found = tensors(path)
    shape, pixels = found["images"]
    width = len(pixels) // shape[0]
    rows = [[pixel / 255 for pixel in pixels[row * width:(row + 1) * width]] for row in range(shape[0])]
    return rows, found["labels"][1]


def network(path):
    """[(weight [out][in], bias [out])] of the layers."""
    found, layers = tensors(path), []
    while f"fc{len(layers) + 1}.weight" in found:
        (outputs, inputs), weight = found[f"fc{len(layers) + 1}.weight"]
        layers.append(([weight[row * inputs:(row + 1) * inputs] for row in range(outputs)], found[f"fc{len(layers) + 1}.bias"][1]))
    return layers


def forward(layers, row):
    """The inputs of every layer, and the logits."""
    inputs = [row]
    for place, (weight, bias) in enumerate(layers):
        out = [sum(w * x for w, x in zip(line, inputs[-1])) + b for line, b in zip(weight, bias)]
        if place == len(layers) - 1:
            return inputs, out
        inputs.append([max(value, 0.0) for value in out])


def probabilities(logits):
    """Of the classes; one logit is that of class 1 of two."""
    logits = [0.0, *logits] if len(logits) == 1 else logits
    largest = max(logits)
    powers = [math.exp(logit - largest) for logit in logits]
    return [power / sum(powers) for power in powers]


def errors(logits, label):
    """The derivative of the negative log-likelihood by each logit."""
    wrong = [p - (place == label) for place, p in enumerate(probabilities(logits))]
    return wrong[1:] if len(logits) == 1 else wrong


def risk(layers, data):
    rows, labels = data
    return sum(-math.log(probabilities(forward(layers, row)[1])[label]) for row, label in zip(rows, labels)) / len(rows)


def scale_penalty(layers, data):
    rows, labels = data
    sums = None
    for row, label in zip(rows, labels):
        logits = forward(layers, row)[1]
        terms = [error * logit for error, logit in zip(errors(logits, label), logits)]
        sums = terms if sums is None else [a + b for a, b in zip(sums, terms)]
    return sum((value / len(rows)) ** 2 for value in sums)


def after_step(layers, data):
    """The layers after a gradient step of size INNER_LR on the risk, by backpropagation."""
    rows, labels = data
    new = [([line[:] for line in weight], bias[:]) for weight, bias in layers]
    for row, label in zip(rows, labels):
        inputs, logits = forward(layers, row)
        delta = errors(logits, label)
        for place in range(len(layers) - 1, -1, -1):
            weight, bias = new[place]
            for o, d in enumerate(delta):
                bias[o] -= INNER_LR * d / len(rows)
                for i, x in enumerate(inputs[place]):
                    weight[o][i] -= INNER_LR * d * x / len(rows)
            old = layers[place][0]
            delta = [sum(d * line[i] for d, line in zip(delta, old)) * (x > 0) for i, x in enumerate(inputs[place])]
    return new


def deviation(values):
    mean = sum(values) / len(values)
    return (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5


def base_and_penalty(variant, layers, data):
    risks = [risk(layers, one) for one in data]
    if variant == "erm":
        return sum(risks) / len(risks), 0.0
    if variant == "irmv1":
        return sum(risks) / len(risks), sum(scale_penalty(layers, one) for one in data) / len(data)
    if variant == "v-rex":
        return sum(risks), sum((a - b) ** 2 for place, a in enumerate(risks) for b in risks[:place])
    if variant == "mm-rex":
        return sum(risks), len(risks) * max(risks) - sum(risks)
    sums, all_losses = [], []
    for inner in range(len(data)):
        adapted = layers
        for _ in range(2 if "2 steps" in variant else 1):
            adapted = after_step(adapted, data[inner])
        losses = [risk(adapted, one) for outer, one in enumerate(data) if (outer == inner) == ("same" in variant)]
        all_losses += losses
        sums.append(sum(losses))
    return sum(all_losses), deviation(all_losses if "pairs" in variant else sums)


def check(variant, flags, files, folder, bin_folder):
    """Faults of one run."""
    out = folder / "run.safetensors"
    weight = [] if variant == "erm" else ["--std-weight" if variant.startswith("meta") else "--penalty-weight", str(WEIGHT), "--anneal", "0"]
    inner = ["--inner-lr", str(INNER_LR)] if variant.startswith("meta") else []
    command = [bin_folder / "train", "--objective", variant.split()[0], *flags, *weight, *inner, "--hidden", "5", "--lr", "0.05", "--l2", str(L2),
               "--precision", "f32", "--steps", "2", "--checkpoint-every", "1", "--log", folder / "log", "--log-every", "1", "-o", out]
    subprocess.run(command + files, check=True, stderr=subprocess.PIPE)
    layers = network(folder / "run.step-1.safetensors")
    data = [environment(file) for file in files]
    lines = [line for line in csv.DictReader((folder / "log").open()) if line["step"] == "1"]
    base, penalty = base_and_penalty(variant, layers, data)
    weight = float(lines[0]["weight"])
    squares = sum(value * value for matrix, bias in layers for line in (*matrix, bias) for value in line)
    expected = {"base": base, "penalty": penalty, "loss": (base + weight * penalty + L2 * squares) / max(1.0, weight)}
    pairs = [(name, float(lines[0][name]), value) for name, value in expected.items()]
    pairs += [(f"risk {place}", float(line["risk"]), risk(layers, one)) for place, (line, one) in enumerate(zip(lines, data))]
    return [f"{name} is {found}, expected {value}" for name, found, value in pairs if not abs(found - value) <= TOLERANCE * max(1.0, abs(value))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    args = parser.parse_args()
    begin = time.monotonic()
    idx = ROOT / "fixtures/mnist"
    found, cases = [], 0
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for classes in (2, 5, 10):
            files = []
            for part, p_e in ((1, 0.2), (2, 0.1), (3, 0.4)):
                files.append(folder / f"{classes}-{part}")
                subprocess.run([args.bin.resolve() / "mkenv", "--images", idx / "train-images-idx3-ubyte", "--labels", idx / "train-labels-idx1-ubyte",
                                "--classes", str(classes), "--split", "train", "--part", f"{part}/3", "--p-e", str(p_e), "--limit", "40",
                                "--subsample", "7", "-o", files[-1]], check=True)
            for variant, flags in VARIANTS.items():
                for count in (2, 3):
                    faults = check(variant, flags, files[:count], folder, args.bin.resolve())
                    found += [f"{variant}, {classes} classes, {count} environments: {fault}" for fault in faults]
                    cases += 1
    outcome.end("losses", cases, found, begin)


if __name__ == "__main__":
    main()
