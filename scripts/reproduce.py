"""Runs MAKE and shows how far it is; `make reproduce` calls it.

    scripts/reproduce.py --out out --command 'make reproduce' -- MAKE...

What there is to do is asked of MAKE itself, by -n; what is done is read from OUT/times.csv, as progress.py
says. On a terminal there is one line that changes,
else one line per finished run. What MAKE prints goes to OUT/reproduce.log, its errors come through.

At the end, however it came, what the invocation took is added to OUT/run.json: only there may times,
commits and CPUs be named, for the results are the same whatever they were.
"""

import argparse
import contextlib
import csv
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import cpu
import progress


class Work:
    """What is to be done and what has been done, by this invocation."""

    def __init__(self, plan, times):
        self.pending = plan
        self.runs = sum(stage == "eval" for stage, _ in plan)
        self.finished = []  # names of the finished runs, in order
        self.took = {}  # stage: [wall seconds, CPU seconds]
        self.rows = {}  # EXPERIMENT/ROW: [wall seconds, CPU seconds, runs] of training
        self.times = progress.Times(times)
        for _ in self.times.news():  # of the past: only to know how long a program takes
            pass

    def follow(self):
        """Takes in what was done since the last call."""
        for stage, name, wall, cpu_seconds in self.times.news():
            # What another make did meanwhile is not of this one.
            if (stage, name) not in self.pending and stage != "report":  # those are not known before the end
                continue
            self.pending.discard((stage, name))
            sums = self.took.setdefault(stage, [0.0, 0.0])
            sums[0] += wall
            sums[1] += cpu_seconds
            if stage == "train":
                row = self.rows.setdefault(os.path.dirname(name), [0.0, 0.0, 0])
                for place, more in enumerate((wall, cpu_seconds, 1)):
                    row[place] += more
            if stage == "eval":
                self.finished.append(name)

    def left(self, jobs):
        """Seconds left."""
        return self.times.left(self.pending, jobs)


class Screen:
    """The one line on a terminal, or the lines in a file."""

    def __init__(self):
        self.live = sys.stderr is not None and sys.stderr.isatty()
        self.lock = threading.Lock()

    def status(self, text):
        width = shutil.get_terminal_size().columns - 1
        self.write(f"\r\x1b[K{text[:width]}")

    def say(self, text):
        self.write(("\r\x1b[K" if self.live else "") + text + "\n")

    def write(self, text):
        """Where nobody can be told, nobody is: the runs and their record go on."""
        with self.lock, contextlib.suppress(OSError):
            if sys.stderr is not None:
                print(text, end="", file=sys.stderr, flush=True)


def commit():
    """The commit at hand, marked where the files differ from it; None outside of a repository."""
    try:
        words = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def precisions(out, finished):
    """The arithmetic that the finished runs were trained in."""
    found = set()
    for name in finished:
        # A stop may have taken the scores away again after their time was noted.
        with contextlib.suppress(FileNotFoundError), (out / "scores" / f"{name}.csv").open() as file:
            found.update(row["precision"] for row in csv.DictReader(file))
    return sorted(found)


def invocations_of(path):
    """Those in the record at `path`; none where there is no file."""
    if not path.exists():
        return []
    try:
        found = json.loads(path.read_text())["invocations"]
        for i in found:
            _ = i["runs"] + i["wall_s"] + i["cpu_s"] + sum(took["cpu_s"] for took in i["stages"].values())
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f"reproduce: {path}: found {error!r}, expected the record of an earlier make reproduce; "
                 "restore the file or remove it")


