"""What there is to do, what is done, and how long the rest takes: shared by reproduce.py and status.py."""

import contextlib
import os
import subprocess
import sys
import time


def plan(make):
    """The programs that `make` would run, as (stage, name), such as ("train", "cmnist/erm/seed-0")."""
    dry = subprocess.run(make + ["-n"], stdout=subprocess.PIPE, text=True, close_fds=False)
    if dry.returncode != 0:
        sys.exit(dry.returncode)
    words = [line.split() for line in dry.stdout.splitlines() if line.startswith("scripts/timed ")]
    return {(stage, name) for _, _, stage, name, *_ in words}


class Times:
    """The file of times, to which scripts/timed adds a line at the end of each program."""

    def __init__(self, file):
        self.file = file
        self.place = 0
        self.known = {}  # (stage, name without its seed) and stage: wall seconds of each program

    def news(self):
        """What ended since the last call: (stage, name, wall seconds, CPU seconds)."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:  # in bytes: a damaged line may be no text
            file.seek(self.place)
            while (line := file.readline()).endswith(b"\n"):
                self.place = file.tell()
                try:
                    stage, name, wall, user, system = line.decode().rstrip().split(",")
                    took = float(wall), float(user) + float(system)
                except ValueError:  # the half of a line, whose writer was killed, and the line after it
                    continue
                for key in stage, (stage, os.path.dirname(name)):
                    self.known.setdefault(key, []).append(took[0])
                yield stage, name, *took

    def running(self):
        """{(stage, name): seconds since its start} of the programs that run now, and for a while of those that were killed."""
        found = {}
        for file in self.file.parent.glob(f"{self.file.name}.running-*"):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                stage, _, name = file.read_text().partition("\n")[0].partition(",")
                found[stage, name] = time.time() - file.stat().st_mtime
        return found

    def expected(self, stage, name):
        """Wall seconds: the mean of the same row's other seeds, or else of the stage's programs; None if unknown."""
        known = self.known.get((stage, os.path.dirname(name))) or self.known.get(stage)
        if known:
            return sum(known) / len(known)
        return 0.0 if stage in ("report", "inspect") else None  # quick

    def left(self, pending, jobs):
        """Seconds that the programs `pending` take, `jobs` at a time, less what those that run now have had of it."""
        running = self.running()
        seconds = 0.0
        for stage, name in pending:
            expected = self.expected(stage, name)
            if expected is None:
                return None
            seconds += max(0.0, expected - running.get((stage, name), 0.0))
        return seconds / jobs


def clock(seconds):
    if seconds is None:
        return "?"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
