#!/usr/bin/env python3
"""Searches hyper-parameters, and records every trial.

    python3 scripts/search.py run NAME [--jobs 2]     trains and scores what is not yet recorded
    python3 scripts/search.py select NAME             the chosen flags, and how they were chosen

The searches stand in scripts/experiments/searches.toml; what they found, in fixtures/search/NAME.csv, one
row per trial, seed and number of steps. What is selected is printed as rows of the table of runs. Every
trial is scored at every checkpoint on the way, so the number of steps costs nothing to search. Stage 1 runs every trial on the first seed, stage 2 the best by each rule
on the other seeds. Seeds are 100 and up: the reported runs have 0 to 9.

Two rules choose trial and steps, by the means over the search's seeds, and among trials with all seeds
as soon as there are any:

  FIDELITY  the nearest to the paper's row: the smallest of the largest |mean - paper| / max(1, s_paper)
            over its cells, in points; of equals, the smallest sum. It looks at test accuracy at p_e 0.9.
  HONEST    never looks at p_e above 0.2: where the accuracies at p_e 0.1 and 0.2 differ by at most one
            point, the highest of the lower one.

A search with `rows` runs every trial once for each of these rows too. Then FIDELITY goes over the cells of
all rows, and HONEST looks at the first row, that of `objective`.

A search with `rules = ["HONEST"]` makes and scores no environment above p_e 0.2 at all.
"""

import argparse
import csv
import io
import signal
import statistics
import sys
from pathlib import Path

from searching.plan import Refused, Search, paper_row
from searching.record import Record
from searching.rules import RULES, ranked
from searching.trials import run


def row_of_runs(search, row, given, runs):
    """The flags `given` of `row` as a row of the table `runs`: each in its column, all others in the last one."""
    try:
        with open(runs, newline="") as file:
            columns = next(csv.reader(file), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(f"{runs}: {error}") from None
    if "other flags" not in columns:
        raise Refused(f"{runs}: found the columns {','.join(columns)}, expected one of them to be 'other flags'")
    cells = dict.fromkeys(columns, "")
    cells |= {"experiment": search.goal["experiment"], "row": row, "environments": search.environments}
    others = []
    while given:
        flag, *given = given
        value = given.pop(0) if given and not given[0].startswith("--") else None
        if value is not None and flag[2:] in columns:
            cells[flag[2:]] = value
        else:
            others += [flag] if value is None else [flag, value]
    cells["other flags"] = " ".join(others)
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells[column] for column in columns)
    return text.getvalue()


def select(search, record, paper, arguments):
    seeds = search.seeds
    candidates = record.candidates(seeds)
    if not record.rows:
        raise Refused(f"no trial of {search.name} is recorded; first: scripts/search.py run {search.name}")
    if not candidates:
        seeds = seeds[:1]
        candidates = record.candidates(seeds)
    looked_at = len({row["trial"] for row in record.rows})
    lost = {row["trial"] for row in record.rows if row["outcome"] != "scored"}
    print(__doc__[__doc__.index("Two rules") :])
    print(f"{search.name}: {looked_at} trials looked at, {len(lost)} of them not finite at the end")
    among = len({trial for trial, _ in candidates})
    print(f"selected among {among}, those with the seeds {' '.join(map(str, seeds))}")
    for name in search.rules:
        best = ranked(RULES[name], candidates, paper)[:1]
        print(f"\n{name}" if best else f"\n{name}: nothing to select")
        for trial, steps in best:
            recorded = next(row for row in record.rows if row["trial"] == str(trial))
            drawn = {flag: recorded[flag] for flag in search.hyper_parameters()}
            for row in search.row_names():
                given = [*search.given(drawn, row), "--steps", str(steps)]
                print(row_of_runs(search, row, given, arguments.runs))
            print(f"trial {trial}, n = {len(seeds)}")
            width = max(5, *map(len, candidates[trial, steps]))
            for column, values in candidates[trial, steps].items():
                std = f"{statistics.stdev(values):.1f}" if len(values) > 1 else "?"
                published = "paper {:.1f} ± {:.1f}".format(*paper[column]) if column in paper else "not in the paper"
                print(f"  {column:{width}}  {statistics.fmean(values):.1f} ± {std}  ({published})")


def positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number of 1 or more")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "select"])
    parser.add_argument("name", help="a search of the file --searches")
    paths = {
        "--searches": ("scripts/experiments/searches.toml", "the searches"),
        "--runs": ("scripts/experiments/runs.csv", "the table of runs, for its columns"),
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
        search = Search.read(arguments.searches, arguments.name, arguments.programs)
        record = Record(search, arguments.results / f"{search.name}.csv")
        command = {"run": run, "select": select}[arguments.command]
        command(search, record, paper_row(search, arguments.reference), arguments)
    except (Refused, OSError) as refused:
        sys.exit(f"search: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
