//! `report figure training`: training curves, from the logs of `train`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use evidence::statistics::{mean, sample_std};

use super::accuracy_axis::accuracy_axis;
use super::drawn::{Drawn, Sources};
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Arrangement, Drawing, Figure, Line, Panel, Point, Spread};
use crate::figure::drawing::style;
use crate::figure::{captions, output::Output};
use crate::inputs;
use crate::training_log::{self, Log, Row};

const EXAMPLES: &str = "\
Examples:
  $ report figure training --title \"meta-IRM on Colored MNIST\" -o training.svg seed-*.csv

  One run:
  $ report figure training -o training.png seed-0.csv";

/// Draws risk, penalty and accuracy over the steps of training.
///
/// Risk and accuracy have a line for each training environment. Give one log for each seed of one
/// setting. The figure shows their mean, with a band of ± one sample standard deviation.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    output: Output,

    /// Training logs as `train --log` writes them, with the same steps and environments; `-`, or
    /// none, is standard input.
    #[arg(value_name = "LOG.csv")]
    logs: Vec<PathBuf>,
}

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "training"
    }

    fn output(&self) -> &Output {
        &self.output
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            files: &self.logs,
            reference: None,
            claims: None,
        }
    }

    fn figure(&self) -> Result<Drawing> {
        let logs = training_log::read(&inputs::or_stdin(&self.logs))?;
        figure(
            self.output
                .title("Risk, penalty and accuracy in training".to_owned()),
            &logs,
        )
    }
}

/// Risk, penalty and accuracy of `logs`, which are runs of one setting, over the steps.
///
/// # Errors
/// Where there are more environments than looks.
pub fn figure(title: String, logs: &[Log]) -> Result<Drawing> {
    let environments: Vec<usize> = logs[0].keys().copied().collect();
    // One look is the penalty's.
    ensure!(
        environments.len() < style::STYLES,
        "{} environments in one figure cannot be told apart, at most {} can",
        environments.len(),
        style::STYLES - 1
    );
    let penalty_style = style::SOLID;
    let mut styles = (0..style::STYLES).filter(|style| *style != penalty_style);
    let styles: Vec<(usize, usize)> = environments.into_iter().zip(&mut styles).collect();
    let per_environment = |value: fn(&Row) -> f64| -> Vec<Line> {
        styles
            .iter()
            .map(|&(environment, style)| {
                let label = format!("environment {environment}");
                line(label, style, logs, environment, value)
            })
            .collect()
    };
    let risks = per_environment(|row| row.risk);
    let accuracies = per_environment(|row| 100.0 * row.accuracy);
    let (penalty_axis, penalty) = penalties(logs, styles[0].0, penalty_style);

    let steps = risks[0].points.iter().map(|point| point.x);
    let (first, last) = (
        steps.clone().fold(f64::INFINITY, f64::min),
        steps.fold(0.0, f64::max),
    );
    let panel = |y: Axis, lines: Vec<Line>| Panel {
        heading: String::new(),
        x: Axis::around("step", first, last, 0.02, 10),
        y,
        lines,
        levels: Vec::new(),
    };
    let risk_axis = covering("risk (nats)", &risks);
    let accuracy_axis = accuracy_axis(accuracies.iter(), &[]);
    let mut notes = vec![captions::deviation(
        "bands",
        "run",
        &BTreeSet::from([logs.len()]),
    )];
    if penalty_axis.is_log() && logs.len() > 1 {
        notes.push("The penalty's mean and deviation are those of its logarithm.".to_owned());
    }
    Ok(Drawing::Curves(Figure {
        title,
        arrangement: Arrangement::Stacked,
        panels: vec![
            panel(risk_axis, risks),
            panel(penalty_axis, vec![penalty]),
            panel(accuracy_axis, accuracies),
        ],
        notes,
    }))
}

/// The mean over `logs` of `value` in `environment`.
fn line(
    label: String,
    style: usize,
    logs: &[Log],
    environment: usize,
    value: impl Fn(&Row) -> f64,
) -> Line {
    let points = logs[0][&environment].keys().map(|step| {
        let values: Vec<f64> = logs
            .iter()
            .map(|log| value(&log[&environment][step]))
            .collect();
        Point::new(*step as f64, mean(&values), sample_std(&values))
    });
    Line {
        label,
        style,
        points: points.collect(),
        reference: Vec::new(),
        spread: Spread::Band,
    }
}

/// The penalties' panel. It is logarithmic, in its mean and deviation too, for penalties fall by
/// orders of magnitude; but not where there is one that is 0, such as ERM's.
fn penalties(logs: &[Log], environment: usize, style: usize) -> (Axis, Line) {
    let line = |value: &dyn Fn(f64) -> f64| {
        let of_row = |row: &Row| value(row.penalty);
        line("penalty".to_owned(), style, logs, environment, of_row)
    };
    let mut rows = logs.iter().flat_map(|log| log[&environment].values());
    if !rows.all(|row| row.penalty > 0.0) {
        let line = line(&|penalty| penalty);
        return (covering("penalty", std::slice::from_ref(&line)), line);
    }
    let mut line = line(&f64::log10);
    for point in &mut line.points {
        let power = |exponent| 10f64.powf(exponent);
        point.mean = power(point.mean);
        point.spread = point.spread.map(|(low, high)| (power(low), power(high)));
    }
    let ends = || line.points.iter().flat_map(Point::ends);
    let (low, high) = (
        ends().fold(f64::INFINITY, f64::min),
        ends().fold(0.0, f64::max),
    );
    (Axis::log("penalty", low, high), line)
}

/// An axis from 0 that covers `lines` with their deviations.
fn covering(title: &str, lines: &[Line]) -> Axis {
    let points = lines.iter().flat_map(|line| &line.points);
    let highest = points.flat_map(Point::ends).fold(0.0, f64::max);
    Axis::covering(title, 0.0, highest, 5)
}
