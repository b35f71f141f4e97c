//! `report figure training`: training curves, from the logs of `train`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail, ensure};
use serde::Deserialize;

use super::accuracy::accuracy_axis;
use super::output::Output;
use super::plot::{Axis, Figure, Line, Panel, Point, Spread};
use super::{style, words};
use crate::statistics::{mean, sample_std};
use crate::{scores, usage};

const EXAMPLES: &str = "\
Examples:
  $ report figure training --title \"meta-IRM on Colored MNIST\" -o training.svg seed-*.csv

  One run:
  $ report figure training -o training.png seed-0.csv";

/// Draws risk, penalty and accuracy over the steps of training.
///
/// Risk and accuracy have a line for each training environment. Several logs are runs of one setting
/// with different seeds: their mean is drawn, with a band of ± one sample standard deviation.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    output: Output,

    /// Training logs as `train --log` writes them, with the same steps and environments; `-`, or
    /// none, is standard input.
    #[arg(value_name = "LOG.csv")]
    logs: Vec<PathBuf>,
}

/// The fields of a log's row that are drawn.
#[derive(Deserialize)]
struct Row {
    step: usize,
    /// Counted from 1.
    environment: usize,
    /// In nats.
    risk: f64,
    /// A fraction of 1.
    accuracy: f64,
    /// Before it is weighted.
    penalty: f64,
}

/// One run: its rows by environment and step.
type Log = BTreeMap<usize, BTreeMap<usize, Row>>;

/// Reads, gathers, draws, writes.
///
/// # Errors
/// What cannot be read or written, holds a number that cannot be drawn, or differs from the first log
/// in its steps or environments.
pub fn run(arguments: &Arguments) -> Result<()> {
    let format = arguments.output.format("training");
    usage::one_stdin(&["figure", "training"], None, &arguments.logs);
    let files = scores::or_stdin(&arguments.logs);
    arguments.output.check(files.iter().map(PathBuf::as_path))?;
    let mut logs: Vec<Log> = Vec::new();
    let first_name = artifact::display_name(&files[0]);
    for (index, file) in files.iter().enumerate() {
        let name = artifact::display_name(file);
        ensure!(
            !files[..index]
                .iter()
                .any(|other| artifact::same_file(other, file)),
            "{name}: given twice; each log is one run"
        );
        let log = parse(&name, &artifact::read(file)?)?;
        if let Some(first) = logs.first() {
            ensure!(
                steps(first) == steps(&log),
                "{name}: its steps and environments are not those of {first_name}; give logs of one \
                 setting that differ in their seeds only"
            );
        }
        logs.push(log);
    }
    let figure = figure(arguments.output.title("Training".to_owned()), &logs)?;
    arguments.output.write(&figure, format)
}

/// The steps of each environment.
fn steps(log: &Log) -> Vec<(usize, Vec<usize>)> {
    let environments = log.iter();
    environments
        .map(|(environment, rows)| (*environment, rows.keys().copied().collect()))
        .collect()
}

fn parse(name: &str, bytes: &[u8]) -> Result<Log> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader
        .headers()
        .map_err(|e| anyhow!("{name}: not a training log: {e}"))?
        .clone();
    let mut log = Log::new();
    for (index, row) in reader.deserialize().enumerate() {
        let row: Row = row.map_err(|e| {
            anyhow!(
                "{name}: not a training log: {}",
                score::line_and_field(&e, &headers)
            )
        })?;
        let at = format!("{name}: row {} (step {})", index + 1, row.step);
        for (field, value) in [("risk", row.risk), ("penalty", row.penalty)] {
            ensure!(
                value.abs() <= f64::from(f32::MAX),
                "{at}: {field} is {value}; a run that diverged cannot be drawn, leave its log out"
            );
        }
        ensure!(
            (0.0..=1.0).contains(&row.accuracy),
            "{at}: accuracy is {}, expected a fraction from 0 to 1",
            row.accuracy
        );
        let (environment, step) = (row.environment, row.step);
        let rows = log.entry(environment).or_default();
        if rows.insert(step, row).is_some() {
            bail!("{at}: environment {environment} has a row for this step already");
        }
    }
    ensure!(!log.is_empty(), "{name}: no rows");
    let mut environments = log.values();
    let first = environments
        .next()
        .map(|rows| rows.keys().collect::<Vec<_>>());
    ensure!(
        environments.all(|rows| Some(rows.keys().collect()) == first),
        "{name}: the environments have different steps; is the log cut short?"
    );
    Ok(log)
}

fn figure(title: String, logs: &[Log]) -> Result<Figure> {
    let environments: Vec<usize> = logs[0].keys().copied().collect();
    // One look is the penalty's.
    ensure!(
        environments.len() < style::STYLES,
        "{} environments in one figure cannot be told apart, at most {} can",
        environments.len(),
        style::STYLES - 1
    );
    let penalty_style = crate::names::rank("meta-irm");
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
        x: Axis::around("step", first, last, 0.02, 10),
        y,
        lines,
        levels: Vec::new(),
    };
    let risk_axis = covering("risk (nats)", &risks);
    let accuracy_axis = accuracy_axis(&accuracies, &[]);
    let mut notes = vec![words::deviation(
        "bands",
        "run",
        &BTreeSet::from([logs.len()]),
    )];
    if penalty_axis.is_log() && logs.len() > 1 {
        notes.push("The penalty's mean and deviation are those of its logarithm.".to_owned());
    }
    Ok(Figure {
        title,
        panels: vec![
            panel(risk_axis, risks),
            panel(penalty_axis, vec![penalty]),
            panel(accuracy_axis, accuracies),
        ],
        notes,
    })
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
