//! Which tables stand on the page, and in which order.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use evidence::{Cells, Comparison, References, compare};

use super::args::Args;
use super::paper_tables;
use crate::experiment;
use crate::inputs::Gathered;

/// What stands in the place of an experiment where a figure shows the claims.
pub const CLAIMS: &str = "claims";

/// One comparison for each experiment of those `gathered` and of `references`, in the page's order.
///
/// # Errors
/// As [`compare`], and where nothing belongs in a table.
pub fn comparisons(gathered: &Gathered, references: &References) -> Result<Vec<Comparison>> {
    let names = gathered.cells.keys().map(String::as_str);
    let names: BTreeSet<&str> = names.chain(references.experiments()).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| paper_tables::place(name));

    let none = Cells::default();
    let mut comparisons = Vec::new();
    for name in names {
        let cells = gathered.cells.get(name).unwrap_or(&none);
        let comparison = compare(name, cells, references.of(name), None)?;
        if !comparison.rows.is_empty() {
            comparisons.push(comparison);
        }
    }
    ensure!(
        !comparisons.is_empty(),
        "no score belongs in a table: each names no experiment; eval --experiment NAME gives them one"
    );
    Ok(comparisons)
}

/// Says on standard error what is in no table, and what its means must not hide.
pub fn warn(gathered: &Gathered) {
    let unnamed = gathered.unnamed();
    if unnamed > 0 {
        experiment::warn(&format!(
            "{unnamed} scores name no experiment, and are in no table"
        ));
    }
    for (name, cells) in &gathered.cells {
        experiment::warn_mixed(cells);
        experiment::warn_unequal(name, cells);
    }
}

/// Refuses a remark or a figure of a table that is not there, for it would vanish.
///
/// # Errors
/// Names the flag, and the tables.
pub fn check_tables(args: &Args, comparisons: &[Comparison]) -> Result<()> {
    let notes = args.notes.iter().map(|note| ("--note", &note.table));
    let figures = args.figures.iter();
    // The figure of the claims stands with them.
    let figures = figures.filter(|figure| args.claims.is_none() || figure.table != CLAIMS);
    for (flag, table) in notes.chain(figures.map(|figure| ("--figure", &figure.table))) {
        if !comparisons
            .iter()
            .any(|comparison| comparison.experiment == *table)
        {
            let tables = comparisons.iter().map(|c| c.experiment.as_str());
            bail!(
                "{flag} {table}=…: the page has no table {table}; its tables are: {}",
                artifact::listed(tables)
            );
        }
    }
    Ok(())
}