def record(path, past, invocation):
    """Adds `invocation` to the record at `path`, behind those of `past` that it has not, and sums it up."""
    found = [i for place in past + [path] for i in invocations_of(place)]
    invocations = [i for place, i in enumerate(found) if i not in found[:place]] + [invocation]
    total = {key: round(sum(i[key] for i in invocations), 1) for key in ("wall_s", "cpu_s")}
    total["runs"] = sum(i["runs"] for i in invocations)
    training, rest = 0.0, 0.0
    for i in invocations:
        stages = {stage: took["cpu_s"] for stage, took in i["stages"].items()}
        trained = stages.pop("train", 0.0)
        training += trained
        # A second make over the same files adds its programs to `stages` but not to `cpu_s`.
        rest += max(i["cpu_s"] - trained, sum(stages.values()))
    total["share_not_training"] = round(rest / (training + rest), 4) if training + rest else 0
    text = json.dumps({"total": total, "invocations": invocations}, indent=2)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text + "\n")
    unfinished.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of all that is made")
    parser.add_argument("--command", required=True, help="what the user typed, for the record")
    parser.add_argument("--with", type=pathlib.Path, action="append", default=[], help="folder of results that seeds are added to")
    parser.add_argument("make", nargs="+", help="command line of MAKE")
    args = parser.parse_args()
    # Short flags come first, in one word: under -n, only show what would be run.
    flags = os.environ.get("MAKEFLAGS", "")
    if "n" in flags.split(" ")[0].split("-")[0]:
        sys.exit(subprocess.run(args.make, close_fds=False).returncode)
    given = re.findall(r"(?:^| )-j(\d+)", " ".join([flags] + args.make))
    jobs = int(given[-1]) if given else cpu.cores()

    past = [folder / "run.json" for folder in vars(args)["with"]]
    for place in past + [args.out / "run.json"]:
        invocations_of(place)  # a damaged one is refused now, not after hours

    begin = time.monotonic()
    screen = Screen()
    screen.say("reproduce: building the programs and looking for what there is to do")
    work = Work(progress.plan(args.make), args.out / "times.csv")
    screen.say(f"reproduce: {work.runs} runs, {jobs} at a time; the commands are in {args.out}/reproduce.log")
    args.out.mkdir(exist_ok=True)
    with (args.out / "reproduce.log").open("w") as log:
        # The files of make's job server are handed on.
        make = subprocess.Popen(args.make, stdout=log, stderr=subprocess.PIPE, text=True, close_fds=False)
    errors = threading.Thread(target=lambda: [screen.say(line.rstrip()) for line in make.stderr])
    errors.start()

    def show():
        shown = len(work.finished)
        work.follow()
        state = f"of {work.runs} runs, {progress.clock(time.monotonic() - begin)} elapsed, {progress.clock(work.left(jobs))} left"
        if screen.live:
            screen.status(f"{len(work.finished)} {state}")
        else:
            for done, name in enumerate(work.finished[shown:], shown + 1):
                screen.say(f"{done} {state}: {name}")

    try:
        while make.poll() is None:
            show()
            time.sleep(0.2)
    except KeyboardInterrupt:
        make.terminate()
        make.wait()
    errors.join()
    show()
    wall = time.monotonic() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if work.took:
        record(args.out / "run.json", past, {
            "command": args.command,
            "finished": make.returncode == 0,
            "commit": commit(),
            "cpu": cpu.model(),
            "features": cpu.features(),
            "cores": cpu.cores(),
            "precision": precisions(args.out, work.finished),
            "runs": len(work.finished),
            "wall_s": round(wall, 1),
            "cpu_s": round(used.ru_utime + used.ru_stime, 1),
            "stages": {stage: {"wall_s": round(wall, 1), "cpu_s": round(seconds, 1)}
                       for stage, (wall, seconds) in sorted(work.took.items())},
            "rows": {row: {"wall_s": round(wall, 1), "cpu_s": round(seconds, 1), "runs": runs}
                     for row, (wall, seconds, runs) in sorted(work.rows.items())},
        })
        if make.returncode == 0:
            # The page shows what it took, which is known only now.
            with (args.out / "reproduce.log").open("a") as log:
                made = subprocess.run(args.make[:-1] + ["page"], stdout=log, close_fds=False)
            if made.returncode != 0:
                sys.exit(made.returncode)
    if make.returncode != 0:
        screen.say(f"reproduce: stopped after {len(work.finished)} of {work.runs} runs; the same command goes on from there")
        sys.exit(max(make.returncode, 1))
    screen.say(f"reproduce: {len(work.finished)} runs in {progress.clock(wall)}; the page is {args.out}/results.html")


if __name__ == "__main__":
    # A polite end is an end from the keyboard: make must be told.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
