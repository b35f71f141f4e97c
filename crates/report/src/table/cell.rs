//! How one cell of a table, and what leads its row, are written.

use std::collections::BTreeSet;

use evidence::{Cell, Comparison, Pair, RowKey};

use crate::notation::{NONE, ours, published, visible};

/// The rows of one training environment, or the sign for no number where they differ or are not known.
pub fn rows_per_environment(key: &RowKey) -> String {
    let rows = key.n_per_env;
    rows.map_or(NONE.to_owned(), |rows| rows.to_string())
}

/// The number of seeds of a row, or of each of its cells where they differ.
pub fn seeds(pairs: &[Pair]) -> String {
    let mut counts: Vec<_> = pairs
        .iter()
        .map(|pair| pair.ours.as_ref().map_or(0, Cell::n).to_string())
        .collect();
    if counts.iter().all(|count| *count == counts[0]) {
        counts.truncate(1);
    }
    counts.join("/")
}

/// The precisions of the scores of a row; empty where there is none.
pub fn precision(pairs: &[Pair]) -> String {
    precisions(pairs.iter().filter_map(|pair| pair.ours.as_ref()))
}

/// The precisions of the scores of `cells`; empty where no file names any.
pub fn precisions<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let distinct: BTreeSet<&str> = cells
        .flat_map(|cell| cell.precisions.iter().map(String::as_str))
        .collect();
    let distinct: Vec<_> = distinct.into_iter().collect();
    visible(&distinct.join(", "))
}

/// The sign of a rule that is kept, or not.
pub fn mark(kept: bool) -> char {
    if kept { '✓' } else { '✗' }
}

/// `89.0 ± 1.4 (88.6 ± 0.3†) ✓✓`, or what there is of it.
pub fn pair(pair: &Pair) -> String {
    let mut text = match &pair.ours {
        Some(cell) => ours(cell),
        None => NONE.to_owned(),
    };
    if let Some(paper) = &pair.paper {
        text += &format!(" ({})", published(paper));
    }
    if let Some(verdict) = pair.verdict() {
        text.push(' ');
        text.extend(verdict.rules().map(|(_, kept)| mark(kept)));
    }
    text
}

/// The numbers of classes, in rising order.
pub fn classes(comparison: &Comparison) -> BTreeSet<usize> {
    let rows = comparison.rows.iter();
    rows.map(|(key, _)| key.classes).collect()
}
