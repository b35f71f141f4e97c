"""What is recorded of a search: fixtures/search/NAME.csv."""

import csv
import os

from searching.plan import Refused

RESTORE = "restore the file, or move it away to begin anew"
# Every trial that was run stays in the record, also one whose settings somebody would now choose otherwise.
OTHER_SETTINGS = "give the new settings to a further trial or search, or move the file away to begin anew"


def fraction(cell):
    try:
        return 0 <= float(cell) <= 1
    except ValueError:
        return False


class Record:
    """fixtures/search/NAME.csv, ordered by trial, seed and steps, and whole at any time."""

    def __init__(self, search, file):
        self.search, self.file = search, file
        self.rows = self.read() if file.exists() else []

    def read(self):
        search, file = self.search, self.file
        try:
            with open(file, newline="") as found:
                # Earlier trials did without a flag that only a later start has.
                optional = dict.fromkeys(search.hyper_parameters(), "")
                rows = [optional | row for row in csv.DictReader(found, restkey="cell without a column", restval="")]
        except (csv.Error, UnicodeDecodeError) as error:
            raise Refused(f"{file}: {error}; {RESTORE}") from None
        whole = (str.isdecimal, "a whole number")
        expected = dict.fromkeys(["trial", "seed", "steps"], whole)
        expected["outcome"] = (["scored", "not finite"].__contains__, "scored or not finite")
        expected_of_scored = expected | dict.fromkeys(search.accuracies(), (fraction, "a number from 0 to 1"))
        for line, row in enumerate(rows, 2):
            unknown = [column for column in row if column not in search.header()]
            if unknown:
                raise Refused(f"{file}: the search has no {', '.join(unknown)}; move the file away to begin anew")
            missing = [column for column in search.header() if column not in row]
            if missing:
                raise Refused(f"{file}: there is no column {', '.join(missing)}; {RESTORE}")
            if self.row_of(row) not in search.row_names():
                raise Refused(f"{file}, line {line}: the search has no row {self.row_of(row)!r}; {RESTORE}")
            for column, (holds, words) in (expected_of_scored if row["outcome"] == "scored" else expected).items():
                if not holds(row[column]):
                    raise Refused(f"{file}, line {line}: {column} is {row[column]!r}, expected {words}; {RESTORE}")
            for column, value in self.settings(int(row["trial"]), self.row_of(row)).items():
                if row[column] != value:
                    raise Refused(
                        f"{file}, line {line}: trial {row['trial']} is recorded with {column} {row[column]!r}, "
                        f"the search now has {value!r}; {OTHER_SETTINGS}"
                    )
        return rows

    def settings(self, number, of_row):
        search = self.search
        settings = {**search.trial(number), "train": search.train, "mkenv": search.mkenv}
        if search.rows:
            differing = (f"{flag}={value or 'false'}" for flag, value in search.differing(of_row).items())
            settings |= {"row": of_row, "differing": " ".join(differing)}
        return settings

    def has(self, number, seed, of_row):
        """Whether the trial was run with this seed."""
        found = {row["steps"] for row in self.of(number, seed, of_row)}
        return {str(steps) for steps in self.search.scored_steps()} <= found

    def row_of(self, row):
        """Which of the paper's rows it is about."""
        return row.get("row", self.search.goal["objective"])

    def of(self, number, seed, of_row):
        place = (str(number), str(seed), of_row)
        return [row for row in self.rows if (row["trial"], row["seed"], self.row_of(row)) == place]

    def add(self, number, seed, of_row, scores):
        """Records what was found at each number of steps, in the place of what stood there."""
        old = self.of(number, seed, of_row)
        place = {"trial": str(number), **self.settings(number, of_row), "seed": str(seed)}
        new = [{**place, "steps": str(steps), **found} for steps, found in scores.items()]
        rows = [row for row in self.rows if row not in old] + new
        order = self.search.row_names().index
        rows.sort(key=lambda row: [int(row["trial"]), int(row["seed"]), order(self.row_of(row)), int(row["steps"])])
        self.file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.file.with_suffix(".unfinished")
        with open(unfinished, "w", newline="") as out:
            writer = csv.DictWriter(out, self.search.header(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(unfinished, self.file)
        self.rows = rows

    def candidates(self, seeds):
        """{(trial, steps): {cell: accuracies in per cent, one per seed}} of what has all `seeds` in all rows."""
        names, found = self.search.cells(), {}
        for row in self.rows:
            if int(row["seed"]) in seeds and row["outcome"] == "scored":
                cells = found.setdefault((int(row["trial"]), int(row["steps"])), {name: [] for name in names.values()})
                for column in self.search.columns():
                    cells[names[self.row_of(row), column]].append(100 * float(row[f"accuracy_{column}"]))
        return {
            place: cells
            for place, cells in found.items()
            if all(len(values) == len(seeds) for values in cells.values())
        }
