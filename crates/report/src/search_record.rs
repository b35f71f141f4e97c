//! Records of searches as `make search` writes them: fixtures/search/NAME.csv.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, ensure};
use evidence::Column;

use crate::inputs::Input;

/// The columns that are read beside those of accuracies.
const COLUMNS: [&str; 4] = ["trial", "seed", "steps", "outcome"];
/// Before the p_e, or `train`.
const ACCURACY: &str = "accuracy_";
/// Only if the search trains several rows in each trial.
const ROW: &str = "row";
const SCORED: &str = "scored";
const NOT_FINITE: &str = "not finite";
/// What to try.
const RESTORE: &str = "take the file as the search wrote it";

/// A record.
pub struct Record {
    name: String,
    lines: Vec<Line>,
}

/// One line: a run after some steps of training.
struct Line {
    trial: usize,
    /// `None` where the record has no such column.
    row: Option<String>,
    seed: u64,
    steps: u64,
    /// In per cent; `None` where the run was not finite.
    accuracies: Option<BTreeMap<Column, f64>>,
}

/// One trial over the steps of training, where all of its seeds were scored.
#[derive(Debug, PartialEq)]
pub struct Trial {
    /// How many seeds it has.
    pub seeds: usize,
    /// For each environment and number of steps: the accuracies in per cent, one for each seed. At least one of each.
    pub accuracies: BTreeMap<Column, BTreeMap<u64, Vec<f64>>>,
    /// How many numbers of steps the record has for this trial, and at how many of them not all seeds were scored.
    pub steps: usize,
    pub left_out: usize,
}

impl Record {
    /// The record in `file`.
    ///
    /// # Errors
    /// Names the file, the line and the column of what is no record.
    pub fn parse(file: &Input) -> Result<Self> {
        let what = || format!("{}: not a record of a search", file.name);
        let lines = lines(&file.bytes)
            .map_err(|e| anyhow!("{e:#}; {RESTORE}"))
            .with_context(what)?;
        Ok(Self {
            name: file.name.clone(),
            lines,
        })
    }

    /// The trial `number`: of the row `row`, or of the first in the record where it has several.
    ///
    /// # Errors
    /// That there is no such trial or row, or nothing of it that could be drawn.
    pub fn trial(&self, number: usize, row: Option<&str>) -> Result<Trial> {
        let name = &self.name;
        let first = self.lines.first().and_then(|line| line.row.as_deref());
        ensure!(
            row.is_none() || first.is_some(),
            "{name}, line 1: no column {ROW}, expected one because a panel names the row {}; leave the row out",
            row.unwrap_or_default()
        );
        let of_trial: Vec<&Line> = self.lines.iter().filter(|l| l.trial == number).collect();
        ensure!(
            !of_trial.is_empty(),
            "{name}: column trial: found no {number}, expected {}; name a trial that is there",
            one_of(self.lines.iter().map(|line| line.trial))
        );
        let row = row.or(first);
        let fits = |line: &&&Line| line.row.as_deref() == row;
        let lines: Vec<&Line> = of_trial.iter().filter(fits).copied().collect();
        ensure!(
            !lines.is_empty(),
            "{name}: column {ROW}: trial {number} has no {:?}, expected {}; name a row that is there",
            row.unwrap_or_default(),
            one_of(of_trial.iter().filter_map(|line| line.row.as_deref()))
        );
        let trial = gathered(&lines);
        ensure!(
            !trial.accuracies.is_empty(),
            "{name}: column outcome: trial {number}{} has no number of steps at which all of its seeds are {SCORED}, \
             expected at least one; name another trial",
            row.map_or(String::new(), |row| format!(", row {row},"))
        );
        Ok(trial)
    }
}

/// The runs of one trial and one row.
fn gathered(lines: &[&Line]) -> Trial {
    let seeds: BTreeSet<u64> = lines.iter().map(|line| line.seed).collect();
    let mut by_steps: BTreeMap<u64, BTreeMap<u64, &BTreeMap<Column, f64>>> = BTreeMap::new();
    for line in lines {
        let scored = by_steps.entry(line.steps).or_default();
        if let Some(accuracies) = &line.accuracies {
            scored.insert(line.seed, accuracies);
        }
    }
    let steps = by_steps.len();
    by_steps.retain(|_, scored| scored.len() == seeds.len());
    let mut accuracies: BTreeMap<Column, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    for (steps, scored) in &by_steps {
        for (column, accuracy) in scored.values().copied().flatten() {
            let of_column = accuracies.entry(column.clone()).or_default();
            of_column.entry(*steps).or_default().push(*accuracy);
        }
    }
    Trial {
        seeds: seeds.len(),
        accuracies,
        steps,
        left_out: steps - by_steps.len(),
    }
}

