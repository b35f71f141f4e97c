"""Runs a program on one core and says what it took.

    python3 -S -E measure.py FD PROGRAM [ARGUMENTS]

Writes CPU seconds, wall seconds and peak memory in KiB, as one line, to the file descriptor FD. It stands between bench.py and the
program because Linux counts in a program's peak what its process held before it became the program: this one holds little.
"""

import os
import sys
import time

begin = time.monotonic()
child = os.fork()
if child == 0:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
wall = time.monotonic() - begin
os.write(int(sys.argv[1]), f"{usage.ru_utime + usage.ru_stime} {wall} {usage.ru_maxrss}".encode())
sys.exit(status != 0)
