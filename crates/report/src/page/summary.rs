//! How many of the published cells are reproduced, which are not, and which nobody has run.

use evidence::verdict::RULES;
use evidence::{Cell, Column, Comparison, Origin, Published, RowKey, Tally, Verdict};

use crate::labels::{Differ, labels};
use crate::markdown;
use crate::notation::{self, heading, visible};
use crate::table::cell::mark;

/// A table of plain text: its header and its rows.
pub type Table = (Vec<String>, Vec<Vec<String>>);

/// One published cell and what we have beside it.
pub struct Compared<'a> {
    table: &'a str,
    key: &'a RowKey,
    label: String,
    column: &'a Column,
    paper: Published,
    ours: Option<(&'a Cell, Verdict)>,
}

/// The summary of those of `comparisons` that count, as Markdown.
pub fn render(comparisons: &[Comparison]) -> String {
    let counted = counted(comparisons);
    let cells = cells(&counted);
    let (header, rows) = counts(&counted);
    let breaking = match breaking(&cells) {
        (_, rows) if rows.is_empty() => "None of the cells with results.\n".to_owned(),
        (header, rows) => markdown::table(&header, &rows),
    };
    let not_run = match not_run(&cells) {
        items if items.is_empty() => "None.\n".to_owned(),
        items => markdown::list(&items),
    };
    [
        "## Summary\n".to_owned(),
        markdown::table(&header, &rows),
        markdown::list(&explained(comparisons, &counted)),
        "### Cells that break a rule\n".to_owned(),
        breaking,
        "### Cells without results\n".to_owned(),
        not_run,
    ]
    .join("\n")
}

/// Those of `comparisons` whose verdicts count.
pub fn counted(comparisons: &[Comparison]) -> Vec<&Comparison> {
    let counted = comparisons.iter().filter(|comparison| comparison.counted());
    counted.collect()
}

/// All published cells of `counted`, with ours beside them.
pub fn cells<'a>(counted: &[&'a Comparison]) -> Vec<Compared<'a>> {
    counted.iter().flat_map(|c| published(c)).collect()
}

/// All cells of `comparison` that have a published number.
fn published(comparison: &Comparison) -> impl Iterator<Item = Compared<'_>> {
    let keys: Vec<&RowKey> = comparison.rows.iter().map(|(key, _)| key).collect();
    let differ = Differ::of(&keys);
    let labels = labels(&keys).into_iter().zip(&keys);
    let labels = labels.map(|(label, key)| [vec![label], differ.words(key)].concat().join(", "));
    let labels: Vec<String> = labels.collect();
    let rows = comparison.rows.iter().zip(labels);
    rows.flat_map(move |((key, pairs), label)| {
        let pairs = comparison.columns.iter().zip(pairs);
        pairs.filter_map(move |(column, pair)| {
            Some(Compared {
                table: &comparison.experiment,
                key,
                label: label.clone(),
                column,
                paper: pair.paper?,
                ours: pair.ours.as_ref().zip(pair.verdict()),
            })
        })
    })
}

/// One row per origin.
pub fn counts(comparisons: &[&Comparison]) -> Table {
    let mut header = vec!["origin", "cells", "with results"];
    header.extend(RULES.each_ref().map(|rule| rule.name));
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let rows = Origin::ALL.map(|origin| {
        let rows = comparisons.iter().flat_map(|comparison| &comparison.rows);
        let tally = Tally::of(origin, rows.flat_map(|(_, pairs)| pairs));
        let mut row = vec![
            origin.to_string(),
            tally.cells.to_string(),
            tally.scored.to_string(),
        ];
        row.extend(tally.rules().map(|(_, count)| count.to_string()));
        row
    });
    (header, rows.into())
}

/// What the columns of [`counts`] mean, and what does not count.
pub fn explained(comparisons: &[Comparison], counted: &[&Comparison]) -> Vec<String> {
    let mut notes =
        vec!["origin: paper, the paper itself; author-page, the page of its author.".to_owned()];
    notes.extend(RULES.each_ref().map(|rule| {
        let formula = rule.formula("published");
        format!("{}: {formula}{}", rule.name, rule.remark)
    }));
    notes.push(by_chance(counted));
    let uncounted: Vec<_> = comparisons
        .iter()
        .filter(|comparison| !comparison.counted())
        .map(|comparison| visible(&comparison.experiment))
        .collect();
    if !uncounted.is_empty() {
        notes.push(format!("Not counted: {}.", uncounted.join(", ")));
    }
    notes
}

/// How many cells break the rule of the interval by chance.
pub fn by_chance(comparisons: &[&Comparison]) -> String {
    let rows = comparisons.iter().flat_map(|comparison| &comparison.rows);
    let pairs: Vec<_> = rows.flat_map(|(_, pairs)| pairs).collect();
    let tallies = Origin::ALL.map(|origin| Tally::of(origin, pairs.iter().copied()));
    let scored: usize = tallies.iter().map(|tally| tally.scored).sum();
    let expected: f64 = tallies.iter().map(Tally::expected_by_chance).sum();
    let kept = tallies.iter().flat_map(|tally| tally.rules());
    let inside: usize = kept
        .filter(|(rule, _)| rule.key == "interval")
        .map(|(_, kept)| kept)
        .sum();
    format!(
        "Chance: if all {scored} published means were means of runs like ours, about {expected:.1} of them would still be \
         outside the 95 % interval. Outside are {}.",
        scored - inside
    )
}

/// Those of `cells` that break one of the rules, with the marks of all of them in their order.
pub fn breaking(cells: &[Compared]) -> Table {
    let header = ["row", "column", "rules", "difference", "ours", "published"];
    let rows: Vec<Vec<String>> = cells
        .iter()
        .filter_map(|cell| Some((cell, cell.ours?)))
        .filter(|(_, (_, verdict))| verdict.rules().any(|(_, kept)| !kept))
        .map(|(cell, (ours, verdict))| {
            vec![
                format!("{}: {}", visible(cell.table), cell.label),
                heading(cell.column),
                verdict.rules().map(|(_, kept)| mark(kept)).collect(),
                signed(ours.mean() - cell.paper.mean),
                notation::ours(ours),
                notation::published(&cell.paper),
            ]
        })
        .collect();
    (header.map(str::to_owned).into(), rows)
}

/// `difference` with its sign, as the tables write numbers.
fn signed(difference: f64) -> String {
    let sign = if difference < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", difference.abs())
}

/// Those of `cells` that have no scores: one item per row of a table.
pub fn not_run(cells: &[Compared]) -> Vec<String> {
    let missing: Vec<&Compared> = cells.iter().filter(|cell| cell.ours.is_none()).collect();
    missing
        .chunk_by(|a, b| (a.table, a.key) == (b.table, b.key))
        .map(|row| {
            let columns: Vec<_> = row.iter().map(|cell| heading(cell.column)).collect();
            format!(
                "{}: {}: {}",
                visible(row[0].table),
                row[0].label,
                columns.join(", ")
            )
        })
        .collect()
}
