"""Ranges that an objective states itself: what `train --list-objectives json` prints."""

import json
import shlex
import subprocess

from searching.keys import Refused

DEFAULT = "default"


def resolved(ranges, train, programs):
    """`ranges` with [low, high, scale] of the objective in the flags `train` wherever one is "default"."""
    if DEFAULT not in ranges.values():
        return ranges
    known = stated(train, programs)
    lacking = [flag for flag, interval in ranges.items() if interval == DEFAULT and flag not in known]
    if lacking:
        raise Refused(
            f"the range of {lacking[0]} is {DEFAULT!r}, but the objective of {train!r} states none; "
            f"it states those of: {', '.join(known) or 'nothing'}"
        )
    return {flag: known[flag] if interval == DEFAULT else interval for flag, interval in ranges.items()}


def stated(train, programs):
    """{flag: [low, high, scale]} of the objective in the flags `train`."""
    command = [str(programs / "train"), "--list-objectives", "json"]
    try:
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError as error:
        raise Refused(f"{shlex.join(command)}: {error.stderr.strip()}") from None
    words = shlex.split(train.replace("--objective=", "--objective "))
    name = dict(zip(words, words[1:])).get("--objective")
    settings = [setting for one in json.loads(listed) if one["name"] == name for setting in one["settings"]]
    return {setting["flag"]: setting["range"] for setting in settings if setting["range"]}
