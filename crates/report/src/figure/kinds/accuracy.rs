//! `report figure accuracy`: how each objective fares as the colour turns against it.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use evidence::{Cell, Cells, Column, Comparison, Pair, RowKey, bounds, compare, row_key};

use super::accuracy_axis::accuracy_axis;
use super::drawn::{Drawn, Sources};
use super::score_files::ScoreFiles;
use super::shift::shift;
use crate::experiment;
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{
    Arrangement, Drawing, Figure, Level, Line, Panel, Point, Spread,
};
use crate::figure::drawing::style;
use crate::figure::{captions, output::Output};
use crate::notation::{heading, visible};

const EXAMPLES: &str = "\
Examples:
  $ report figure accuracy --experiment cmnist --reference fixtures/reference.csv \\
      -o cmnist.svg scores.csv

  Without ERM, whose accuracy is far below the other rows:
  $ report figure accuracy --experiment cmnist --leave-out erm -o close.svg scores.csv

  From a pipe to a pipe:
  $ cat scores.csv | report figure accuracy --experiment cmnist --format png -o - >cmnist.png";

/// Draws the accuracy over the p_e of the test environments.
///
/// Each row of the experiment's table is a line, with a band of ± one sample standard deviation over the seeds. Environments
/// with a name are left out. If all environments have a name, each has a group of points with bars.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// The experiment to show: rows whose `experiment` is NAME are taken.
    #[arg(long, value_name = "NAME")]
    experiment: String,

    /// A row that is not drawn, by its own name or its objective, such as erm; may be repeated
    /// [default: all are drawn].
    #[arg(long, value_name = "ROW")]
    leave_out: Vec<String>,

    #[command(flatten)]
    scored: ScoreFiles,
}

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn output(&self) -> &Output {
        &self.scored.output
    }

    fn sources(&self) -> Sources<'_> {
        self.scored.sources()
    }

    fn figure(&self) -> Result<Drawing> {
        let references = self.scored.references()?;
        let experiment = &self.experiment;
        let cells = self.without_left_out(experiment::cells(experiment, &self.scored.scores)?)?;
        let scored = |column: &&Column| cells.rows.values().any(|row| row.contains_key(column));
        let columns: Vec<Column> = cells.columns.iter().filter(scored).cloned().collect();
        let (by_p_e, named): (Vec<Column>, Vec<Column>) = columns
            .into_iter()
            .filter(|column| *column != Column::Train)
            .partition(|column| !column.is_named());
        ensure!(
            !by_p_e.is_empty() || !named.is_empty(),
            "experiment {experiment} has no score on a test environment, only on training environments; \
             score checkpoints on environments made by mkenv --split test"
        );
        if !by_p_e.is_empty() && !named.is_empty() {
            let named: Vec<_> = named.iter().map(heading).collect();
            experiment::warn(&format!(
                "experiment {experiment}: not drawn over p_e: the environments with names, {}",
                named.join(", ")
            ));
        }
        let (over, columns) = match by_p_e.is_empty() {
            true => ("in each environment", named),
            false => ("against p_e", by_p_e),
        };
        let reference = experiment::reference(&references, experiment);
        let comparison = compare(experiment, &cells, reference, Some(&columns))?;
        let title = format!("Accuracy {over}: {}", visible(experiment));
        figure(
            self.scored.output.title(title),
            &comparison,
            captions::published(experiment),
        )
    }
}

impl Args {
    /// Those of `cells` that are drawn. A row that is not there is left out already: a word, and no error.
    fn without_left_out(&self, mut cells: Cells) -> Result<Cells> {
        let experiment = &self.experiment;
        for name in &self.leave_out {
            let left_out = row_key::meant(name, cells.rows.keys());
            let left_out: BTreeSet<RowKey> = left_out.into_iter().cloned().collect();
            if left_out.is_empty() {
                experiment::warn(&format!(
                    "--leave-out {name}: experiment {experiment} has no such objective"
                ));
            }
            cells.rows.retain(|key, _| !left_out.contains(key));
        }
        ensure!(
            !cells.rows.is_empty(),
            "--leave-out leaves nothing of experiment {experiment} to draw"
        );
        Ok(cells)
    }
}

