"""Compares a training step of train with the same step in PyTorch and JAX, one thread each.

    python bench.py --train out/bin/train [--hidden 390] [--rounds 3] ENV ENV

Each program runs on the same environments with one step and with several more; the difference is the
cost of the steps without start-up and compilation. In every round all programs run, one after the
other, so that the machine's mood falls on all alike. Prints a Markdown table: medians over the rounds
of CPU-seconds and wall seconds per step, the peak memory of the process, and how many times train's
CPU-seconds a program takes.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
MORE_STEPS = 4


def commands(train, objective, hidden, files):
    """The programs by name, first the one that the others are compared with; each takes a step count."""
    flags = {"erm": []}.get(objective, ["--anneal", "0"])

    def ours(*more):
        settings = ["--objective", objective, "--hidden", hidden, "--threads", "1", *flags, *more]
        return lambda steps: [train, *settings, "--steps", str(steps), "-o", "/dev/null", *files]

    def script(name, precision):
        run = [sys.executable, str(HERE / name), objective, precision, hidden]
        return lambda steps: [*run, str(steps), *files]

    return {
        "train": ours(),
        "train --precision f32": ours("--precision", "f32"),
        "train --engine candle": ours("--engine", "candle"),
        "PyTorch, f32": script("step_torch.py", "f32"),
        "PyTorch, bf16 autocast": script("step_torch.py", "bf16"),
        "JAX, jit, f32": script("step_jax.py", "f32"),
        "JAX, jit, bf16": script("step_jax.py", "bf16"),
    }


def run(command):
    """CPU-seconds, wall seconds and peak memory in MB of `command`, which has one core to itself."""
    read, write = os.pipe()
    measure = [sys.executable, "-S", "-E", str(HERE / "measure.py"), str(write), *command]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
    failed = subprocess.run(measure, pass_fds=[write], env=environment).returncode
    os.close(write)
    with open(read) as pipe:
        measured = pipe.read()
    if failed:
        sys.exit(f"bench.py: {' '.join(command)} failed")
    cpu, wall, peak = map(float, measured.split())
    return cpu, wall, peak / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="the program")
    parser.add_argument("--hidden", default="390", help="units of both hidden layers [390]")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each program [3]")
    parser.add_argument("--objectives", nargs="+", default=["meta-irm", "erm", "irmv1", "v-rex"])
    parser.add_argument("environment", nargs=2)
    args = parser.parse_args()

    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?"
    )
    print(f"CPU: {model}; {args.hidden} hidden units; medians of {args.rounds} rounds; one thread.\n")
    print("| objective | program | CPU-s a step | wall s a step | peak MiB | times train |")
    print("| --- | --- | --- | --- | --- | --- |")
    for objective in args.objectives:
        programs = commands(args.train, objective, args.hidden, args.environment)
        found = {name: [] for name in programs}
        for _ in range(args.rounds):
            for name, command in programs.items():
                one, many = run(command(1)), run(command(1 + MORE_STEPS))
                cpu, wall = ((many[i] - one[i]) / MORE_STEPS for i in (0, 1))
                found[name].append((cpu, wall, many[2]))
        base = statistics.median(cpu for cpu, _, _ in found["train"])
        for name, rows in found.items():
            cpu, wall, memory = (statistics.median(column) for column in zip(*rows))
            ratio = cpu / base
            print(
                f"| {objective} | {name} | {cpu:.3f} | {wall:.3f} | {memory:.0f} | {ratio:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
