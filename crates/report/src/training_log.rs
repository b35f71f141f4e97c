//! Training logs as `train --log` writes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::inputs::{self, Input};

/// The fields of a log's row that are drawn.
#[derive(Deserialize)]
pub struct Row {
    /// The step of training, from 0.
    pub step: usize,
    /// Counted from 1.
    pub environment: usize,
    /// In nats.
    pub risk: f64,
    /// A fraction of 1.
    pub accuracy: f64,
    /// Before it is weighted.
    pub penalty: f64,
}

/// One run: its rows by environment and step.
pub type Log = BTreeMap<usize, BTreeMap<usize, Row>>;

/// The logs `files`, which are runs of one setting.
///
/// # Errors
/// What cannot be read, is given twice, holds a number that cannot be drawn, or differs from the first log
/// in its steps or environments.
pub fn read(files: &[PathBuf]) -> Result<Vec<Log>> {
    for (index, file) in files.iter().enumerate() {
        ensure!(
            !files[..index]
                .iter()
                .any(|other| artifact::same_file(other, file)),
            "{}: given twice; each log is one run",
            artifact::display_name(file)
        );
    }
    parse(&inputs::read(files)?)
}

/// As [`read`], of `files` that are read already and differ.
///
/// # Errors
/// As there.
pub fn parse(files: &[Input]) -> Result<Vec<Log>> {
    let mut logs: Vec<Log> = Vec::new();
    for file in files {
        let log = log(&file.name, &file.bytes)?;
        if let Some(first) = logs.first() {
            ensure!(
                steps(first) == steps(&log),
                "{}: its steps and environments are not those of {}; give logs of one \
                 setting that differ in their seeds only",
                file.name,
                files[0].name
            );
        }
        logs.push(log);
    }
    Ok(logs)
}

/// The steps of each environment.
fn steps(log: &Log) -> Vec<(usize, Vec<usize>)> {
    let environments = log.iter();
    environments
        .map(|(environment, rows)| (*environment, rows.keys().copied().collect()))
        .collect()
}

fn log(name: &str, bytes: &[u8]) -> Result<Log> {
    let what = || format!("{name}: not a training log");
    let mut log = Log::new();
    let lines = score::lines(bytes, &[]).with_context(what)?;
    for (index, line) in lines.enumerate() {
        let (_, row): (_, Row) = line.with_context(what)?;
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
