"""Times `train --batch` on environments of more and more rows; `make bench-rows` calls it.

    scripts/bench/bench_rows.py --train out/bin/train --folder out/bench/rows --rows 100000,1000000,10000000 TRAIN-1 TRAIN-2

The rows are those of the two given environments, drawn with replacement from a seed. One line of CSV for each number of rows and each objective: CPU
seconds to look through both files, CPU seconds of one update in f32, and the peak memory of the program in MiB, without the pages of
the files that the system keeps.
"""

import argparse
import csv
import json
import pathlib
import sys

import numpy
import safetensors.numpy

from bench import run

BATCH = 1000
FEW, MANY = 10, 60
# Rows of one write.
PIECE = 100_000


def resampled(source, rows, seed, path):
    """Writes `rows` rows of the environment `source`, drawn with replacement, to `path`, piece by piece."""
    tensors = safetensors.numpy.load_file(source)
    images, labels = tensors["images"], tensors["labels"].astype(numpy.uint8)
    rng = numpy.random.default_rng(seed)
    numbers = rng.integers(len(images), size=rows, dtype=numpy.uint32)
    size = rows * images[0].size
    header = json.dumps({
        "images": {"dtype": "U8", "shape": [rows, *images.shape[1:]], "data_offsets": [0, size]},
        "labels": {"dtype": "U8", "shape": [rows], "data_offsets": [size, size + rows]},
    }).encode()
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for values in (images, labels):
            for first in range(0, rows, PIECE):
                file.write(values[numbers[first:first + PIECE]].tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where the environments are made; they are removed afterwards")
    parser.add_argument("--rows", required=True, help="numbers of rows of each environment, separated by commas")
    parser.add_argument("sources", nargs=2, type=pathlib.Path, help="the environments that rows are drawn from")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["rows", "file_mib", "objective", "batch", "look_through_cpu_s", "update_cpu_s", "peak_mib"])
    for rows in map(int, args.rows.split(",")):
        files = [args.folder / f"{rows}-{number}.safetensors" for number in (1, 2)]
        for number, (source, file) in enumerate(zip(args.sources, files)):
            resampled(source, rows, number, file)
        mib = sum(file.stat().st_size for file in files) / 2**20
        for objective in ("erm", "meta-irm"):
            def train(steps):
                flags = ["--objective", objective, "--batch", BATCH, "--steps", steps, "--threads", 1, "--precision", "f32", "-o", args.folder / "out.safetensors"]
                cpu, _, peak = run([str(word) for word in (args.train, *flags, *files)])
                return cpu, peak
            (few, _), (many, peak) = train(FEW), train(MANY)
            update = (many - few) / (MANY - FEW)
            table.writerow([rows, f"{mib:.0f}", objective, BATCH, f"{few - FEW * update:.2f}", f"{update:.4f}", f"{peak:.0f}"])
            sys.stdout.flush()
        for file in files:
            file.unlink()
    (args.folder / "out.safetensors").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
