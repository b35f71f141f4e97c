//! One experiment's cells and published numbers, with a word on standard error for what is left out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Result, bail};
use evidence::{Cells, Reference, References};

use crate::inputs::{self, Gathered};
use crate::notation::vary;

/// The cells of `experiment` in `files`, of which there must be at least one.
///
/// # Errors
/// As [`inputs::gather`], and where there is no cell.
pub fn cells(experiment: &str, files: &[PathBuf]) -> Result<Cells> {
    let gathered = inputs::gather(files, Some(&[experiment.to_owned()]))?;
    match cells_or_why_not(experiment, &gathered) {
        Ok(cells) => {
            warn_unnamed(gathered.unnamed());
            Ok(cells)
        }
        Err(why_not) => bail!(why_not),
    }
}

/// The cells of `experiment` among those `gathered`, or why there is none.
pub fn cells_or_why_not(experiment: &str, gathered: &Gathered) -> Result<Cells, String> {
    let cells = gathered.cells.get(experiment).cloned().unwrap_or_default();
    if cells.rows.is_empty() {
        let there_is = what_there_is(gathered);
        return Err(format!("no score of experiment {experiment} {there_is}"));
    }
    warn_mixed(&cells);
    warn_unequal(experiment, &cells);
    Ok(cells)
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

/// Names the rows whose seeds were trained in several precisions, as those of several machines may be.
pub fn warn_mixed(cells: &Cells) {
    for (key, columns) in &cells.rows {
        let precisions = columns.values().flat_map(|cell| &cell.precisions);
        let precisions: BTreeSet<&str> = precisions.map(String::as_str).collect();
        if precisions.len() > 1 {
            let precisions: Vec<_> = precisions.into_iter().collect();
            warn(&format!(
                "{key}: scores of several precisions, {}, are in one row; their rounding differs, so train all seeds with \
                 one --precision",
                precisions.join(" and ")
            ));
        }
    }
}

/// Says that so many scores name no experiment, and are in no table.
pub fn warn_unnamed(unnamed: usize) {
    if unnamed > 0 {
        warn(&format!(
            "{unnamed} scores name no experiment and are left out; eval --experiment names it"
        ));
    }
}

/// Says which rows lack seeds that other rows of `experiment` have, and which means are over seeds that were scored on
/// different numbers of rows.
pub fn warn_unequal(experiment: &str, cells: &Cells) {
    let all = cells.seeds();
    let lacking = cells.rows.iter().filter_map(|(key, columns)| {
        // A seed that is scored in some columns only is lacking too.
        let lacks = |seed: &&u64| !columns.values().all(|cell| cell.seeds.contains(*seed));
        let lacked: Vec<String> = all.iter().filter(lacks).map(u64::to_string).collect();
        (!lacked.is_empty()).then(|| format!("{key} lacks {}", artifact::listed(lacked)))
    });
    let lacking: Vec<String> = lacking.collect();
    if !lacking.is_empty() {
        warn(&format!(
            "experiment {experiment}: not all rows have all {} seeds: {}",
            all.len(),
            artifact::listed(lacking)
        ));
    }
    for (key, columns) in &cells.rows {
        let unequal = columns
            .iter()
            .filter(|(_, cell)| vary(cell.scored_on.iter()));
        let unequal: Vec<String> = unequal.map(|(column, _)| column.to_string()).collect();
        if !unequal.is_empty() {
            warn(&format!(
                "{key}: its seeds were scored on different numbers of rows in the columns {}; their mean weighs every seed alike",
                artifact::listed(unequal)
            ));
        }
    }
}

/// One line on standard error.
pub fn warn(message: &str) {
    artifact::say("report", message);
}

/// For the message that an experiment has no cells.
fn what_there_is(gathered: &Gathered) -> String {
    if gathered.counts.is_empty() {
        return "in the files: they hold no rows".to_owned();
    }
    let counts = gathered.counts.iter().map(|(name, count)| {
        let name = name.as_deref().unwrap_or("(none named)");
        let name = artifact::clipped(name, 60);
        format!("{name} ({count} rows)")
    });
    format!(
        "in the files; their experiments are: {}",
        artifact::listed(counts)
    )
}
