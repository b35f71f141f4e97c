"""Brings the runs of other machines into OUT; `make merge FROM="FOLDER …"` calls it.

    scripts/merge.py --out out --plan out/bin/plan --experiments scripts/experiments FOLDER...

Each FOLDER is the out/ of another machine, or a copy of its folders scores, flags and checkpoints. Scores, training logs and
checkpoints that are not in OUT are copied. Everything is compared first, and nothing is copied where

- two folders have different bytes for one run and seed,
- the flags of a run or of its environments differ,
- the seeds of a row would be of several precisions, unless --mix-precisions is given.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# Of every run: its files under OUT, but for the environments, which are made again where they are needed.
SUFFIXES = {"scores": [".csv"], "checkpoints": [".csv", ".safetensors"]}


class Refused(Exception):
    """What a user can mend: one line on stderr, and exit code 1."""


def runs(folder):
    """{EXPERIMENT/ROW/seed-S} that are scored in `folder`."""
    scores = folder / "scores"
    return {str(file.relative_to(scores).with_suffix("")) for file in scores.glob("*/*/seed-*.csv")}


def files(folder, run):
    """The files of `run` that there are, as paths below `folder`."""
    named = [pathlib.Path(kind) / (run + suffix) for kind, suffixes in SUFFIXES.items() for suffix in suffixes]
    return [name for name in named if (folder / name).is_file()]


def read(file):
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None


def same_flags(row, folder, out):
    """Refuses a `row`, EXPERIMENT/ROW, that was made with other flags, or in other environments, than make gives it here."""
    names = [pathlib.Path("flags") / program / row for program in ("train", "eval")]
    if not (out / names[1]).is_file():
        raise Refused(f"{out / names[1]}: there is no such row here; in this folder first run: make -n runs")
    for name in list(names):
        # The further lines of a row's flags are the environments that it is made from.
        lines = read(out / name).decode().splitlines()[1:] if (out / name).is_file() else []
        kinds = {line.split("/")[1] for line in lines if line.startswith("environments/")}
        names += [file.relative_to(out) for kind in sorted(kinds) for file in sorted((out / "flags/mkenv" / kind).glob("*"))]
    for name in dict.fromkeys(names):
        if (out / name).is_file() and read(out / name) != read(folder / name):
            raise Refused(f"{folder / name}: the flags of {row} are other ones than in {out / name}; use one state of scripts/experiments")


def one_precision(found, plan, experiments):
    """Refuses rows of several precisions. `found`: {run: its folder}."""
    files = [folder / "scores" / (run + ".csv") for run, folder in sorted(found.items())]
    checked = subprocess.run([plan, "check-precisions", "--experiments", experiments, *files], stderr=subprocess.PIPE, text=True)
    if checked.returncode != 0:
        raise Refused(checked.stderr.strip())


def to_copy(out, folders):
    """[(file below its folder, its folder)] of the runs that are not in `out`, and {run: its folder} of all."""
    found = {run: out for run in runs(out)}
    copies = []
    for folder in folders:
        theirs = runs(folder)
        if not theirs:
            raise Refused(f"{folder}: there is no scores/EXPERIMENT/ROW/seed-S.csv in it, expected the out/ of another machine")
        for row in sorted({run.rsplit("/", 1)[0] for run in theirs}):
            same_flags(row, folder, out)
        for run in sorted(theirs):
            if run not in found:
                found[run] = folder
                copies += [(name, folder) for name in files(folder, run)]
            else:
                name = pathlib.Path("scores") / (run + ".csv")
                if read(found[run] / name) != read(folder / name):
                    raise Refused(f"{folder / name}: it differs from {found[run] / name}; delete one of the two")
    return copies, found


def put(source, target):
    """Copies whole, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(prefix=".unfinished-", dir=target.parent)
    os.close(handle)
    try:
        shutil.copyfile(source, unfinished)
        os.chmod(unfinished, 0o666 & ~UMASK)
        os.replace(unfinished, target)
    except BaseException:
        os.unlink(unfinished)
        raise


UMASK = os.umask(0)
os.umask(UMASK)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of all that make makes here")
    parser.add_argument("--plan", type=pathlib.Path, required=True, help="the program plan")
    parser.add_argument("--experiments", type=pathlib.Path, required=True, help="folder of runs.csv")
    parser.add_argument("--mix-precisions", action="store_true", help="take seeds of several precisions into one row")
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="FOLDER", help="the out/ of another machine")
    arguments = parser.parse_args()
    try:
        copies, found = to_copy(arguments.out, arguments.folders)
        if not arguments.mix_precisions:
            one_precision(found, arguments.plan, arguments.experiments)
        # Checkpoints and logs first: make holds scores for made from what is older.
        for name, folder in sorted(copies, key=lambda copy: copy[0].parts[0] == "scores"):
            put(folder / name, arguments.out / name)
    except (Refused, OSError) as refused:
        sys.exit(f"merge: {refused}")
    merged = sum(name.parts[0] == "scores" for name, _ in copies)
    print(f"merge: {merged} runs are new in {arguments.out}, which has {len(found)}", file=sys.stderr)


if __name__ == "__main__":
    main()