fn lines(bytes: &[u8]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut before: BTreeMap<(usize, Option<String>, u64, u64), u64> = BTreeMap::new();
    for line in score::lines(bytes, &COLUMNS)? {
        let (number, cells) = line?;
        let line = self::line(number, &cells)?;
        let place = (line.trial, line.row.clone(), line.seed, line.steps);
        if let Some(before) = before.insert(place, number) {
            return Err(anyhow!(
                "line {number}, steps: found {} steps of trial {} and seed {} as in line {before}, expected each once",
                line.steps,
                line.trial,
                line.seed
            ));
        }
        lines.push(line);
    }
    ensure!(
        !lines.is_empty(),
        "line 2: found no rows, expected at least one"
    );
    Ok(lines)
}

/// The line `number`, whose cells are by column.
fn line(number: u64, cells: &BTreeMap<String, String>) -> Result<Line> {
    let refused = |column: &str, expected: &str| {
        let found = cells.get(column).map_or("", String::as_str);
        anyhow!("line {number}, {column}: found {found:?}, expected {expected}")
    };
    let whole = |column: &str| -> Result<u64> {
        let number = cells[column].parse();
        number.map_err(|_| refused(column, "a whole number"))
    };
    let scored = match &*cells["outcome"] {
        SCORED => true,
        NOT_FINITE => false,
        _ => return Err(refused("outcome", &format!("{SCORED} or {NOT_FINITE}"))),
    };
    let mut accuracies = BTreeMap::new();
    for (name, cell) in cells {
        let Some(column) = name.strip_prefix(ACCURACY) else {
            continue;
        };
        let column = column.parse().ok().filter(|c: &Column| !c.is_named());
        let column = column.with_context(|| {
            format!("line 1: found the column {name}, expected {ACCURACY}train or {ACCURACY} and a p_e from 0 to 1")
        })?;
        let fraction = cell.parse().ok().filter(|a| (0.0..=1.0).contains(a));
        match fraction {
            Some(fraction) => drop(accuracies.insert(column, 100.0 * fraction)),
            None if scored => return Err(refused(name, "a number from 0 to 1")),
            None => {}
        }
    }
    ensure!(
        cells.keys().any(|name| name.starts_with(ACCURACY)),
        "line 1: no column {ACCURACY}0.1 or of another p_e, expected at least one"
    );
    Ok(Line {
        trial: usize::try_from(whole("trial")?).map_err(|_| refused("trial", "a whole number"))?,
        row: cells.get(ROW).cloned(),
        seed: whole("seed")?,
        steps: whole("steps")?,
        accuracies: scored.then_some(accuracies),
    })
}

/// That one of `values` is expected. Where they are many, the first and the last are named.
fn one_of<T: ToString + Ord>(values: impl Iterator<Item = T>) -> String {
    const NAMED: usize = 12;
    let values: BTreeSet<T> = values.collect();
    let words: Vec<String> = values.iter().map(ToString::to_string).collect();
    match &words[..] {
        [first, .., last] if words.len() > NAMED => {
            format!("one of the {} from {first} to {last}", words.len())
        }
        _ => format!("one of {}", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "trial,lr,row,seed,steps,accuracy_0.9,accuracy_0.1,outcome\n";

    fn record(text: &str) -> Result<Record> {
        Record::parse(&Input {
            name: "a.csv".to_owned(),
            bytes: text.as_bytes().to_owned(),
        })
    }

    #[test]
    fn only_steps_at_which_all_seeds_are_scored_count() {
        let record = record(&format!(
            "{HEADER}\
             0,1,full,7,100,0.5,0.25,scored\n0,1,full,7,50,0.5,0.75,scored\n\
             0,1,full,8,50,1,0,scored\n0,1,full,8,100,,,not finite\n\
             0,1,same,7,50,0.125,0.5,scored\n0,1,same,7,150,0.25,0.5,scored\n"
        ))
        .unwrap();
        let curve = |points: &[(u64, &[f64])]| -> BTreeMap<u64, Vec<f64>> {
            points.iter().map(|(x, ys)| (*x, ys.to_vec())).collect()
        };
        // The first row is the default. Its 100 steps lack a seed.
        let full = record.trial(0, None).unwrap();
        assert_eq!((full.seeds, full.steps, full.left_out), (2, 2, 1));
        let found: Vec<_> = full.accuracies.into_iter().collect();
        assert_eq!(
            found,
            [
                (Column::Test(0.1), curve(&[(50, &[75.0, 0.0])])),
                (Column::Test(0.9), curve(&[(50, &[50.0, 100.0])])),
            ]
        );
        let same = record.trial(0, Some("same")).unwrap();
        assert_eq!((same.seeds, same.steps, same.left_out), (1, 2, 0));
        assert_eq!(
            same.accuracies[&Column::Test(0.9)],
            curve(&[(50, &[12.5]), (150, &[25.0])])
        );
    }

    #[test]
    fn many_values_are_not_all_named() {
        assert_eq!(one_of([3, 1, 3].into_iter()), "one of 1 3");
        assert_eq!(one_of(0..40), "one of the 40 from 0 to 39");
    }
}
