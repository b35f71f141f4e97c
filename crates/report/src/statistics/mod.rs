//! `report statistics`: what is known of each cell of one experiment, and of each pair of its rows.

mod args;
mod csv;

pub use args::Args;

use std::path::PathBuf;

use anyhow::Result;
use evidence::interval::{CONFIDENCE, Estimate, Interval};
use evidence::paired::Paired;
use evidence::statistics::interquartile_mean;
use evidence::{Cell, Cells, Column, Setting};
use objective::printed_name;

use crate::claims::words::{interval, signed};
use crate::grid::{self, Format, Grid};
use crate::notation::{heading, visible};
use crate::{experiment, inputs};

/// What stands where there is no number.
const NONE: &str = "–";

/// Reads, gathers, renders, writes.
///
/// # Errors
/// What cannot be read or written or is no score, an experiment without scores, and a
/// [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    artifact::check_output(&args.output, args.scores.iter().map(PathBuf::as_path))?;
    let cells = experiment::cells(&args.experiment, &inputs::scores(&args.scores)?)?;
    let text = match (args.format, args.pairs) {
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

/// Each cell with its row and column, in the order of print.
fn in_order(cells: &Cells) -> Vec<(&Setting, Column, &Cell)> {
    let mut all: Vec<_> = cells
        .iter()
        .flat_map(|(setting, row)| {
            row.iter()
                .map(move |(column, cell)| (setting, *column, cell))
        })
        .collect();
    all.sort_by_key(|(setting, column, _)| {
        (
            setting.classes,
            std::cmp::Reverse(setting.n_per_env),
            objective::rank(&setting.objective),
            &setting.objective,
            *column,
        )
    });
    all
}

/// What a row is called among the rows of its experiment.
fn name(setting: &Setting) -> String {
    let mut name = visible(&printed_name(&setting.objective));
    name += &format!(", k = {}", setting.classes);
    if let Some(rows) = setting.n_per_env {
        name += &format!(", {rows} rows");
    }
    name
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
    let rows = in_order(cells).into_iter().map(|(setting, column, cell)| {
        let estimate = Estimate::of(&cell.accuracies);
        let of_mean = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
        let mut row = vec![
            name(setting),
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
    first: &'a Setting,
    second: &'a Setting,
    column: Column,
    paired: Paired,
}

/// Each two rows that have a cell in `column` and the same number of classes.
fn pairs(cells: &Cells, column: Column) -> Vec<Pair<'_>> {
    let rows: Vec<_> = in_order(cells)
        .into_iter()
        .filter(|(_, other, _)| *other == column)
        .collect();
    let mut pairs = Vec::new();
    for (place, (first, _, one)) in rows.iter().enumerate() {
        for (second, _, other) in &rows[place + 1..] {
            if first.classes == second.classes {
                pairs.push(Pair {
                    first,
                    second,
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
            name(pair.first),
            name(pair.second),
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
