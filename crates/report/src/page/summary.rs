//! How many of the published cells are reproduced, which are not, and which nobody has run.

use crate::cells::{Cell, Column, Setting};
use crate::compare::{Comparison, Pair};
use crate::names::{printed, visible};
use crate::reference::{Origin, Published};
use crate::table::{markdown, sheet};
use crate::verdict::Verdict;

/// One published cell and what we have beside it.
struct Compared<'a> {
    table: &'a str,
    setting: &'a Setting,
    column: Column,
    paper: Published,
    ours: Option<(&'a Cell, Verdict)>,
}

/// The summary of those of `comparisons` that count, as Markdown.
pub fn render(comparisons: &[Comparison]) -> String {
    let cells: Vec<Compared> = comparisons
        .iter()
        .filter(|comparison| comparison.counted)
        .flat_map(published)
        .collect();
    [
        "## Summary\n".to_owned(),
        counts(&cells),
        markdown::list(&rules(comparisons)),
        "### Cells that do not agree\n".to_owned(),
        disagreeing(&cells),
        "### Cells without results\n".to_owned(),
        not_run(&cells),
    ]
    .join("\n")
}

/// All cells of `comparison` that have a published number.
fn published(comparison: &Comparison) -> impl Iterator<Item = Compared<'_>> {
    comparison.rows.iter().flat_map(move |(setting, pairs)| {
        let pairs = comparison.columns.iter().zip(pairs);
        pairs.filter_map(move |(&column, pair)| compared(&comparison.name, setting, column, pair))
    })
}

fn compared<'a>(
    table: &'a str,
    setting: &'a Setting,
    column: Column,
    pair: &'a Pair,
) -> Option<Compared<'a>> {
    Some(Compared {
        table,
        setting,
        column,
        paper: pair.paper?,
        ours: pair.ours.as_ref().zip(pair.verdict()),
    })
}

/// One row per origin.
fn counts(cells: &[Compared]) -> String {
    let header = ["origin", "cells", "with results", "agree", "agree strictly"];
    let rows = [Origin::Paper, Origin::AuthorPage].map(|origin| {
        let of_origin = cells.iter().filter(|cell| cell.paper.origin == origin);
        let verdicts: Vec<Verdict> = of_origin
            .clone()
            .filter_map(|cell| cell.ours.map(|(_, verdict)| verdict))
            .collect();
        vec![
            origin.to_string(),
            of_origin.count().to_string(),
            verdicts.len().to_string(),
            count(&verdicts, |verdict| verdict.agrees),
            count(&verdicts, |verdict| verdict.strictly),
        ]
    });
    markdown::table(&header.map(str::to_owned), &rows)
}

fn count(verdicts: &[Verdict], keeps: impl Fn(&Verdict) -> bool) -> String {
    verdicts
        .iter()
        .filter(|verdict| keeps(verdict))
        .count()
        .to_string()
}

fn rules(comparisons: &[Comparison]) -> Vec<String> {
    let mut rules = vec![
        "origin: paper, the paper itself; author-page, the page of its author.".to_owned(),
        "agree: |ours − published| ≤ 2·sqrt(s_ours² + s_published²), where s is the standard \
         deviation, for which the published ± are taken; with one seed ours is unknown and taken as 0."
            .to_owned(),
        "agree strictly: |ours − published| ≤ max(1.0, s_published) points. Neither rule includes the \
         other."
            .to_owned(),
    ];
    let uncounted: Vec<_> = comparisons
        .iter()
        .filter(|comparison| !comparison.counted)
        .map(|comparison| visible(&comparison.name))
        .collect();
    if !uncounted.is_empty() {
        rules.push(format!("Not counted: {}.", uncounted.join(", ")));
    }
    rules
}

fn disagreeing(cells: &[Compared]) -> String {
    let header = [
        "table",
        "objective",
        "classes",
        "n_per_env",
        "column",
        "n",
        "ours",
        "published",
        "difference",
        "strictly",
    ];
    let rows: Vec<Vec<String>> = cells
        .iter()
        .filter_map(|cell| Some((cell, cell.ours?)))
        .filter(|(_, (_, verdict))| !verdict.agrees)
        .map(|(cell, (ours, verdict))| {
            vec![
                visible(cell.table),
                visible(printed(&cell.setting.objective)),
                cell.setting.classes.to_string(),
                cell.setting.n_per_env.to_string(),
                sheet::heading(cell.column),
                ours.n().to_string(),
                sheet::ours(ours),
                sheet::published(&cell.paper),
                signed(ours.mean() - cell.paper.mean),
                if verdict.strictly { "✓" } else { "✗" }.to_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "None of the cells with results.\n".to_owned();
    }
    markdown::table(&header.map(str::to_owned), &rows)
}

/// `difference` with its sign, as the tables write numbers.
fn signed(difference: f64) -> String {
    let sign = if difference < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", difference.abs())
}

/// One item per row of a table.
fn not_run(cells: &[Compared]) -> String {
    let missing: Vec<&Compared> = cells.iter().filter(|cell| cell.ours.is_none()).collect();
    let items: Vec<String> = missing
        .chunk_by(|a, b| (a.table, a.setting) == (b.table, b.setting))
        .map(|row| {
            let columns: Vec<_> = row.iter().map(|cell| sheet::heading(cell.column)).collect();
            let setting = row[0].setting;
            format!(
                "{}: {}, {} classes, {} rows per environment: {}",
                visible(row[0].table),
                visible(printed(&setting.objective)),
                setting.classes,
                setting.n_per_env,
                columns.join(", ")
            )
        })
        .collect();
    if items.is_empty() {
        return "None.\n".to_owned();
    }
    markdown::list(&items)
}
