"""How an attack ends: shared by hostile.py, mutations.py and kills.py."""

import sys
import time

# So many faults are shown one by one.
MOST_SHOWN = 40


def end(attack, cases, faults, began, are_shown=False):
    """Prints the faults, unless they `are_shown` already, and the line attack,cases,faults,seconds, and ends the program: with exit code 1 where there are faults."""
    for fault in [] if are_shown else faults[:MOST_SHOWN]:
        print(f"trust: {fault}", file=sys.stderr)
    print(f"{attack},{cases},{len(faults)},{time.monotonic() - began:.0f}")
    sys.exit(bool(faults))
