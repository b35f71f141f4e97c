"""Says what is done of `make reproduce` and what is left, table by table; `make status` calls it.

    scripts/status.py --out out --experiments FOLDER --data mnist --aside "demo other" --results fixtures/results --seeds 0 1 --jobs 2 -- MAKE...

What is left is asked of MAKE, by -n; before the first build, it is everything. The time left is that of the same row's other seeds in OUT/times.csv, else of the same
stage's programs there, else, of all rows alike, of the committed results.
"""

import argparse
import csv
import json
import pathlib

import progress


def committed_rates(file):
    """{stage: wall seconds of a run}; none where nothing is known."""
    try:
        invocations = json.loads(file.read_text())["invocations"]
        runs = sum(i["runs"] for i in invocations)
        stages = {stage for i in invocations for stage in i["stages"]}
        return {s: sum(i["stages"].get(s, {"wall_s": 0})["wall_s"] for i in invocations) / runs for s in stages}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        return {}


def words(seconds):
    if seconds is None:
        return "unknown"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of all that is made")
    parser.add_argument("--experiments", type=pathlib.Path, required=True, help="folder of runs.csv and environments.csv")
    parser.add_argument("--data", required=True, help="the digits whose experiments are meant by all")
    parser.add_argument("--results", type=pathlib.Path, required=True, help="folder of the committed results")
    parser.add_argument("--seeds", nargs="+", required=True, help="seeds asked for")
    parser.add_argument("--tables", default="", help="experiments asked for, or all of DATA")
    parser.add_argument("--rows", default="", help="rows asked for, or all")
    parser.add_argument("--aside", required=True, help="the experiments that are not among all")
    parser.add_argument("--jobs", type=int, required=True, help="programs at a time")
    parser.add_argument("make", nargs="+", help="command line of MAKE")
    args = parser.parse_args()

    asked = {}  # experiment: runs
    with (args.experiments / "environments.csv").open(newline="") as file:
        kinds = {kind["environments"]: (kind.get("digits") or "mnist").split("/")[0] for kind in csv.DictReader(file)}
    with (args.experiments / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
        on_data = {row["experiment"] for row in rows if kinds.get(row["environments"]) == args.data}
        for row in rows:
            experiment, name = row["experiment"], row["row"]
            if experiment in (args.tables.split() or on_data - set(args.aside.split())) and name in (args.rows.split() or [name]):
                asked.setdefault(experiment, []).extend(f"{experiment}/{name}/seed-{seed}" for seed in args.seeds)
    if (args.out / "bin" / "plan").exists():
        pending = progress.plan(args.make)
    else:
        print("Nothing is built yet: make demo and make reproduce do that first, which takes a few minutes.")
        pending = {(stage, run) for runs in asked.values() for run in runs for stage in ("train", "eval")}

    times = progress.Times(args.out / "times.csv")
    for _ in times.news():
        pass
    for stage, seconds in committed_rates(args.results / "run.json").items():
        times.known.setdefault(stage, [seconds])

    print(f"{'table':16}{'runs':>6}{'done':>6}{'left':>6}  time left, about")
    for experiment, runs in asked.items():
        left = {(stage, name) for stage, name in pending if name.startswith(f"{experiment}/") and stage in ("train", "eval")}
        runs_left = sum(stage == "eval" for stage, _ in left)
        time = words(times.left(left, args.jobs))
        print(f"{experiment:16}{len(runs):6}{len(runs) - runs_left:6}{runs_left:6}  {time}")
    total = sum(map(len, asked.values()))
    runs_left = sum(stage == "eval" for stage, _ in pending)
    time = words(times.left(pending, args.jobs))
    print(f"{'all':16}{total:6}{total - runs_left:6}{runs_left:6}  {time}, {args.jobs} programs at a time")
    page = args.out / "results.html"
    print(f"{page} is {'to be made' if ('report', page.name) in pending or not page.exists() else 'there'}")


if __name__ == "__main__":
    main()
