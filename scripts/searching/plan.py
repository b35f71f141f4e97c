"""A search of scripts/experiments/searches.toml, and its trials."""

import csv
import itertools
import random
import shlex
import tomllib
from dataclasses import dataclass

from searching.keys import DEFAULTS, KEYS, RANGE, Refused
from searching.registry import resolved


@dataclass
class Search:
    """A table of scripts/experiments/searches.toml."""

    name: str
    goal: dict  # experiment, objective, classes, n_per_env: the paper's row
    environments: str  # their name in environments.csv
    mkenv: str  # flags that make them
    train: str  # the flags of train that all trials share
    rows: dict  # further rows of the paper that the same trial is to give: {objective: {flag: value}}, the flags that differ
    ranges: dict  # flag: [low, high, "log" | "linear" | "integer"]
    starts: list  # the first trials, {flag: value}; true: a flag without a value
    trials: int
    finalists: int  # by each rule
    rules: list  # the names of those that choose
    seeds: list
    steps: list  # first and last number of steps that is scored
    every: int

    @classmethod
    def read(cls, file, name, programs):
        with open(file, "rb") as toml:
            try:
                searches = tomllib.load(toml)
            except ValueError as error:  # not TOML, or not UTF-8
                raise Refused(f"{file}: {error}") from None
        if name not in searches:
            raise Refused(f"{file}: there is no search {name}; there are: {', '.join(searches)}")
        if not isinstance(searches[name], dict):
            raise Refused(f"{file}: the search {name} is {searches[name]!r}, expected a table [{name}]")
        table = DEFAULTS | searches[name]
        unknown = [key for key in table if key not in KEYS]
        if unknown:
            raise Refused(f"{file}: the search {name} has {unknown[0]!r}, expected none but: {', '.join(KEYS)}")
        lacking = [key for key in KEYS if key not in table]
        if lacking:
            raise Refused(f"{file}: the search {name} lacks {lacking[0]!r}")

        def check(key, value, holds, words):
            if not holds(value):
                raise Refused(f"{file}: the search {name} has {key} = {value!r}, expected {words}")

        for key, expected in KEYS.items():
            check(key, table[key], *expected)
        try:
            table["ranges"] = resolved(table["ranges"], table["train"], programs)
        except Refused as refused:
            raise Refused(f"{file}: the search {name}: {refused}") from None
        for flag, interval in table["ranges"].items():
            check(f"ranges.{flag}", interval, *RANGE)
        search = cls(
            name=name,
            goal={key: str(table.pop(key)) for key in ("experiment", "objective", "classes", "n_per_env")},
            every=table.pop("checkpoint_every"),
            **table,
        )
        if not search.scored_steps():
            raise Refused(
                f"{file}: the search {name} scores no step: none of {search.steps} is a multiple of {search.every}"
            )
        if search.goal["objective"] in search.rows:
            raise Refused(f"{file}: the search {name} has {search.goal['objective']} as its objective and in rows, expected it once")
        if not search.ranges and search.trials > len(search.starts):
            raise Refused(f"{file}: the search {name} has no ranges to draw more than its starts from")
        return search

    def hyper_parameters(self):
        """Their names, which are train's flags."""
        return list(dict.fromkeys(itertools.chain(self.ranges, *self.starts)))

    def trial(self, number):
        """Hyper-parameters as text. What is drawn depends on the search's name and the number only."""
        if number < len(self.starts):
            drawn = self.starts[number]
        else:
            generator = random.Random(f"{self.name}/{number}")
            drawn = {flag: draw(generator, *interval) for flag, interval in self.ranges.items()}
        return {flag: text(drawn.get(flag, "")) for flag in self.hyper_parameters()}

    def row_names(self):
        """The objectives of all rows that a trial runs."""
        return [self.goal["objective"], *self.rows]

    def differing(self, row):
        """{flag: value} as text, in which `row` differs from the trial."""
        return {flag: text(value) for flag, value in self.rows.get(row, {}).items()}

    def given(self, trial, row):
        """All flags that `row` gets from a trial with these hyper-parameters, as a command line has them."""
        return flags(parsed(self.train) | trial | self.differing(row))

    def threads(self):
        """Flags of train for one CPU thread, which a training on a GPU does not take."""
        return [] if parsed(self.train).get("device", "cpu") != "cpu" else ["--threads", "1"]

    def cells(self):
        """What is recorded of a trial, as (row, column) and what it is called: by its column, and the further rows by theirs
        too."""
        rows = self.row_names()
        return {(row, column): column if row == rows[0] else f"{row} {column}" for row in rows for column in self.columns()}

    def scored_steps(self):
        """The numbers of steps at which a trial is scored."""
        first, last = self.steps
        return range(-(-first // self.every) * self.every, last + 1, self.every)

    def columns(self):
        """The accuracies that are recorded: what the HONEST rule alone may see, or else what the paper has."""
        if "FIDELITY" not in self.rules:
            return ["0.1", "0.2"]
        return ["0.1", "0.2", "0.9"] if self.goal["classes"] == "2" else ["train", "0.9"]

    def accuracies(self):
        return [f"accuracy_{column}" for column in self.columns()]

    def header(self):
        settings = [*self.hyper_parameters(), "train", "mkenv"]
        settings += ["row", "differing"] * bool(self.rows)
        return ["trial", *settings, "seed", "steps", *self.accuracies(), "precision", "outcome"]


def draw(generator, low, high, scale):
    """A number between low and high, to three digits."""
    if scale == "integer":
        return generator.randint(low, high)
    if scale == "log":
        return float(f"{low * (high / low) ** generator.random():.3g}")
    return float(f"{generator.uniform(low, high):.3g}")


def text(value):
    return {True: "true", False: ""}[value] if isinstance(value, bool) else str(value)


def parsed(words):
    """Flags of a command line as {flag: value}; true: a flag without a value."""
    given = {}
    flag = None
    for word in shlex.split(words):
        if word.startswith("--"):
            flag, _, value = word[2:].partition("=")
            given[flag] = value or "true"
        else:
            given[flag] = word
    return given


def flags(trial):
    """{flag: value} as a command line has them."""
    given = [(flag, value) for flag, value in trial.items() if value]
    return [part for flag, value in given for part in ([f"--{flag}"] + [value] * (value != "true"))]


def paper_row(search, reference):
    """{cell: (mean, std)} in per cent, with the names of Search.cells."""
    paper = {}
    for name in search.row_names():
        goal = search.goal | {"objective": name}
        words = ", ".join(f"{key} {value}" for key, value in goal.items())
        try:
            with open(reference, newline="") as file:
                cells = [row for row in csv.DictReader(file) if goal.items() <= row.items()]
            found = {(name, row["column"]): (float(row["mean"]), float(row["std"])) for row in cells}
        except (csv.Error, KeyError, TypeError, ValueError) as error:
            raise Refused(f"{reference}: expected a number as mean and as std of {words}: {error!r}") from None
        if not found and "FIDELITY" in search.rules:
            raise Refused(
                f"{reference}: there is no row of {words}, expected one to which the rule FIDELITY of the search "
                f"{search.name} is to come near; correct these keys, or choose by rules = ['HONEST'] alone"
            )
        paper |= {search.cells()[cell]: number for cell, number in found.items() if cell in search.cells()}
    return paper
