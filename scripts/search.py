#!/usr/bin/env python3
"""Searches hyper-parameters, and records every trial.

    python3 scripts/search.py run NAME [--jobs 2]     trains and scores what is not yet recorded
    python3 scripts/search.py select NAME             the chosen flags, and how they were chosen

The searches stand in scripts/searches.toml; what they found, in fixtures/search/NAME.csv, one row per
trial, seed and number of steps. Every trial is scored at every checkpoint on the way, so the number of
steps costs nothing to search. Stage 1 runs every trial on the first seed, stage 2 the best by each rule
on the other seeds. Seeds are 100 and up: the reported runs have 0 to 9.

Two rules choose trial and steps, by the means over the search's seeds, and among trials with all seeds
as soon as there are any:

  FIDELITY  the nearest to the paper's row: the smallest of the largest |mean - paper| / max(1, s_paper)
            over its cells, in points; of equals, the smallest sum. It looks at test accuracy at p_e 0.9.
  HONEST    never looks at p_e above 0.2: where the accuracies at p_e 0.1 and 0.2 differ by at most one
            point, the highest of the lower one.
"""

import argparse
import csv
import itertools
import os
import random
import shlex
import signal
import statistics
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

FIRST_SEED = 100
TRAIN_P_E = ["0.2", "0.1"]


class Refused(Exception):
    """What a user can mend: one line on stderr, and exit code 1."""


# ---- The search


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
        """The accuracies that are recorded: two classes are scored as the paper does it."""
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


# ---- What is recorded


