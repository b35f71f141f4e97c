//! Which tables stand on the page, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail, ensure};
use evidence::{Comparison, References, compare, gather};
use score::Row;

use super::args::Args;
use super::paper_tables;
use crate::experiment;

/// What stands in the place of an experiment where a figure shows the claims.
pub const CLAIMS: &str = "claims";

/// One comparison for each experiment of `rows` and `references`, in the page's order.
///
/// # Errors
/// As [`gather`], and where nothing belongs in a table.
pub fn comparisons(rows: &[Row], references: &References) -> Result<Vec<Comparison>> {
    let mut by_experiment: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let mut unnamed = 0;
    for row in rows {
        match row.experiment.as_deref() {
            Some(name) => by_experiment.entry(name).or_default().push(row),
            None => unnamed += 1,
        }
    }
    if unnamed > 0 {
        experiment::warn(&format!(
            "{unnamed} scores name no experiment, and are in no table"
        ));
    }
    let names = by_experiment.keys().copied();
    let names: BTreeSet<&str> = names.chain(references.experiments()).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| paper_tables::place(name));

    let mut comparisons = Vec::new();
    for name in names {
        let rows = by_experiment.remove(name).unwrap_or_default();
        let cells = gather(name, rows)?;
        experiment::warn_mixed(&cells);
        let comparison = compare(name, &cells, references.of(name), None)?;
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
