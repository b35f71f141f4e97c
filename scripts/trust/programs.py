"""Runs the programs on bad input and says what they did that they must not do: shared by mutations.py and hostile.py."""

import dataclasses
import os
import pathlib
import resource
import subprocess

# Longer messages bury what they say; the longest that is meant names two files and two shapes.
LONGEST_MESSAGE = 2000
SECONDS = 60
# A small file must not make a program take so much memory. Bytes of address space.
MEMORY = 4 << 30
# The exit code of train where training diverged, as it may from parameters that are finite and huge.
DIVERGED = 3


@dataclasses.dataclass
class Case:
    """One run of a program."""

    name: str
    command: list  # the program's name first; OUT stands for the output's path
    stdin: bytes = b""
    codes: tuple = (0, 1)  # the exit codes that are right


def faults(case, bin_folder, work):
    """What `case` did wrong, a line each, run in the folder `work`, in which it may make files."""
    work = pathlib.Path(work)
    out = work / "out"
    out.write_bytes(b"older")
    before = set(os.listdir(work))
    command = [str(pathlib.Path(bin_folder) / case.command[0])]
    command += [str(out) if word == "OUT" else word for word in case.command[1:]]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        done = subprocess.run(command, input=case.stdin, capture_output=True, timeout=SECONDS, preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return [f"no end within {SECONDS} s"]
    found = []
    codes = case.codes + (DIVERGED,) * (case.command[0] == "train" and 0 in case.codes)
    if done.returncode not in codes:
        found.append(f"exit code {done.returncode}, expected one of {codes}: {done.stderr[-300:]!r}")
    if b"panicked" in done.stderr:
        found.append(f"panic: {done.stderr[:300]!r}")
    if done.returncode in (1, DIVERGED):
        lines = done.stderr.decode(errors="replace").splitlines()
        own = [line for line in lines if line.startswith(case.command[0] + ": ")]
        if len(own) != len(lines) or not own:
            found.append(f"an error that is not one line: {done.stderr[:300]!r}")
        if len(done.stderr) > LONGEST_MESSAGE:
            found.append(f"a message of {len(done.stderr)} bytes: {done.stderr[:200]!r}")
        if "OUT" in case.command and (not out.exists() or out.read_bytes() != b"older"):
            found.append("it failed, and the older output is gone")
    if done.returncode == 0 and "OUT" in case.command and out.read_bytes() == b"older":
        found.append("exit code 0, and no output")
    left = set(os.listdir(work)) - before
    if left:
        found.append(f"files left behind: {sorted(left)}")
        for name in left:
            (work / name).unlink()
    return found
