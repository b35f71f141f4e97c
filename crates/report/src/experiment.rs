//! One experiment's cells and published numbers, with a word on standard error for what is left out.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use evidence::{Cells, Reference, References, gather};
use score::Row;

/// The cells of `experiment`, of which there must be at least one.
///
/// # Errors
/// As [`gather`], and where there is no cell.
pub fn cells(experiment: &str, rows: &[Row]) -> Result<Cells> {
    match cells_or_why_not(experiment, rows)? {
        Ok(cells) => Ok(cells),
        Err(why_not) => bail!(why_not),
    }
}

/// The cells of `experiment`, or why there is none.
///
/// # Errors
/// As [`gather`].
pub fn cells_or_why_not(experiment: &str, rows: &[Row]) -> Result<Result<Cells, String>> {
    let (cells, left_out) = gather(experiment, rows)?;
    if cells.is_empty() {
        let there_is = what_there_is(rows, left_out);
        return Ok(Err(format!(
            "no score of experiment {experiment} {there_is}"
        )));
    }
    warn_left_out(left_out);
    Ok(Ok(cells))
}

/// What `experiment` is compared with.
pub fn reference<'a>(references: &'a References, experiment: &str) -> Reference<'a> {
    let reference = references.of(experiment);
    if !references.name().is_empty() && reference.cells.is_empty() {
        warn(&format!(
            "{} has no experiment {experiment}; nothing is compared",
            references.name()
        ));
    }
    reference
}

/// Says that `left_out` rows fit no column, where there are any.
pub fn warn_left_out(left_out: usize) {
    if left_out > 0 {
        warn(&format!(
            "{left_out} scores name no split or no p_e, and are in no column"
        ));
    }
}

/// One line on standard error.
pub fn warn(message: &str) {
    artifact::say("report", message);
}

/// For the message that an experiment has no cells.
fn what_there_is(rows: &[Row], left_out: usize) -> String {
    if rows.is_empty() {
        return "in the files: they hold no rows".to_owned();
    }
    if left_out > 0 {
        return format!("in any column: all {left_out} of them name no split or no p_e");
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let name = row.experiment.as_deref().unwrap_or("(none named)");
        *counts.entry(name).or_default() += 1;
    }
    let counts = counts.iter().map(|(name, count)| {
        let name = artifact::clipped(name, 60);
        format!("{name} ({count} rows)")
    });
    format!(
        "in the files; their experiments are: {}",
        artifact::listed(counts)
    )
}
