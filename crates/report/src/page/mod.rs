//! `report page`: every table on one page, under a summary of what agrees.

mod known;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use score::Row;

use crate::compare::{Comparison, compare};
use crate::names::visible;
use crate::reference::References;
use crate::table::{markdown, sheet};
use crate::{cells, honest, scores, usage};

const HELP: &str = "\
The page holds every table that the scores or the reference name: cmnist, multiclass, insufficient,
two-spurious, ablation, then all others by name. A table named X-honest holds X's objectives with
hyper-parameters chosen by a rule that never sees a p_e above those of training: it stands under X,
beside the numbers published for X, and is not counted in the summary.

Examples:
  $ report page --reference fixtures/reference.csv -o results.md scores.csv

  With a remark and a figure:
  $ report page --reference fixtures/reference.csv \\
      --note cmnist=\"The hyper-parameters are the published ones.\" \\
      --figure cmnist=cmnist.svg=\"Accuracy over p_e\" -o results.md scores.csv";

/// Renders one Markdown page of all tables, under a summary of which published numbers agree.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// Numbers to compare with, in the format that `report table` reads. Without it there is no
    /// summary.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,

    /// A remark on a table, in Markdown, shown above it; may be repeated.
    #[arg(long = "note", value_name = "TABLE=TEXT", value_parser = note)]
    notes: Vec<Note>,

    /// A figure of a table, shown under it: the file's path as seen from the page, and its
    /// alternative text; may be repeated.
    #[arg(long = "figure", value_name = "TABLE=PATH=ALT", value_parser = figure)]
    figures: Vec<Figure>,

    /// Where to write the page; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    scores: Vec<PathBuf>,
}

#[derive(Clone)]
struct Note {
    table: String,
    markdown: String,
}

#[derive(Clone)]
struct Figure {
    table: String,
    path: String,
    alt: String,
}

fn note(argument: &str) -> Result<Note, String> {
    match argument.split_once('=') {
        Some((table, text)) if !table.is_empty() && !text.trim().is_empty() => Ok(Note {
            table: table.to_owned(),
            markdown: visible(&text.replace('\n', " ")),
        }),
        _ => Err("expected TABLE=TEXT".to_owned()),
    }
}

fn figure(argument: &str) -> Result<Figure, String> {
    let mut parts = argument.splitn(3, '=').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(table), Some(path), Some(alt))
            if ![&table, &path, &alt].into_iter().any(String::is_empty) =>
        {
            Ok(Figure { table, path, alt })
        }
        _ => Err("expected TABLE=PATH=ALT".to_owned()),
    }
}

/// Reads, compares, renders, writes.
///
/// # Errors
/// What cannot be read or written, is no score or reference, or leaves the page empty, and remarks
/// or figures of a table that is not on the page.
pub fn run(arguments: &Arguments) -> Result<()> {
    usage::one_stdin(&["page"], arguments.reference.as_deref(), &arguments.scores);
    let inputs = arguments.scores.iter().chain(&arguments.reference);
    artifact::check_output(&arguments.output, inputs.map(PathBuf::as_path))?;

    let references = References::read(arguments.reference.as_deref())?;
    let rows = scores::read(&arguments.scores)?;
    ensure!(
        !rows.is_empty(),
        "no scores in the files: they hold no rows"
    );
    let comparisons = comparisons(&rows, &references)?;
    check_tables(arguments, &comparisons)?;
    let page = render(arguments, &comparisons);
    artifact::write(&arguments.output, page.as_bytes())
}

