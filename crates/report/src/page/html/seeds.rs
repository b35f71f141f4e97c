//! The accuracy of each seed, as a table.

use std::collections::BTreeSet;

use evidence::Comparison;
use maud::{Markup, html};

use super::grid;
use crate::labels::{Differ, labels};
use crate::notation::{NONE, heading};

/// One line for each cell of `comparison` with scores, one column for each seed; folded.
pub fn render(comparison: &Comparison) -> Markup {
    let keys: Vec<_> = comparison.rows.iter().map(|(key, _)| key).collect();
    let differ = Differ::of(&keys);
    let cells = comparison.rows.iter().zip(labels(&keys));
    let cells: Vec<_> = cells
        .flat_map(|((key, pairs), label)| {
            let pairs = comparison.columns.iter().zip(pairs);
            pairs.filter_map(move |(column, pair)| {
                let row = [vec![label.clone()], differ.words(key)].concat().join(", ");
                let lead = vec![row, heading(column).to_string()];
                Some((lead, pair.ours.as_ref()?.by_seed()))
            })
        })
        .collect();
    let seeds: BTreeSet<u64> = cells
        .iter()
        .flat_map(|(_, cell)| cell.keys().copied())
        .collect();
    let mut header = ["row", "column"].map(str::to_owned).to_vec();
    header.extend(seeds.iter().map(|seed| format!("seed {seed}")));
    let rows = cells.iter().map(|(lead, cell)| {
        let accuracies = seeds.iter().map(|seed| {
            let accuracy = cell.get(seed);
            accuracy.map_or(NONE.to_owned(), |accuracy| format!("{accuracy:.1}"))
        });
        lead.iter().cloned().chain(accuracies).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    html! {
        @if !rows.is_empty() {
            details {
                summary { "Accuracy of each seed of " (comparison.experiment) }
                (grid::render("Accuracy in per cent, seed by seed", &(header, rows), 2))
            }
        }
    }
}
