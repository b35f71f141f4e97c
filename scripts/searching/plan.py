"""A search of scripts/searches.toml, and its trials."""

import csv
import itertools
import random
import tomllib
from dataclasses import dataclass

from searching.rules import RULES

FIRST_SEED = 100


class Refused(Exception):
    """What a user can mend: one line on stderr, and exit code 1."""


@dataclass
class Search:
    """A table of scripts/searches.toml."""

    name: str
    goal: dict  # table, algorithm, classes, n_per_env: the paper's row
    environments: str  # their name in scripts/experiments.mk
    mkenv: str  # flags that make them
    train: str  # the flags of train that all trials share
    ranges: dict  # flag: [low, high, "log" | "linear" | "integer"]
    starts: list  # the first trials, {flag: value}; true: a flag without a value
    trials: int
    finalists: int  # by each rule
    rules: list  # the names of those that choose
    seeds: list
    steps: list  # first and last number of steps that is scored
    every: int

    @classmethod
    def read(cls, file, name):
        with open(file, "rb") as toml:
            searches = tomllib.load(toml)
        if name not in searches:
            raise Refused(f"{file}: there is no search {name}; there are: {', '.join(searches)}")
        table = searches[name]
        try:
            search = cls(
                name=name,
                goal={key: str(table[key]) for key in ("table", "algorithm", "classes", "n_per_env")},
                environments=table["environments"],
                mkenv=table["mkenv"],
                train=table["train"],
                ranges=table.get("ranges", {}),
                starts=table.get("starts", []),
                trials=table["trials"],
                finalists=table["finalists"],
                rules=table.get("rules", list(RULES)),
                seeds=table["seeds"],
                steps=table["steps"],
                every=table["checkpoint_every"],
            )
        except KeyError as missing:
            raise Refused(f"{file}: the search {name} lacks {missing}") from None
        low = [seed for seed in search.seeds if seed < FIRST_SEED]
        if low or not search.seeds:
            raise Refused(
                f"{file}: the search {name} has the seeds {search.seeds}, expected one or more, of "
                f"{FIRST_SEED} and up: lower ones are for the runs that are reported"
            )
        if not search.scored_steps():
            raise Refused(
                f"{file}: the search {name} scores no step: none of {search.steps} is a multiple of {search.every}"
            )
        if not search.rules or not set(search.rules) <= RULES.keys():
            raise Refused(f"{file}: the search {name} has the rules {search.rules}, expected some of {list(RULES)}")
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

    def scored_steps(self):
        """The numbers of steps at which a trial is scored."""
        first, last = self.steps
        return [steps for steps in range(self.every, last + 1, self.every) if steps >= first]

    def columns(self):
        """The accuracies that are recorded: what the HONEST rule alone may see, or else what the paper has."""
        if self.rules == ["HONEST"]:
            return ["0.1", "0.2"]
        return ["0.1", "0.2", "0.9"] if self.goal["classes"] == "2" else ["train", "0.9"]

    def header(self):
        accuracies = [f"accuracy_{column}" for column in self.columns()]
        settings = [*self.hyper_parameters(), "train", "mkenv"]
        return ["trial", *settings, "seed", "steps", *accuracies, "precision", "outcome"]


def draw(generator, low, high, scale):
    """A number between low and high, to three digits."""
    if scale == "integer":
        return generator.randint(low, high)
    if scale == "log":
        return float(f"{low * (high / low) ** generator.random():.3g}")
    if scale == "linear":
        return float(f"{generator.uniform(low, high):.3g}")
    raise Refused(f"a range's scale is {scale}, expected log, linear or integer")


def text(value):
    return "true" if value is True else str(value)


def flags(trial):
    """{flag: value} as a command line has them."""
    given = [(flag, value) for flag, value in trial.items() if value]
    return [part for flag, value in given for part in ([f"--{flag}"] + [value] * (value != "true"))]


def paper_row(search, reference):
    """{column: (mean, std)} in per cent."""
    with open(reference, newline="") as file:
        cells = [row for row in csv.DictReader(file) if search.goal.items() <= row.items()]
    return {row["column"]: (float(row["mean"]), float(row["std"])) for row in cells}
