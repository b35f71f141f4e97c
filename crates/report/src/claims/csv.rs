//! The verdicts for programs: one row for each comparison under each selection, with unrounded numbers.

use anyhow::Result;
use evidence::claims::Expected;
use evidence::interval::Estimate;
use serde::Serialize;

use super::Verdicts;

/// The field order is the column order; differences and their errors are in points of per cent.
#[derive(Serialize)]
struct Line<'a> {
    claim: &'a str,
    statement: &'a str,
    source: &'a str,
    selection: String,
    claim_verdict: String,
    comparison: &'a str,
    rows: String,
    expected: &'static str,
    margin: Option<f64>,
    n: usize,
    difference: Option<f64>,
    standard_error: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    seeds_above_zero: Option<f64>,
    paper: Option<f64>,
    size: Option<String>,
    verdict: String,
    widened_verdict: String,
}

/// All of `verdicts`, those without rows too.
///
/// # Errors
/// Only what the CSV writer itself may report.
pub fn render(verdicts: &Verdicts) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for (_, each) in verdicts.claims() {
        for (selection, claim) in each {
            for judged in &claim.comparisons {
                let (expected, margin) = match judged.comparison.expected {
                    Expected::Above => ("+", None),
                    Expected::Below => ("-", None),
                    Expected::Same { margin } => ("0", Some(margin)),
                };
                let estimate = judged.estimate;
                writer.serialize(Line {
                    claim: &claim.claim.name,
                    statement: &claim.claim.statement,
                    source: &claim.claim.source,
                    selection: selection.to_string(),
                    claim_verdict: claim.word().to_string(),
                    comparison: &judged.comparison.words,
                    rows: judged.rows.to_string(),
                    expected,
                    margin,
                    n: judged.differences.len(),
                    difference: estimate.map(|estimate| estimate.mean),
                    standard_error: estimate.as_ref().and_then(Estimate::standard_error),
                    low: judged.interval.map(|interval| interval.low),
                    high: judged.interval.map(|interval| interval.high),
                    seeds_above_zero: judged.above_zero(),
                    paper: judged.paper,
                    size: judged.size.map(|size| size.to_string()),
                    verdict: judged.word.to_string(),
                    widened_verdict: judged.widened.to_string(),
                })?;
            }
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
