//! A comparison as CSV, for programs: one row per cell, numbers unrounded.

use anyhow::Result;
use serde::Serialize;

use crate::cells::Cell;
use crate::compare::{Comparison, Pair};
use crate::reference::Origin;

/// One cell. The field order is the column order; all means and deviations are in per cent.
#[derive(Serialize)]
struct Line<'a> {
    table: &'a str,
    objective: &'a str,
    classes: usize,
    n_per_env: usize,
    column: String,
    n: usize,
    mean: Option<f64>,
    std: Option<f64>,
    paper_mean: Option<f64>,
    paper_std: Option<f64>,
    origin: Option<Origin>,
    verdict: &'static str,
}

/// Renders `comparison`.
///
/// # Errors
/// Only what the CSV writer itself may report.
pub fn render(comparison: &Comparison) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for (setting, pairs) in &comparison.rows {
        for (column, pair) in comparison.columns.iter().zip(pairs) {
            writer.serialize(Line {
                table: &comparison.name,
                objective: &setting.objective,
                classes: setting.classes,
                n_per_env: setting.n_per_env,
                column: column.to_string(),
                n: pair.ours.as_ref().map_or(0, Cell::n),
                mean: pair.ours.as_ref().map(Cell::mean),
                std: pair.ours.as_ref().and_then(Cell::std),
                paper_mean: pair.paper.map(|paper| paper.mean),
                paper_std: pair.paper.map(|paper| paper.std),
                origin: pair.paper.map(|paper| paper.origin),
                verdict: verdict(pair),
            })?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// Empty where there is nothing to compare with.
fn verdict(pair: &Pair) -> &'static str {
    match (&pair.paper, pair.verdict()) {
        (None, _) => "",
        (Some(_), None) => "not-run",
        (Some(_), Some(verdict)) => match (verdict.agrees, verdict.strictly) {
            (true, true) => "agrees+strictly",
            (true, false) => "agrees",
            (false, true) => "strictly",
            (false, false) => "differs",
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::compare;

    #[test]
    fn the_small_table() {
        let csv = super::render(&compare::tests::small()).unwrap();
        assert_eq!(csv, include_str!("expected/small.csv"));
    }
}