/// `published` says what the published numbers are.
fn figure(title: String, comparison: &Comparison, published: String) -> Result<Drawing> {
    let columns = &comparison.columns;
    let rows = comparison.rows.iter();
    let rows: Vec<_> = rows
        .filter(|(_, pairs)| pairs.iter().any(|pair| pair.ours.is_some()))
        .collect();
    let objectives: Vec<_> = rows.iter().map(|(key, _)| &*key.objective).collect();
    let styles = style::assign(&objectives)?;
    let counts = |pairs: &[Pair]| -> BTreeSet<usize> {
        let cells = pairs.iter().filter_map(|pair| pair.ours.as_ref());
        cells.map(Cell::n).collect()
    };
    let counted: Vec<_> = rows
        .iter()
        .map(|(key, pairs)| (key, counts(pairs)))
        .collect();
    let by_name = columns.iter().all(Column::is_named);
    let places = |line: usize| -> Vec<f64> {
        let aside = shift(line, rows.len());
        let by_p_e = |column: &Column| column.p_e().unwrap_or_default();
        match by_name {
            true => (0..columns.len()).map(|x| x as f64 + aside).collect(),
            false => columns.iter().map(by_p_e).collect(),
        }
    };
    let (spread, marks) = match by_name {
        true => (Spread::BarsAlone, "bars"),
        false => (Spread::Band, "bands"),
    };
    let lines: Vec<Line> = rows
        .iter()
        .zip(captions::labels(&counted))
        .zip(styles)
        .enumerate()
        .map(|(place, (((_, pairs), label), style))| {
            line(label, style, spread, &places(place), pairs)
        })
        .collect();

    let all: BTreeSet<usize> = counted.iter().flat_map(|(_, n)| n.clone()).collect();
    let mut notes = vec![captions::deviation(marks, "seed", &all)];
    if all.iter().any(|&count| count > 1) {
        notes.push(captions::SEEDS.to_owned());
    }
    if lines.iter().any(|line| !line.reference.is_empty()) {
        notes.push(published);
    }
    let levels = levels(comparison, rows.iter().map(|(key, _)| key.classes));
    let (levels, far): (Vec<Level>, Vec<Level>) =
        levels.into_iter().partition(|level| !is_far(level, &lines));
    if !far.is_empty() {
        let far: Vec<String> = far.into_iter().map(|level| level.label).collect();
        notes.push(format!("Too far away to be shown: {}.", far.join("; ")));
    }
    let x = if by_name {
        let names: Vec<String> = columns.iter().map(heading).collect();
        Axis::of_names("environment", &names)
    } else {
        let p_es = columns.iter().filter_map(Column::p_e);
        let (low, high) = p_es.fold((1.0f64, 0.0f64), |(low, high), p_e| {
            (low.min(p_e), high.max(p_e))
        });
        Axis::around("p_e of the test environment", low, high, 0.08, 8)
    };
    Ok(Drawing::Curves(Figure {
        title,
        arrangement: Arrangement::Stacked,
        panels: vec![Panel {
            heading: String::new(),
            x,
            y: accuracy_axis(lines.iter(), &levels),
            lines,
            levels,
        }],
        notes,
    }))
}

/// Whether an axis that reaches to `level` would leave more than a third of it empty.
fn is_far(level: &Level, lines: &[Line]) -> bool {
    let all = lines
        .iter()
        .flat_map(|line| line.points.iter().chain(&line.reference));
    let (low, high) = all
        .flat_map(Point::ends)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
    // Lines as flat as this say nothing of how much is far.
    let length = (high - low).max(10.0);
    (low - level.y).max(level.y - high) > length / 2.0
}

/// `xs` has a place for each of `pairs`.
fn line(label: String, style: usize, spread: Spread, xs: &[f64], pairs: &[Pair]) -> Line {
    let places = || xs.iter().copied().zip(pairs);
    Line {
        label,
        style,
        points: places()
            .filter_map(|(x, pair)| Some(Point::of(x, pair.ours.as_ref()?)))
            .collect(),
        reference: places()
            .filter_map(|(x, pair)| Some(Point::published(x, pair.paper.as_ref()?)))
            .collect(),
        spread,
    }
}

/// What a predictor reaches that goes by the digit alone, if all environments have one label noise that is known, and by
/// chance.
fn levels(comparison: &Comparison, classes: impl Iterator<Item = usize>) -> Vec<Level> {
    let noises: Vec<Option<f64>> = (0..comparison.columns.len())
        .map(|place| comparison.label_noise(place))
        .collect();
    let noise = noises[0].filter(|_| noises.iter().all(|noise| *noise == noises[0]));
    let optimal = noise.map(bounds::optimal).map(|optimum| Level {
        label: format!("optimal, {optimum:.0} %"),
        y: optimum,
    });
    let classes: BTreeSet<usize> = classes.collect();
    let random = classes.into_iter().map(|k| Level {
        label: format!("random, {:.0} %", bounds::random(k)),
        y: bounds::random(k),
    });
    optimal.into_iter().chain(random).collect()
}
