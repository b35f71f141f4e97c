"""Kills `make reproduce` at random times, lets it finish, and compares what it made; `make trust` calls it.

    scripts/trust/kills.py --bin out/bin --kills 200 --seed 0

The reproduction is a small one: the 1,200 digits of the tests, three rows, two seeds, one figure. SIGKILL goes to the whole
process group, so that no program can tidy up. After a round of kills make is called until it ends well. Every file must then
be what an undisturbed run makes, byte for byte, but for the records of time. Nothing else may be left but what is removed later.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import outcome

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNS = """experiment,row,environments,objective,hidden,steps,anneal,lr,other flags
cmnist,erm,color,erm,16,40,,,
cmnist,v-rex,color,v-rex,16,60,10,,
cmnist,meta-irm,color,meta-irm,16,30,10,,
"""
ENVIRONMENTS = """environments,flags of mkenv,training p_e,test p_e,test environments of
color,--classes 2 --limit 200,0.2 0.1,0.1 0.9,
"""
FIGURES = """figure,shown under,kind,drawn from,leave out,alternative text
accuracy-cmnist,cmnist,accuracy,cmnist,,accuracy
"""
# What says when and how long, and differs from run to run.
# results.html shows what run.json records.
RECORDS = ("times.csv", "run.json", "results.html", "reproduce.log", "begun", "built")
# Kills before make is let to the end.
ROUND = 5


def workspace(folder, bin_folder):
    """A folder in which make reproduces something small."""
    for name in ("Makefile", "scripts", "fixtures/reference.csv"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, target)
    experiments = folder / "scripts/experiments"
    (experiments / "runs.csv").write_text(RUNS)
    (experiments / "environments.csv").write_text(ENVIRONMENTS)
    (experiments / "figures.csv").write_text(FIGURES)
    shutil.copytree(ROOT / "fixtures/mnist", folder / "out/mnist")
    built = folder / "target/release"
    built.mkdir(parents=True)
    for program in bin_folder.iterdir():
        if program.is_file() and os.access(program, os.X_OK):
            shutil.copy2(program, built)
    cargo = folder / "stub/cargo"
    cargo.parent.mkdir()
    cargo.write_text("#!/bin/sh\nexit 0\n")
    cargo.chmod(0o755)


def start(folder):
    # Of a make around this one nothing may come through.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS")) and k != "CARGO_TARGET_DIR"}
    environment["PATH"] = f"{folder / 'stub'}:{environment['PATH']}"
    command = ["make", "-j2", "reproduce", "SEEDS=2", "TABLES=cmnist"]
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(folder):
    """Lets make end well."""
    make = start(folder)
    _, said = make.communicate()
    if make.returncode != 0:
        sys.exit(f"trust: make did not end well after kills: {said[-2000:]}")


def is_removed_later(path):
    """Whether a killed program left it, for a later one to remove: a file between two system calls, for ten minutes; or the mark
    of a running program, until make runs another one."""
    unfinished = ".unfinished-" in path.name and time.time() - path.stat().st_mtime < 600
    return unfinished or path.name.startswith("times.csv.running-")


def made(folder):
    """{file: its bytes} of all that is made but for the records."""
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name not in RECORDS and not is_removed_later(path)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--kills", type=int, default=200, help="number of kills")
    parser.add_argument("--seed", type=int, default=0, help="seed of the times")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    begin = time.monotonic()
    found, kills = [], 0
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        workspace(folder, args.bin.resolve())
        before = time.monotonic()
        finish(folder)
        seconds = time.monotonic() - before
        right = made(folder)
        while kills < args.kills:
            for entry in (folder / "out").iterdir():
                if entry.name not in ("mnist", "bin"):
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            for _ in range(ROUND):
                make = start(folder)
                time.sleep(rng.random() * seconds)
                if make.poll() is None:
                    os.killpg(make.pid, signal.SIGKILL)
                    kills += 1
                make.communicate()
            finish(folder)
            now = made(folder)
            for name in sorted(right.keys() | now.keys()):
                if right.get(name) != now.get(name):
                    what = "is missing" if name not in now else "is left behind" if name not in right else "differs"
                    found.append(f"after {kills} kills {name} {what}")
    outcome.end("kills", kills, found, begin)


if __name__ == "__main__":
    main()
