//! `report figure accuracy`: how each objective fares as the colour turns against it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use evidence::{Cell, Cells, Column, Pair, Setting, bounds, compare};

use super::accuracy_axis::accuracy_axis;
use super::drawn::Drawn;
use super::scored::Scored;
use crate::experiment;
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Figure, Level, Line, Panel, Point, Spread};
use crate::figure::drawing::style;
use crate::figure::{captions, output::Output};
use crate::notation::visible;

const EXAMPLES: &str = "\
Examples:
  $ report figure accuracy --experiment cmnist --reference fixtures/reference.csv \\
      -o cmnist.svg scores.csv

  Closer, without the one that is far from the others:
  $ report figure accuracy --experiment cmnist --leave-out erm -o close.svg scores.csv

  From a pipe to a pipe:
  $ cat scores.csv | report figure accuracy --experiment cmnist --format png -o - >cmnist.png";

/// Draws the accuracy over the p_e of the test environments.
///
/// Each row of the experiment's table is a line, with a band of ± one sample standard deviation over the seeds.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    /// The experiment to show: rows whose `experiment` is NAME are taken.
    #[arg(long, value_name = "NAME")]
    experiment: String,

    /// An objective that is not drawn, such as erm; may be repeated [default: all are drawn].
    #[arg(long, value_name = "OBJECTIVE")]
    leave_out: Vec<String>,

    #[command(flatten)]
    scored: Scored,
}

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn output(&self) -> &Output {
        &self.scored.output
    }

    fn files(&self) -> &[PathBuf] {
        &self.scored.scores
    }

    fn reference(&self) -> Option<&Path> {
        self.scored.reference.as_deref()
    }

    fn figure(&self) -> Result<Figure> {
        let (references, rows) = self.scored.read()?;
        let experiment = &self.experiment;
        let cells = self.without_left_out(experiment::cells(experiment, &rows)?)?;
        let columns: BTreeSet<Column> =
            cells.values().flat_map(|row| row.keys().copied()).collect();
        let columns: Vec<Column> = columns.into_iter().filter(|c| c.p_e().is_some()).collect();
        ensure!(
            !columns.is_empty(),
            "experiment {experiment} has no score on a test environment, only on training environments; \
             score checkpoints on environments made by mkenv --split test"
        );
        let reference = experiment::reference(&references, experiment);
        let comparison = compare(experiment, &cells, reference, Some(&columns))?;
        let p_es: Vec<f64> = columns.iter().filter_map(|column| column.p_e()).collect();
        let title = format!("{}: accuracy over p_e", visible(experiment));
        figure(
            self.scored.output.title(title),
            &p_es,
            &comparison.rows,
            captions::published(experiment),
        )
    }
}

impl Args {
    /// Those of `cells` that are drawn. An objective that is not there is left out already: a word, and no error.
    fn without_left_out(&self, mut cells: Cells) -> Result<Cells> {
        let experiment = &self.experiment;
        let (known, unknown): (Vec<_>, Vec<_>) = self
            .leave_out
            .iter()
            .partition(|name| cells.keys().any(|setting| setting.objective == **name));
        cells.retain(|setting, _| !known.contains(&&setting.objective));
        ensure!(
            !cells.is_empty(),
            "--leave-out leaves nothing of experiment {experiment} to draw"
        );
        for name in unknown {
            experiment::warn(&format!(
                "--leave-out {name}: experiment {experiment} has no such objective"
            ));
        }
        Ok(cells)
    }
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
        .zip(captions::labels(&settings))
        .zip(styles)
        .map(|(((_, pairs), label), style)| line(label, style, p_es, pairs))
        .collect();

    let all: BTreeSet<usize> = settings.iter().flat_map(|(_, n)| n.clone()).collect();
    let mut notes = vec![captions::deviation("bands", "seed", &all)];
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
    let optimum = bounds::optimal();
    let optimal = Level {
        label: format!("optimal, {optimum:.0} %"),
        y: optimum,
    };
    let random = classes.iter().map(|&k| Level {
        label: format!("random, {:.0} %", bounds::random(k)),
        y: bounds::random(k),
    });
    [optimal].into_iter().chain(random).collect()
}
