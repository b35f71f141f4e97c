"""The keys of a search in scripts/experiments/searches.toml, and what each may hold."""

import math
import shlex

from searching.rules import RULES

FIRST_SEED = 100


class Refused(Exception):
    """What a user can mend: one line on stderr, and exit code 1."""


def whole(low):
    return lambda value: type(value) is int and value >= low


def number(value):
    return type(value) in (int, float) and abs(value) < math.inf


def text(value):
    return isinstance(value, str)


def flags(value):
    try:
        return text(value) and shlex.split(value) is not None
    except ValueError:
        return False


def list_of(form):
    return lambda value: isinstance(value, list) and all(map(form, value))


def some_of(form):
    return lambda value: list_of(form)(value) and 0 < len(value) == len(set(value))


def start(value):
    return isinstance(value, dict) and all(number(one) or text(one) or isinstance(one, bool) for one in value.values())


def steps(value):
    return list_of(whole(1))(value) and len(value) == 2 and value[0] <= value[1]


def interval(value):
    if not isinstance(value, list) or len(value) != 3 or value[2] not in ["log", "linear", "integer"]:
        return False
    low, high, scale = value
    form = whole(-math.inf) if scale == "integer" else number
    return form(low) and form(high) and low <= high and (scale != "log" or low > 0)


TEXT = (text, "text")
COUNT = (whole(1), "a whole number of 1 or more")
FLAGS = (flags, "flags in one text, with no quote left open")
# A test, and what passes it in words.
KEYS = {
    "experiment": TEXT,
    "objective": TEXT,
    "classes": COUNT,
    "n_per_env": COUNT,
    "environments": TEXT,
    "mkenv": FLAGS,
    "train": FLAGS,
    "rows": (
        lambda value: isinstance(value, dict) and all(map(start, value.values())),
        "a table of objective = { flag = value }, each value a number, text, true, or false for a flag that is left out",
    ),
    "starts": (list_of(start), "a list of { flag = value }, each value a number, text, true, or false for a flag that is left out"),
    "ranges": (lambda value: isinstance(value, dict), "a table of flag = [low, high, scale] or flag = 'default'"),
    "trials": COUNT,
    "finalists": COUNT,
    "rules": (some_of(list(RULES).__contains__), f"some of {list(RULES)}"),
    "seeds": (
        some_of(whole(FIRST_SEED)),
        f"one or more, each once, of {FIRST_SEED} and up: lower ones are for the runs that are reported",
    ),
    "steps": (steps, "the first and the last number of steps, of 1 or more"),
    "checkpoint_every": COUNT,
}
RANGE = (interval, '[low, high, "log" | "linear" | "integer"], low <= high, of log above 0, of integer whole')
DEFAULTS = {"rows": {}, "starts": [], "ranges": {}, "rules": list(RULES)}
