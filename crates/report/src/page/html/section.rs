//! One experiment: what it shows, its table and figures, its settings and where they come from, and how to get it again.

use evidence::Comparison;
use maud::{Markup, html};

use super::super::args::{Args, Note};
use super::super::paper_tables;
use super::curves::Curves;
use super::document::{heading, level};
use super::picture::Figures;
use super::recipes::Recipes;
use super::record::Record;
use super::{check, prose, seeds, settings, table};
use crate::table::sheet;

/// What the part of one experiment is made of.
pub struct Section<'a> {
    /// Its address within the page.
    pub id: String,
    /// Its rows.
    pub comparison: &'a Comparison,
    /// With its notes.
    pub args: &'a Args,
    /// Its figures, among others.
    pub figures: &'a Figures,
    /// The training curves of its rows, among others.
    pub curves: &'a Curves,
    /// The flags of its rows, among others.
    pub recipes: &'a Recipes,
    /// What the runs took.
    pub record: Option<&'a Record>,
}

/// The part of one experiment.
pub fn render(section: &Section) -> Markup {
    let experiment = &section.comparison.experiment;
    let (words, sentence) = paper_tables::heading_and_sentence(experiment);
    let level = level(experiment);
    let sheet = sheet::sheet(section.comparison, None);
    let notes = section.args.notes.iter();
    let notes = notes.filter(|note| note.table == *experiment);
    let notes: Vec<(String, &str)> = notes.map(Note::parts).collect();
    let recipes = section.recipes.of(experiment);
    html! {
        section aria-labelledby=(section.id) {
            (heading(level, Some(&section.id), &words))
            p { (sentence) }
            @for (first, _) in &notes { div.rule { (prose::render(first, level + 2)) } }
            (table::render(section.comparison, &sheet))
            (section.figures.of(experiment))
            details {
                summary { "Notes to the table " (experiment) }
                ul { @for note in &sheet.notes { li { (note) } } }
            }
            @if !recipes.is_empty() {
                details {
                    summary { "Settings of each row of " (experiment) }
                    (settings::render(experiment, &recipes, section.record))
                }
            }
            @for (_, rest) in notes.iter().filter(|(_, rest)| !rest.is_empty()) {
                details {
                    summary { "How the settings of " (experiment) " were chosen" }
                    (prose::render(rest, level + 1))
                }
            }
            (section.curves.of(experiment))
            (seeds::render(section.comparison))
            (check::again(section.comparison, &recipes))
        }
    }
}
