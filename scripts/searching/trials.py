"""Running trials."""

import csv
import fcntl
import re
import shlex
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from searching.plan import Refused
from searching.rules import finalists

TRAIN_P_E = ["0.2", "0.1"]
# The exit code of train where training diverged.
DIVERGED = 3
# What eval says of a checkpoint whose risk is not finite.
OVERFLOWN = "the risk is .*, expected a finite number"


class Failed(Refused):
    """A program that failed, with its message: the first line, for a usage error goes on below."""

    def __init__(self, command, code, errors):
        lines = [line.strip() for line in errors.splitlines() if line.strip()]
        self.code, self.message = code, lines[0] if lines else f"ended with code {code}"
        super().__init__(f"{shlex.join(command)}: {self.message}")

    def says(self, pattern):
        """By the message alone, for any word may stand in the command; usage errors have another code."""
        return self.code == 1 and re.search(pattern, self.message) is not None


class Programs:
    """mkenv, train and eval as child processes that end with this one."""

    def __init__(self, folder):
        self.folder, self.running = folder, set()

    def __call__(self, name, *arguments):
        """What the program wrote on standard output."""
        command = [str(self.folder / name), *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.running.add(process)
        output, errors = process.communicate()
        self.running.remove(process)
        if process.returncode != 0:
            raise Failed(command, process.returncode, errors)
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


def run_trial(search, number, seed, row, programs, files, out):
    """{steps: what is recorded of it}."""
    checkpoint = out / "checkpoints" / search.name / f"{number}-{row}-seed-{seed}.safetensors"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)

    def clear():
        for file in checkpoint.parent.glob(f"{number}-{row}-seed-{seed}.*"):
            file.unlink()

    clear()  # A run that was stopped left some.
    scored = search.scored_steps()
    on_the_way = {steps: checkpoint.with_suffix(f".step-{steps}.safetensors") for steps in scored}
    settings = [*search.given(search.trial(number), row), "--seed", seed, *search.threads()]
    every = ["--steps", scored[-1], "--checkpoint-every", search.every]
    try:
        programs("train", *settings, *every, "-o", checkpoint, *files["train"])
    except Failed as failed:
        if failed.code != DIVERGED:
            raise
    reached = {steps: file for steps, file in on_the_way.items() if file.exists()}
    scores = score(search, reached, programs, files) if reached else {}
    clear()
    lost = {**dict.fromkeys(search.accuracies(), ""), "precision": "", "outcome": "not finite"}
    return {steps: scores.get(steps, lost) for steps in scored}


def score(search, checkpoints, programs, files):
    """{steps: accuracies, precision, outcome} of those with finite risks; `train` is the mean over the training
    environments."""
    scored_on = {str(file): column for column in search.columns() for file in files[column]}
    try:
        written = programs("eval", "--threads", 1, "--env", *scored_on, "--", *checkpoints.values())
    except Failed as failed:
        if not failed.says(OVERFLOWN):
            raise
        if len(checkpoints) == 1:
            return {}
        scores = {}
        for steps, file in checkpoints.items():
            scores |= score(search, {steps: file}, programs, files)
        return scores
    found = {}
    for row in csv.DictReader(written.splitlines()):
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
    """Runs those (trial, seed) of `pairs`, with all rows, that are not recorded."""
    all_rows = [(number, seed, row) for number, seed in pairs for row in search.row_names()]
    missing = [one for one in all_rows if not record.has(*one)]
    files = {
        seed: environments(search, seed, programs, arguments.mnist, arguments.out)
        for seed in dict.fromkeys(seed for _, seed, _ in missing)
    }
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = {
            pool.submit(run_trial, search, *one, programs, files[one[1]], arguments.out): one for one in missing
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
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open(arguments.out / f"{search.name}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"{search.name}: another run of this search is at work in {arguments.out}; wait for it") from None
        record.rows = record.read() if record.file.exists() else []
        run_alone(search, record, paper, arguments)


def run_alone(search, record, paper, arguments):
    programs = Programs(arguments.programs)
    run_all(search, record, [(number, search.seeds[0]) for number in range(search.trials)], programs, arguments)
    chosen = finalists(search, record, paper)
    pairs = [(number, seed) for number in chosen for seed in search.seeds[1:]]
    run_all(search, record, pairs, programs, arguments)
