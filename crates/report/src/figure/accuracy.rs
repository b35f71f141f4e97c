//! `report figure accuracy`: how each objective fares as the colour turns against it.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::plot::{Axis, Figure, Level, Line, Panel, Point, Spread};
use super::scored::Scored;
use super::{style, words};
use crate::cells::{self, Cell, Column, Setting};
use crate::compare::{Pair, compare};
use crate::names::visible;
use crate::table::sheet::LABEL_NOISE;

const EXAMPLES: &str = "\
Examples:
  $ report figure accuracy --table cmnist --reference fixtures/reference.csv \\
      -o cmnist.svg scores.csv

  Closer, without the one that is far from the others:
  $ report figure accuracy --table cmnist --leave-out erm -o close.svg scores.csv

  From a pipe to a pipe:
  $ cat scores.csv | report figure accuracy --table cmnist --format png -o - >cmnist.png";

/// Draws the accuracy over the p_e of the test environments.
///
/// Each row of the table is a line, with a band of ± one sample standard deviation over the seeds.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// The experiment to show: rows whose `experiment` is NAME are taken.
    #[arg(long, value_name = "NAME")]
    table: String,

    /// An objective that is not drawn, such as erm; may be repeated [default: all are drawn].
    #[arg(long, value_name = "OBJECTIVE")]
    leave_out: Vec<String>,

    #[command(flatten)]
    scored: Scored,
}

/// Reads, gathers, draws, writes.
///
/// # Errors
/// What cannot be read or written, or leaves the figure empty.
pub fn run(arguments: &Arguments) -> Result<()> {
    let (format, references, rows) = arguments.scored.read("accuracy")?;
    let table = &arguments.table;
    let mut cells = cells::of_table(table, &rows)?;
    for name in &arguments.leave_out {
        let before = cells.len();
        cells.retain(|setting, _| setting.objective != *name);
        ensure!(
            cells.len() < before,
            "--leave-out {name}: table {table} has no such objective"
        );
    }
    ensure!(
        !cells.is_empty(),
        "--leave-out leaves nothing of table {table} to draw"
    );
    let columns: BTreeSet<Column> = cells.values().flat_map(|row| row.keys().copied()).collect();
    let columns: Vec<Column> = columns.into_iter().filter(|c| c.p_e().is_some()).collect();
    ensure!(
        !columns.is_empty(),
        "table {table} has no score on a test environment, only on training environments; score \
         checkpoints on environments made by mkenv --split test"
    );
    let comparison = compare(table, &cells, references.of_or_warn(table), Some(&columns))?;
    let p_es: Vec<f64> = columns.iter().filter_map(|column| column.p_e()).collect();
    let figure = figure(
        arguments
            .scored
            .output
            .title(format!("{}: accuracy over p_e", visible(table))),
        &p_es,
        &comparison.rows,
        words::published(table),
    )?;
    arguments.scored.output.write(&figure, format)
}

/// `rows` have one pair for each of `p_es`; `published` says what the published numbers are.
fn figure(
    title: String,
    p_es: &[f64],
    rows: &[(Setting, Vec<Pair>)],
    published: String,
) -> Result<Figure> {
    let rows: Vec<_> = rows
        .iter()
        .filter(|(_, pairs)| pairs.iter().any(|pair| pair.ours.is_some()))
        .collect();
    let objectives: Vec<_> = rows.iter().map(|(s, _)| s.objective.as_str()).collect();
    let styles = style::assign(&objectives)?;
    let counts = |pairs: &[Pair]| -> BTreeSet<usize> {
        let cells = pairs.iter().filter_map(|pair| pair.ours.as_ref());
        cells.map(Cell::n).collect()
    };
    let settings: Vec<_> = rows.iter().map(|(s, pairs)| (s, counts(pairs))).collect();
    let lines: Vec<Line> = rows
        .iter()
        .zip(words::labels(&settings))
        .zip(styles)
        .map(|(((_, pairs), label), style)| line(label, style, p_es, pairs))
        .collect();

    let all: BTreeSet<usize> = settings.iter().flat_map(|(_, n)| n.clone()).collect();
    let mut notes = vec![words::deviation("bands", "seed", &all)];
    if lines.iter().any(|line| !line.reference.is_empty()) {
        notes.push(published);
    }
    let classes: BTreeSet<usize> = rows.iter().map(|(setting, _)| setting.classes).collect();
    let levels = levels(&classes);
    let (low, high) = p_es.iter().fold((1.0f64, 0.0f64), |(low, high), p_e| {
        (low.min(*p_e), high.max(*p_e))
    });
    Ok(Figure {
        title,
        panels: vec![Panel {
            x: Axis::around("p_e of the test environment", low, high, 0.08, 8),
            y: accuracy_axis(&lines, &levels),
            lines,
            levels,
        }],
        notes,
    })
}

fn line(label: String, style: usize, p_es: &[f64], pairs: &[Pair]) -> Line {
    let places = || p_es.iter().copied().zip(pairs);
    Line {
        label,
        style,
        points: places()
            .filter_map(|(x, pair)| {
                let cell = pair.ours.as_ref()?;
                Some(Point::new(x, cell.mean(), cell.std()))
            })
            .collect(),
        reference: places()
            .filter_map(|(x, pair)| Some((x, pair.paper?.mean)))
            .collect(),
        spread: Spread::Band,
    }
}

/// What a predictor reaches that goes by the digit alone, and by chance.
fn levels(classes: &BTreeSet<usize>) -> Vec<Level> {
    let optimum = 100.0 * (1.0 - LABEL_NOISE);
    let optimal = Level {
        label: format!("optimal, {optimum:.0} %"),
        y: optimum,
    };
    let random = classes.iter().map(|&k| Level {
        label: format!("random, {:.0} %", 100.0 / k as f64),
        y: 100.0 / k as f64,
    });
    [optimal].into_iter().chain(random).collect()
}

/// An axis in per cent that covers all of `lines`, with their deviations, and `levels`.
pub fn accuracy_axis(lines: &[Line], levels: &[Level]) -> Axis {
    let points = lines.iter().flat_map(|line| &line.points);
    let ends = points.flat_map(Point::ends);
    let published = lines
        .iter()
        .flat_map(|line| &line.reference)
        .map(|(_, y)| *y);
    // A level on the frame could not be seen.
    let levels = levels
        .iter()
        .flat_map(|level| [level.y - 1.0, level.y + 1.0]);
    let (low, high) = ends
        .chain(published)
        .chain(levels)
        .fold((100.0f64, 0.0f64), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    // A deviation may reach beyond what an accuracy can be.
    Axis::covering("accuracy (%)", low.max(0.0), high.min(100.0), 8)
}
