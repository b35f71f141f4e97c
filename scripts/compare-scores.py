"""Holds new scores against the committed rows of the same runs; `make check-results` calls it.

    scripts/compare-scores.py --results fixtures/results SCORES.csv...

Where the precision and the CPU's instructions are those that the committed rows of that precision were made with,
every number must be the same to the last digit. Elsewhere products are rounded and summed otherwise, and
training amplifies it: accuracies may differ by ACCURACY and risks by RISK. Seen so far: ERM on grayscale,
seed 0, bf16 on a Zen 4 against f32 on a CPU without AVX-512: 0.08 points and 0.002 nats; bf16 against f32 in the
engine's prototype: 0.2 points for ERM, IRMv1 and V-REx, but up to 2 for meta-IRM, for which ACCURACY is too narrow.
"""

import argparse
import csv
import json
import pathlib
import sys

import cpu

ACCURACY = 0.005
RISK = 0.02
FILES = ("checkpoint", "environment")
KEY = ("row", "objective", "classes", "n_per_env", "seed", "split", "p_e", "environment_name")


def deciding(features, precision):
    """Those that show in the bits: in f32 whole runs were the same with AVX2 as with AVX-512."""
    return [name for name in features if precision != "f32" or not name.startswith(("avx", "amx"))]


def rows(path):
    """The rows of a file of scores, by what was scored on what."""
    with path.open() as file:
        return {tuple(row[column] for column in KEY): row for row in csv.DictReader(file)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=pathlib.Path, required=True, help="folder of the committed results")
    parser.add_argument("scores", type=pathlib.Path, nargs="+", help="new scores, TABLE/ROW/seed-S.csv")
    args = parser.parse_args()
    invocations = json.loads((args.results / "run.json").read_text())["invocations"]

    def made_on_such_a_cpu(precision):
        made_on = [deciding(i["features"], precision) for i in invocations if precision in i["precision"]]
        return bool(made_on) and all(features == deciding(cpu.features(), precision) for features in made_on)

    failed = False
    for path in args.scores:
        table = path.parts[-3]
        committed = rows(args.results / f"{table}.csv")
        accuracy = risk = 0.0
        different = 0
        exactly = True
        for key, new in rows(path).items():
            if key not in committed and new.get("environment_name"):  # of further tests, which are newer than the rows
                continue
            if key not in committed:
                sys.exit(f"compare-scores: {path}: {args.results}/{table}.csv has no row of {', '.join(key)}")
            old = committed[key]
            same_precision = old["precision"] == new["precision"]
            exactly = exactly and same_precision and made_on_such_a_cpu(old["precision"])
            different += any(old[column] != new[column] for column in old if column not in FILES)
            accuracy = max(accuracy, abs(float(old["accuracy"]) - float(new["accuracy"])))
            risk = max(risk, abs(float(old["risk"]) - float(new["risk"])))
        agrees = different == 0 if exactly else accuracy <= ACCURACY and risk <= RISK
        failed |= not agrees
        rule = "the same to the last digit" if exactly else f"within {100 * ACCURACY} points and {RISK} nats"
        print(f"{'/'.join(path.with_suffix('').parts[-3:])}: {'agrees' if agrees else 'DIFFERS'}, expected {rule}; "
              f"greatest difference {100 * accuracy:.2f} points, {risk:.4f} nats, {different} rows not the same")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
