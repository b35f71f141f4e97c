"""Damages good files at random and gives them to the programs; `make trust` calls it.

    scripts/trust/mutations.py --bin out/bin --cases 20000 --seed 0 --jobs 2

Each case is one run of one program on one damaged file. A program may read the file all the same (exit code 0) or refuse it
(exit code 1, one line on stderr, older output untouched). train may diverge (exit code 3). Anything else is a fault. The same seed damages the same bytes.
Half of the cases change bytes at random, half change one value and keep the format (structure.py).
"""

import argparse
import concurrent.futures
import pathlib
import random
import sys
import tempfile
import time

import outcome
import programs
import samples
import structure

# Cases of one process's share, and cases between two lines of progress.
SHARE = 1000
TOLD = 20000

INTERESTING = [b"\x00", b"\xff", b"\x7f", b"\x80", b"-", b"9" * 20, b"NaN", b"inf", b"-0", b"1e999", b"\n", b",", b'"', b"{", b"}", b"[", b"\xf0\x9f\x92\xa9", b"\r\n", b"../", b"<script>"]


def mutate(data, rng):
    """`data` with one to four changes."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        # Headers are where readers go wrong: half of the changes are near the beginning.
        place = rng.randrange(min(len(data), 400) if rng.random() < 0.5 else len(data)) if data else 0
        kind = rng.randrange(7)
        if kind == 0 and data:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[place] = rng.randrange(256)
        elif kind == 2:
            data[place:place] = rng.choice(INTERESTING)
        elif kind == 3:
            del data[place:place + rng.choice((1, 2, 8, 100))]
        elif kind == 4:
            del data[place:]
        elif kind == 5:
            data[place:place] = data[place:place + rng.choice((1, 8, 100))]
        else:
            piece = rng.choice(INTERESTING)
            data[place:place + len(piece)] = piece
    return bytes(data)


def some(task):
    """(faults found, cases run) of one process's share."""
    bin_folder, seed, numbers = task
    programs.limit_memory()
    found = []
    in_memory = tempfile.TemporaryDirectory(dir=programs.IN_MEMORY)
    # The good files are not in memory: scores hold their paths, so another folder would be other bytes to damage.
    with tempfile.TemporaryDirectory() as folder, in_memory as memory, programs.Runner(bin_folder) as runner:
        files = samples.make(bin_folder, folder)
        commands = samples.commands(files)
        pairs = [(kind, command) for kind, all_of_kind in commands.items() for command in all_of_kind]
        good = {kind: files[kind].read_bytes() for kind in commands}
        damaged = pathlib.Path(memory) / "damaged"
        for number in numbers:
            rng = random.Random(f"{seed} {number}")
            kind, command = pairs[number % len(pairs)]
            # Half of the damage knows the format.
            data = structure.mutate(kind, good[kind], rng) if rng.random() < 0.5 else mutate(good[kind], rng)
            damaged.write_bytes(data)
            case = programs.Case(f"{kind} {number}", [str(damaged) if word == "FILE" else word for word in command])
            for fault in runner.faults(case):
                found.append(f"case {number}, {' '.join(command)} on a damaged {kind}: {fault}")
    return found, len(numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--cases", type=int, default=20000, help="number of damaged files")
    parser.add_argument("--seed", type=int, default=0, help="seed of the damage")
    parser.add_argument("--jobs", type=int, default=2, help="programs at a time")
    parser.add_argument("--progress", action="store_true", help="on stderr, each fault when it is found and a line for every 20,000 cases; a terminal shows them without this flag")
    args = parser.parse_args()
    begin = time.monotonic()
    told = args.progress or sys.stderr.isatty()
    # A share is done in some seconds, so that all processes end at about the same time.
    shares = [(args.bin.resolve(), args.seed, range(args.cases)[first:first + SHARE]) for first in range(0, args.cases, SHARE)]
    found, count = [], 0
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for faults, cases in pool.map(some, shares):
            found += faults
            count += cases
            if told:
                for fault in faults:
                    print(f"trust: {fault}", file=sys.stderr, flush=True)
                if count % TOLD == 0:
                    minutes = (time.monotonic() - begin) / 60
                    print(f"trust: {count} of {args.cases} damaged files, {len(found)} faults, {minutes:.0f} minutes", file=sys.stderr, flush=True)
    outcome.end("mutations", count, found, begin, are_shown=told)


if __name__ == "__main__":
    main()
