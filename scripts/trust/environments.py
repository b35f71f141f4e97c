"""Holds environments of mkenv against their published description, not against our generator; `make trust` calls it.

    scripts/trust/environments.py --bin out/bin

For 2, 5 and 10 classes, both splits, with and without colour and patch: the number of rows and of channels, which pixels stand in
which channel, that each row of the source is dealt once, and how often labels, colours and patches are moved. A frequency must lie
within 4.5 standard deviations of its probability. (golden.py in crates/environment draws the same environments bit by bit.)
It needs no package.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import tempfile
import time

import outcome

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = range(12)
NOISE = 0.25
# So unlikely for one frequency that among some hundred no right one fails.
DEVIATIONS = 4.5


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    body = data[8 + length:]
    return {name: (entry["shape"], body[slice(*entry["data_offsets"])]) for name, entry in header.items()}


def kinds():
    """(classes, flags) as in the paper's experiments."""
    for classes in (2, 5, 10):
        yield classes, []
        yield classes, ["--grayscale"]
    yield 2, ["--patch"]


def rate_fault(what, hits, count, probability):
    deviation = (count * probability * (1 - probability)) ** 0.5
    if abs(hits - count * probability) > DEVIATIONS * max(deviation, 1e-9):
        yield f"{what}: {hits} of {count}, expected a frequency of {probability}"


def of_one(path, images, digits, expected_rows, classes, flags, p_e):
    """(faults, rows, labels moved, colours moved, patches moved) of one file."""
    found = tensors(path)
    shape, pixels = found["images"]
    labels, indices = found["labels"][1], struct.unpack(f"<{expected_rows}I", found["indices"][1][:4 * expected_rows])
    channels = 1 if "--grayscale" in flags else classes
    if shape != [expected_rows, channels, 14, 14]:
        return [f"shape {shape}, expected {[expected_rows, channels, 14, 14]}"], 0, 0, 0, 0
    faults, moved, recoloured, repatched = [], 0, 0, 0
    for row, (index, label) in enumerate(zip(indices, labels)):
        # 0 to 4 are class 1 of two; else each class has 10/k neighbouring digits.
        clean = int(digits[index] < 5) if classes == 2 else digits[index] * classes // 10
        if label not in (clean, (clean + 1) % classes):
            faults.append(f"row {row}: label {label}, expected {clean} or the next")
        moved += label != clean
        image = pixels[row * channels * 196:(row + 1) * channels * 196]
        source = images[index * 784:(index + 1) * 784]
        digit = bytearray(source[28 * 2 * y + 2 * x] for y in range(14) for x in range(14))
        lit = [c for c in range(channels) if any(image[c * 196:(c + 1) * 196])]
        if len(lit) > 1:
            faults.append(f"row {row}: channels {lit} are lit, expected one")
            continue
        color = lit[0] if lit else 0
        plane = image[color * 196:(color + 1) * 196]
        if "--patch" in flags:
            corners = [all(plane[14 * (y + dy) + x + dx] == 255 for dy in range(3) for dx in range(3)) for y, x in ((0, 0), (11, 11))]
            place = corners.index(True)
            repatched += place != label
            for dy in range(3):
                for dx in range(3):
                    digit[14 * (11 * place + dy) + 11 * place + dx] = 255
        if lit and bytes(digit) != plane:
            faults.append(f"row {row}: the pixels are not those of row {index} of the source")
        if channels > 1 and color not in (label, (label + 1) % classes):
            faults.append(f"row {row}: colour {color}, expected {label} or the next")
        recoloured += channels > 1 and color != label
    return faults, expected_rows, moved, recoloured, repatched


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    args = parser.parse_args()
    begin = time.monotonic()
    folder = ROOT / "fixtures/mnist"
    files = [folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"]
    images, digits = files[0].read_bytes()[16:], files[1].read_bytes()[8:]
    found, cases = [], 0
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "environment"
        for classes, flags in kinds():
            # A sixth of 1,200 rows is the test split.
            for split, p_e, rows in (("1/2", 0.2, 500), ("2/2", 0.1, 500), (None, 0.9, 200)):
                sums = [0, 0, 0, 0]
                name = f"{classes} classes {' '.join(flags)}, {'part ' + split if split else 'test'}, p_e {p_e}"
                for seed in SEEDS:
                    part = ["--split", "train", "--part", split] if split else ["--split", "test"]
                    command = [args.bin.resolve() / "mkenv", "--images", files[0], "--labels", files[1], "--classes", str(classes),
                               "--p-e", str(p_e), "--seed", str(seed), "-o", path, *part, *flags]
                    subprocess.run(command, check=True)
                    faults, *counts = of_one(path, images, digits, rows, classes, flags, p_e)
                    found += [f"{name}, seed {seed}: {fault}" for fault in faults[:3]]
                    sums = [total + count for total, count in zip(sums, counts)]
                    cases += 1
                count, moved, recoloured, repatched = sums
                found += rate_fault(f"{name}: labels moved", moved, count, NOISE)
                if "--grayscale" not in flags:
                    found += rate_fault(f"{name}: colours moved", recoloured, count, p_e)
                if "--patch" in flags:
                    found += rate_fault(f"{name}: patches moved", repatched, count, p_e)
    outcome.end("environments", cases, found, begin)


if __name__ == "__main__":
    main()
