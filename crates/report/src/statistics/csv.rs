//! Statistics for programs, unrounded: one row for each cell and seed, or for each pair and seed.

use anyhow::Result;
use evidence::Cells;
use evidence::interval::{CONFIDENCE, Estimate};
use evidence::statistics::interquartile_mean;
use serde::Serialize;

use super::{Pair, in_order};

/// One cell on one seed. The statistics are the cell's, and the same on each of its lines.
#[derive(Serialize)]
struct CellLine<'a> {
    row: &'a str,
    objective: &'a str,
    classes: usize,
    n_per_env: Option<usize>,
    column: String,
    seed: u64,
    accuracy: f64,
    n: usize,
    mean: f64,
    std: Option<f64>,
    standard_error: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    interquartile_mean: Option<f64>,
}

/// All cells, in per cent.
///
/// # Errors
/// Only what the CSV writer itself may report.
pub fn cells(cells: &Cells) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for (row, column, cell) in in_order(cells) {
        let estimate = Estimate::of(&cell.accuracies);
        let interval = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
        for (seed, accuracy) in cell.by_seed() {
            writer.serialize(CellLine {
                row: &row.key.name,
                objective: &row.key.objective,
                classes: row.key.classes,
                n_per_env: row.key.n_per_env,
                column: column.to_string(),
                seed,
                accuracy,
                n: cell.n(),
                mean: cell.mean(),
                std: cell.std(),
                standard_error: estimate.as_ref().and_then(Estimate::standard_error),
                low: interval.map(|interval| interval.low),
                high: interval.map(|interval| interval.high),
                interquartile_mean: interquartile_mean(&cell.accuracies),
            })?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// One pair on one seed.
#[derive(Serialize)]
struct PairLine<'a> {
    first_row: &'a str,
    second_row: &'a str,
    first: &'a str,
    second: &'a str,
    classes: usize,
    first_n_per_env: Option<usize>,
    second_n_per_env: Option<usize>,
    column: String,
    seed: u64,
    difference: f64,
    n: usize,
    mean: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    probability: Option<f64>,
    probability_low: Option<f64>,
    probability_high: Option<f64>,
}

/// All `pairs`, in points.
///
/// # Errors
/// Only what the CSV writer itself may report.
pub fn pairs(pairs: &[Pair]) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for pair in pairs {
        let estimate = pair.paired.estimate();
        let interval = estimate.and_then(|estimate| estimate.interval(CONFIDENCE));
        let probability = pair.paired.probability_of_superiority(CONFIDENCE);
        for (&seed, &difference) in &pair.paired.differences {
            writer.serialize(PairLine {
                first_row: &pair.first.key.name,
                second_row: &pair.second.key.name,
                first: &pair.first.key.objective,
                second: &pair.second.key.objective,
                classes: pair.first.key.classes,
                first_n_per_env: pair.first.key.n_per_env,
                second_n_per_env: pair.second.key.n_per_env,
                column: pair.column.to_string(),
                seed,
                difference,
                n: pair.paired.differences.len(),
                mean: estimate.map(|estimate| estimate.mean),
                low: interval.map(|interval| interval.low),
                high: interval.map(|interval| interval.high),
                probability: probability.map(|(share, _)| share),
                probability_low: probability.map(|(_, interval)| interval.low),
                probability_high: probability.map(|(_, interval)| interval.high),
            })?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