class Record:
    """fixtures/search/NAME.csv, ordered by trial, seed and steps, and whole at any time."""

    def __init__(self, search, file):
        self.search, self.file, self.rows = search, file, []
        if file.exists():
            with open(file, newline="") as found:
                rows = list(csv.DictReader(found))
            # Earlier trials did without a flag that only a later start has.
            self.rows = [{column: row.get(column, "") for column in search.header()} for row in rows]
            unknown = [column for column in rows[0] if column not in search.header()] if rows else []
            if unknown:
                raise Refused(f"{file}: the search has no {', '.join(unknown)}; move the file away to begin anew")

    def settings(self, number):
        search = self.search
        return {**search.trial(number), "train": search.train, "mkenv": search.mkenv}

    def has(self, number, seed):
        """Whether the trial was run with this seed and its present settings."""
        settings = self.settings(number).items()
        found = {row["steps"] for row in self.of(number, seed) if settings <= row.items()}
        return {str(steps) for steps in self.search.scored_steps()} <= found

    def of(self, number, seed):
        return [row for row in self.rows if (row["trial"], row["seed"]) == (str(number), str(seed))]

    def add(self, number, seed, scores):
        """Records what was found at each number of steps, in the place of what stood there, and of what
        the trial found with other settings."""
        settings = self.settings(number)
        old = self.of(number, seed)
        old += [row for row in self.rows if row["trial"] == str(number) and not settings.items() <= row.items()]
        place = {"trial": str(number), **settings, "seed": str(seed)}
        new = [{**place, "steps": str(steps), **found} for steps, found in scores.items()]
        rows = [row for row in self.rows if row not in old] + new
        rows.sort(key=lambda row: [int(row[key]) for key in ("trial", "seed", "steps")])
        self.file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.file.with_suffix(".unfinished")
        with open(unfinished, "w", newline="") as out:
            writer = csv.DictWriter(out, self.search.header(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(unfinished, self.file)
        self.rows = rows

    def candidates(self, seeds):
        """{(trial, steps): {column: accuracies in per cent, one per seed}} of what has all `seeds`."""
        found = {}
        for row in self.rows:
            if int(row["seed"]) in seeds and row["outcome"] == "scored":
                cells = found.setdefault((int(row["trial"]), int(row["steps"])), {})
                for column in self.search.columns():
                    cells.setdefault(column, []).append(100 * float(row[f"accuracy_{column}"]))
        return {
            place: cells
            for place, cells in found.items()
            if all(len(values) == len(seeds) for values in cells.values())
        }


# ---- The rules. A rule orders (trial, steps) by a key, the best first, or leaves one out (None).


def fidelity(means, paper):
    misses = [abs(means[column] - mean) / max(1.0, std) for column, (mean, std) in paper.items()]
    return (max(misses), sum(misses)) if misses else None


def honest(means, _paper):
    if not {"0.1", "0.2"} <= means.keys() or abs(means["0.1"] - means["0.2"]) > 1.0:
        return None
    return (-min(means["0.1"], means["0.2"]),)


RULES = {"FIDELITY": fidelity, "HONEST": honest}


def ranked(rule, candidates, paper):
    """(trial, steps), the best by the rule first."""
    keys = {}
    for place, cells in candidates.items():
        key = rule({column: statistics.fmean(values) for column, values in cells.items()}, paper)
        if key is not None:
            keys[place] = (key, place)
    return sorted(keys, key=keys.get)


def paper_row(search, reference):
    """{column: (mean, std)} in per cent."""
    with open(reference, newline="") as file:
        cells = [row for row in csv.DictReader(file) if search.goal.items() <= row.items()]
    return {row["column"]: (float(row["mean"]), float(row["std"])) for row in cells}


def finalists(search, record, paper):
    """The trials that stage 2 runs on the other seeds."""
    candidates = record.candidates(search.seeds[:1])
    best = []
    for rule in RULES.values():
        trials = dict.fromkeys(trial for trial, _ in ranked(rule, candidates, paper))
        best += list(trials)[: search.finalists]
    return list(dict.fromkeys(best))


# ---- Running


class Programs:
    """mkenv, train and eval as child processes that end with this one."""

    def __init__(self, folder):
        self.folder, self.running = folder, set()

    def __call__(self, name, *arguments):
        """What the program wrote on standard output; Refused with its message where it failed."""
        command = [str(self.folder / name), *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.running.add(process)
        output, errors = process.communicate()
        self.running.remove(process)
        if process.returncode != 0:
            last = errors.strip().splitlines()[-1:] or [f"ended with code {process.returncode}"]
            raise Refused(f"{shlex.join(command)}: {last[0]}")
        return output

    def stop(self):
        for process in list(self.running):
            process.terminate()


def environments(search, seed, programs, mnist, out):
    """{column: its environment files}, made anew, for nothing tells whether older ones are up to date."""
    kind = "".join([*search.mkenv.split(), "--", search.goal["n_per_env"]]).strip("-")
    folder = out / "environments" / kind / f"seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    digits = [mnist / f"train-{part}-ubyte" for part in ("images-idx3", "labels-idx1")]

    def make(name, *arguments):
        file = folder / f"{name}.safetensors"
        source = ["--images", digits[0], "--labels", digits[1], *shlex.split(search.mkenv)]
        programs("mkenv", *source, *arguments, "--seed", seed, "-o", file)
        return file

    made = {"train": []}
    for part, p_e in enumerate(TRAIN_P_E, 1):
        dealt = ["--split", "train", "--part", f"{part}/{len(TRAIN_P_E)}", "--limit", search.goal["n_per_env"]]
        made["train"].append(make(f"train-{part}", *dealt, "--p-e", p_e))
    for column in search.columns():
        if column != "train":
            made[column] = [make(f"test-{column}", "--split", "test", "--p-e", column)]
    return made


def run_trial(search, number, seed, programs, files, out):
    """{steps: what is recorded of it}."""
    checkpoint = out / "checkpoints" / search.name / f"{number}-seed-{seed}.safetensors"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)

    def clear():
        for file in checkpoint.parent.glob(f"{number}-seed-{seed}.*"):
            file.unlink()

    clear()  # A run that was stopped left some.
    scored = search.scored_steps()
    on_the_way = {steps: checkpoint.with_suffix(f".step-{steps}.safetensors") for steps in scored}
    settings = [*shlex.split(search.train), *flags(search.trial(number)), "--seed", seed]
    every = ["--steps", scored[-1], "--checkpoint-every", search.every]
    try:
        programs("train", *settings, *every, "--threads", 1, "-o", checkpoint, *files["train"])
    except Refused as failed:
        if "finite" not in str(failed):
            raise
    reached = {steps: file for steps, file in on_the_way.items() if file.exists()}
    scores = score(search, reached, programs, files) if reached else {}
    clear()
    empty = {column: "" for column in search.header() if column.startswith("accuracy_")}
    lost = {**empty, "precision": "", "outcome": "not finite"}
    return {steps: scores.get(steps, lost) for steps in scored}


def score(search, checkpoints, programs, files):
    """{steps: accuracies, precision, outcome}; `train` is the mean over the training environments."""
    scored_on = {str(file): column for column in search.columns() for file in files[column]}
    rows = csv.DictReader(
        programs("eval", "--threads", 1, "--env", *scored_on, "--", *checkpoints.values()).splitlines()
    )
    found = {}
    for row in rows:
        found.setdefault(row["checkpoint"], []).append(row)
    scores = {}
    for steps, file in checkpoints.items():
        accuracies = {}
        for row in found[str(file)]:
            accuracies.setdefault(scored_on[row["environment"]], []).append(float(row["accuracy"]))
        scores[steps] = {f"accuracy_{c}": f"{statistics.fmean(a):.6f}" for c, a in accuracies.items()}
        scores[steps] |= {"precision": found[str(file)][0]["precision"], "outcome": "scored"}
    return scores


def run_all(search, record, pairs, programs, arguments):
    """Runs those (trial, seed) of `pairs` that are not recorded."""
    missing = [(number, seed) for number, seed in pairs if not record.has(number, seed)]
    files = {
        seed: environments(search, seed, programs, arguments.mnist, arguments.out)
        for seed in dict.fromkeys(seed for _, seed in missing)
    }
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = {
            pool.submit(run_trial, search, number, seed, programs, files[seed], arguments.out): (number, seed)
            for number, seed in missing
        }
        try:
            for done, future in enumerate(as_completed(running), 1):
                record.add(*running[future], future.result())
                if sys.stderr.isatty():
                    print(f"{search.name}: {done} of {len(missing)}", file=sys.stderr)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            programs.stop()
            raise


def run(search, record, paper, arguments):
    programs = Programs(arguments.programs)
    run_all(search, record, [(number, search.seeds[0]) for number in range(search.trials)], programs, arguments)
    chosen = finalists(search, record, paper)
    pairs = [(number, seed) for number in chosen for seed in search.seeds[1:]]
    run_all(search, record, pairs, programs, arguments)


# ---- Selecting


def select(search, record, paper, _arguments):
    seeds = search.seeds
    candidates = record.candidates(seeds)
    if not candidates:
        seeds = seeds[:1]
        candidates = record.candidates(seeds)
    looked_at = len({row["trial"] for row in record.rows})
    lost = {row["trial"] for row in record.rows if row["outcome"] != "scored"}
    print(__doc__[__doc__.index("Two rules") :])
    print(f"{search.name}: {looked_at} trials looked at, {len(lost)} of them not finite at the end")
    among = len({trial for trial, _ in candidates})
    print(f"selected among {among}, those with the seeds {' '.join(map(str, seeds))}")
    for name, rule in RULES.items():
        best = ranked(rule, candidates, paper)[:1]
        print(f"\n{name}" if best else f"\n{name}: nothing to select")
        for trial, steps in best:
            recorded = next(row for row in record.rows if row["trial"] == str(trial))
            drawn = flags({flag: recorded[flag] for flag in search.hyper_parameters()})
            given = " ".join([recorded["train"], *drawn, "--steps", str(steps)])
            goal = search.goal
            print(f"$(call experiment, {goal['table']}, {goal['algorithm']}, {search.environments}, {given})")
            print(f"trial {trial}, n = {len(seeds)}")
            for column, values in candidates[trial, steps].items():
                std = f"{statistics.stdev(values):.1f}" if len(values) > 1 else "?"
                published = "paper {:.1f} ± {:.1f}".format(*paper[column]) if column in paper else "not in the paper"
                print(f"  {column:5}  {statistics.fmean(values):.1f} ± {std}  ({published})")


def positive(number):
    if int(number) < 1:
        raise ValueError
    return int(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "select"])
    parser.add_argument("name", help="a search of the file --searches")
    paths = {
        "--searches": ("scripts/searches.toml", "the searches"),
        "--results": ("fixtures/search", "folder of NAME.csv"),
        "--reference": ("fixtures/reference.csv", "the paper's cells"),
        "--programs": ("out/bin", "folder of mkenv, train and eval"),
        "--mnist": ("out/mnist", "folder of MNIST's training files"),
        "--out": ("out/search", "folder for environments and, until scored, checkpoints"),
    }
    for flag, (default, meaning) in paths.items():
        parser.add_argument(flag, type=Path, default=Path(default), help=f"{meaning} [default: {default}]")
    parser.add_argument("--jobs", type=positive, default=1, help="trials at a time, one thread each [default: 1]")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        search = Search.read(arguments.searches, arguments.name)
        record = Record(search, arguments.results / f"{search.name}.csv")
        command = {"run": run, "select": select}[arguments.command]
        command(search, record, paper_row(search, arguments.reference), arguments)
    except (Refused, OSError, tomllib.TOMLDecodeError) as refused:
        sys.exit(f"search: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
