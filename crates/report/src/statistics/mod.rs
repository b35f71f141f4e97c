//! `report statistics`: what is known of each cell of one experiment, and of each pair of its rows.

mod args;
mod csv;

pub use args::Args;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use evidence::interval::{CONFIDENCE, Estimate, Interval};
use evidence::paired::Paired;
use evidence::statistics::interquartile_mean;
use evidence::{Cell, Cells, Column, RowKey};

use crate::claims::words::{interval, signed};
use crate::experiment;
use crate::grid::{self, Format, Grid};
use crate::labels::labels;
use crate::notation::{NONE, heading, visible};

/// Reads, gathers, renders, writes.
///
/// # Errors
/// What cannot be read or written or is no score, an experiment without scores, and a
/// [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    artifact::check_output(&args.output, args.scores.iter().map(PathBuf::as_path))?;
    let cells = experiment::cells(&args.experiment, &args.scores)?;
    if let Some(column) = &args.pairs {
        ensure!(
            cells.columns.contains(column),
            "--pairs: no score in column {column}; there are {}",
            artifact::listed(cells.columns.iter().map(Column::to_string))
        );
    }
    let text = match (args.format, &args.pairs) {
        (Format::Csv, None) => csv::cells(&cells)?,
        (Format::Csv, Some(column)) => csv::pairs(&pairs(&cells, column))?,
        (format, None) => {
            let caption = format!("{}: accuracy in per cent", visible(&args.experiment));
            grid::render(format, &[of_cells(caption, &cells, args.seeds)], &notes())
        }
        (format, Some(column)) => {
            let caption = format!(
                "{}: differences, {}",
                visible(&args.experiment),
                heading(column)
            );
            let grid = of_pairs(caption, &pairs(&cells, column));
            grid::render(format, &[grid], &pair_notes())
        }
    };
    artifact::write(&args.output, text.as_bytes())
}

/// A row with what it is called among the rows of its experiment.
#[derive(Clone)]
struct Row<'a> {
    key: &'a RowKey,
    label: String,
    cells: &'a BTreeMap<Column, Cell>,
}

/// The rows in the order of print.
fn rows(cells: &Cells) -> Vec<Row<'_>> {
    let keys = cells.keys();
    let label = |(key, mut label): (&RowKey, String)| {
        label += &format!(", k = {}", key.classes);
        if let Some(rows) = key.n_per_env {
            label += &format!(", {rows} rows");
        }
        label
    };
    let labels = keys.iter().copied().zip(labels(&keys)).map(label);
    let row = |(&key, label)| Row {
        key,
        label,
        cells: &cells.rows[key],
    };
    keys.iter().zip(labels).map(row).collect()
}

/// Each cell with its row and column, in the order of print.
fn in_order(cells: &Cells) -> Vec<(Row<'_>, &Column, &Cell)> {
    let mut all = Vec::new();
    for row in rows(cells) {
        for column in &cells.columns {
            if let Some(cell) = row.cells.get(column) {
                all.push((row.clone(), column, cell));
            }
        }
    }
    all
}

fn of_cells(caption: String, cells: &Cells, seeds: bool) -> Grid {
    let mut header: Vec<String> = [
        "row",
        "column",
        "n",
        "mean",
        "deviation",
        "standard error",
        "95 % interval",
        "interquartile mean",
    ]
    .map(str::to_owned)
    .into();
    if seeds {
        header.push("by seed".to_owned());
    }
    let number = |value: Option<f64>| value.map_or(NONE.to_owned(), |value| format!("{value:.2}"));
    let rows = in_order(cells).into_iter().map(|(row, column, cell)| {
        let estimate = Estimate::of(&cell.accuracies);
        let of_mean = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
        let mut row = vec![
            row.label,
            heading(column),
            cell.n().to_string(),
            number(Some(cell.mean())),
            number(cell.std()),
            number(estimate.as_ref().and_then(Estimate::standard_error)),
            of_mean.map_or(NONE.to_owned(), |Interval { low, high }| {
                format!("{low:.2} to {high:.2}")
            }),
            number(interquartile_mean(&cell.accuracies)),
        ];
        if seeds {
            let values = cell.by_seed();
            let values = values
                .iter()
                .map(|(seed, value)| format!("{seed}: {value:.2}"));
            row.push(values.collect::<Vec<_>>().join(", "));
        }
        row
    });
    Grid {
        caption,
        header,
        rows: rows.collect(),
        long: None,
    }
}

/// Two rows of one experiment in one column.
struct Pair<'a> {
    first: Row<'a>,
    second: Row<'a>,
    column: &'a Column,
    paired: Paired,
}

/// Each two rows that have a cell in `column` and the same number of classes.
fn pairs<'a>(cells: &'a Cells, column: &'a Column) -> Vec<Pair<'a>> {
    let rows = rows(cells).into_iter();
    let rows: Vec<_> = rows
        .filter_map(|row| Some((row.cells.get(column)?, row)))
        .collect();
    let mut pairs = Vec::new();
    for (place, (one, first)) in rows.iter().enumerate() {
        for (other, second) in &rows[place + 1..] {
            if first.key.classes == second.key.classes {
                pairs.push(Pair {
                    first: first.clone(),
                    second: second.clone(),
                    column,
                    paired: Paired::of(&one.by_seed(), &other.by_seed()),
                });
            }
        }
    }
    pairs
}

fn of_pairs(caption: String, pairs: &[Pair]) -> Grid {
    let header = [
        "first",
        "second",
        "n",
        "first − second",
        "95 % interval",
        "first is higher",
        "probability, 95 % interval",
    ];
    let rows = pairs.iter().map(|pair| {
        let estimate = pair.paired.estimate();
        let of_mean = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
        let n = pair.paired.differences.len();
        vec![
            pair.first.label.clone(),
            pair.second.label.clone(),
            n.to_string(),
            estimate.map_or(NONE.to_owned(), |estimate| signed(estimate.mean)),
            of_mean.map_or(NONE.to_owned(), interval),
            format!("{} of {n}", pair.paired.wins()),
            match pair.paired.probability_of_superiority(CONFIDENCE) {
                Some((share, Interval { low, high })) => {
                    format!("{share:.2}, {low:.2} to {high:.2}")
                }
                None => NONE.to_owned(),
            },
        ]
    });
    Grid {
        caption,
        header: header.map(str::to_owned).into(),
        rows: rows.collect(),
        long: None,
    }
}

fn notes() -> Vec<String> {
    vec![
        "deviation: of the sample, over seeds (n − 1). standard error: deviation/√n. 95 % interval: of the mean, by Student's \
         t over seeds."
            .to_owned(),
        "interquartile mean: of the middle half of the seeds; with fewer than four seeds nothing can be left out.".to_owned(),
    ]
}

fn pair_notes() -> Vec<String> {
    vec![
        "The differences are taken within a seed. n: seeds that both rows have. 95 % interval: of the mean difference, by \
         Student's t over seeds."
            .to_owned(),
        "probability: the share of seeds on which the first is higher, with the exact interval of Clopper and Pearson."
            .to_owned(),
    ]
}
