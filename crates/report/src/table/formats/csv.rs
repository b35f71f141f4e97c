//! For programs: CSV with one row per cell, numbers unrounded.

use anyhow::Result;
use evidence::{Cell, Comparison, Origin, Pair};
use serde::Serialize;

use super::Format;

/// `--format csv`.
pub const FORMAT: Format = Format {
    name: "csv",
    help: "One row per cell, with unrounded numbers and without the rows \"Optimal\" and \"Random\"",
    has_caption: false,
    has_label: false,
    renderer: |comparison, _| render(comparison),
};

/// One cell. The field order is the column order; all means and deviations are in per cent.
#[derive(Serialize)]
struct Line<'a> {
    experiment: &'a str,
    row: &'a str,
    objective: &'a str,
    classes: usize,
    n_per_env: Option<usize>,
    column: String,
    n: usize,
    mean: Option<f64>,
    std: Option<f64>,
    paper_mean: Option<f64>,
    paper_std: Option<f64>,
    origin: Option<Origin>,
    verdict: String,
}

fn render(comparison: &Comparison) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for (key, pairs) in &comparison.rows {
        for (column, pair) in comparison.columns.iter().zip(pairs) {
            writer.serialize(Line {
                experiment: &comparison.experiment,
                row: &key.name,
                objective: &key.objective,
                classes: key.classes,
                n_per_env: key.n_per_env,
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

/// The keys of the rules that the cell meets, with `+` between them; empty where nothing was published, or what was published is
/// another experiment's.
fn verdict(pair: &Pair) -> String {
    if pair.paper.is_none() || pair.for_information {
        return String::new();
    }
    let Some(verdict) = pair.verdict() else {
        return "not-run".to_owned();
    };
    let kept = verdict.rules().filter(|(_, kept)| *kept);
    let kept: Vec<_> = kept.map(|(rule, _)| rule.key).collect();
    match kept.is_empty() {
        true => "differs".to_owned(),
        false => kept.join("+"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::small;
    use crate::table::formats::Options;

    #[test]
    fn the_small_table() {
        let csv = FORMAT.render(&small(), &Options::default()).unwrap();
        assert_eq!(csv, include_str!("expected/small.csv"));
    }
}