/// One comparison for each table of `rows` and `references`, in the page's order.
fn comparisons(rows: &[Row], references: &References) -> Result<Vec<Comparison>> {
    let mut by_table: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    let mut unnamed = 0;
    for row in rows {
        match row.experiment.as_deref() {
            Some(table) => by_table.entry(table).or_default().push(row.clone()),
            None => unnamed += 1,
        }
    }
    if unnamed > 0 {
        artifact::say(
            "report",
            &format!("{unnamed} scores name no experiment, and are in no table"),
        );
    }
    let tables: BTreeSet<&str> = by_table
        .keys()
        .copied()
        .chain(references.tables())
        .collect();
    let mut tables: Vec<&str> = tables.into_iter().collect();
    tables.sort_by_key(|table| known::place(table));

    let mut comparisons = Vec::new();
    let mut left_out = 0;
    for table in tables {
        let of_table = by_table.get(table).map_or(&[][..], Vec::as_slice);
        let (cells, without_column) = cells::collect(table, of_table)?;
        left_out += without_column;
        let comparison = compare(table, &cells, references.of(table), None)?;
        if !comparison.rows.is_empty() {
            comparisons.push(comparison);
        }
    }
    cells::warn_left_out(left_out);
    ensure!(
        !comparisons.is_empty(),
        "no score belongs in a table: each names no experiment, no split or no p_e"
    );
    Ok(comparisons)
}

/// A remark on a table that is not there would vanish.
fn check_tables(arguments: &Arguments, comparisons: &[Comparison]) -> Result<()> {
    let notes = arguments.notes.iter().map(|note| ("--note", &note.table));
    let figures = arguments.figures.iter();
    for (flag, table) in notes.chain(figures.map(|figure| ("--figure", &figure.table))) {
        if !comparisons
            .iter()
            .any(|comparison| comparison.name == *table)
        {
            let tables: Vec<_> = comparisons.iter().map(|c| c.name.as_str()).collect();
            bail!(
                "{flag} {table}=…: the page has no table {table}; its tables are: {}",
                tables.join(", ")
            );
        }
    }
    Ok(())
}

fn render(arguments: &Arguments, comparisons: &[Comparison]) -> String {
    let mut parts = vec!["# Results\n".to_owned()];
    if arguments.reference.is_some() {
        parts.push(summary::render(comparisons));
    }
    for comparison in comparisons {
        parts.extend(section(arguments, comparison));
    }
    parts.join("\n")
}

/// The blocks of one table: each ends in a newline, and a blank line belongs between two of them.
fn section(arguments: &Arguments, comparison: &Comparison) -> Vec<String> {
    let table = &comparison.name;
    let (heading, sentence) = known::heading_and_sentence(&visible(table));
    let level = if honest::counterpart(table).is_some() {
        "###"
    } else {
        "##"
    };
    let mut blocks = vec![
        format!("{level} {}\n", markdown::escape(&heading)),
        format!("{}\n", markdown::escape(&sentence)),
    ];
    let notes = arguments.notes.iter().filter(|note| note.table == *table);
    blocks.extend(notes.map(|note| format!("{}\n", note.markdown)));
    blocks.push(markdown::render(&sheet::sheet(comparison, None)));
    let figures = arguments.figures.iter();
    let figures = figures.filter(|figure| figure.table == *table);
    blocks.extend(figures.map(picture));
    blocks
}

fn picture(figure: &Figure) -> String {
    let alt = markdown::escape(&visible(&figure.alt));
    let path = visible(&figure.path);
    // Pointed brackets keep a path with a space or a bracket in one piece.
    if path.contains([' ', '(', ')', '<', '>']) {
        let path = path.replace('<', "\\<").replace('>', "\\>");
        format!("![{alt}](<{path}>)\n")
    } else {
        format!("![{alt}]({path})\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_split_at_their_first_signs() {
        let note = note("t=a = b").unwrap();
        assert_eq!((&*note.table, &*note.markdown), ("t", "a = b"));
        let figure = figure("t=a b.svg=x = [y]").unwrap();
        assert_eq!(picture(&figure), "![x = \\[y\\]](<a b.svg>)\n");
        let figure = super::figure("t=<a>.svg=x").unwrap();
        assert_eq!(picture(&figure), "![x](<\\<a\\>.svg>)\n");
        for bad in ["", "t", "=x", "t=", "t= "] {
            assert!(super::note(bad).is_err(), "{bad}");
        }
        for bad in ["t=a.svg", "t==x", "=a.svg=x", "t=a.svg="] {
            assert!(super::figure(bad).is_err(), "{bad}");
        }
    }
}
