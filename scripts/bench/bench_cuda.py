"""Compares a training step of train on an NVIDIA GPU with the same step in PyTorch, on the same GPU in one run.

    python bench_cuda.py --train FILE [--hidden 390] [--rounds 3] [--objectives erm meta-irm] ENV ENV

In every round all programs run, one after the other. Prints a Markdown table: the median of wall milliseconds a step,
after start-up, with the smallest and the largest, and how many times train's f32 a program takes.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
FEW, MANY = 100, 400


def wall(command):
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")
    return time.perf_counter() - start, done.stdout


def programs(train, objective, hidden, files):
    flags = [] if objective == "erm" else ["--anneal", "0"]

    def ours(*more):
        def measure():
            def run(steps):
                return wall([train, "--device", "cuda", "--objective", objective, "--hidden", hidden, *flags, *more,
                             "--steps", str(steps), "--lr", "0.0001", "-o", "/dev/null", *files])[0]

            return (run(MANY) - run(FEW)) / (MANY - FEW) * 1000

        return measure

    def torch(precision, mode):
        command = [sys.executable, str(HERE / "step_torch_cuda.py"), objective, precision, mode, hidden, str(FEW), *files]
        return lambda: float(wall(command)[1])

    return {
        "train": ours(),
        "train --precision tf32": ours("--precision", "tf32"),
        "train --precision bf16": ours("--precision", "bf16"),
        "train --engine candle": ours("--engine", "candle"),
        "PyTorch, f32": torch("f32", "eager"),
        "PyTorch, f32, torch.compile": torch("f32", "compile"),
        "PyTorch, tf32": torch("tf32", "eager"),
        "PyTorch, bf16 autocast": torch("bf16", "eager"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="the program, built with --features cuda")
    parser.add_argument("--hidden", default="390", help="units of both hidden layers [390]")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each program [3]")
    parser.add_argument("--objectives", nargs="+", default=["erm", "irmv1", "v-rex", "meta-irm"])
    parser.add_argument("environment", nargs=2)
    args = parser.parse_args()
    print("| objective | program | ms a step | smallest to largest | times train |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for objective in args.objectives:
        measures = programs(args.train, objective, args.hidden, args.environment)
        found = {name: [] for name in measures}
        for _ in range(args.rounds):
            for name, measure in measures.items():
                try:
                    found[name].append(measure())
                except RuntimeError as error:
                    print(f"bench_cuda.py: {error}", file=sys.stderr)
        medians = {name: statistics.median(times) for name, times in found.items() if times}
        for name, median in medians.items():
            span = f"{min(found[name]):.2f} to {max(found[name]):.2f}"
            times = median / medians.get("train", float("nan"))
            print(f"| {objective} | {name} | {median:.2f} | {span} | {times:.2f} |", flush=True)


main()
