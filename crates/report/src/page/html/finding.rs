//! The finding in three sentences, and how many cells agree. Every word of it is counted.

use evidence::claims::{JudgedClaim, Selection, Word};
use evidence::{Comparison, Origin, Tally};
use maud::{Markup, html};

use super::super::summary;
use super::grid;
use crate::claims::{Verdicts, words};

/// The finding: one sentence for each selection of the claims, and one for the cells.
pub fn sentences(verdicts: Option<&Verdicts>, comparisons: Option<&[Comparison]>) -> Markup {
    let claims = verdicts.iter().flat_map(|verdicts| &verdicts.0);
    let claims = claims.map(|(selection, claims)| of_claims(*selection, claims));
    let cells = comparisons.map(|comparisons| of_cells(&summary::counted(comparisons)));
    let sentences: Vec<String> = claims.chain(cells).collect();
    html! {
        section.finding aria-labelledby="finding" {
            h2 #finding { "What was found" }
            @if sentences.is_empty() {
                p { "Nothing was compared: there are no claims and no published numbers. The tables show our accuracies." }
            } @else {
                ol { @for sentence in &sentences { li { (sentence) } } }
            }
        }
    }
}

fn of_claims(selection: Selection, claims: &[JudgedClaim]) -> String {
    let chosen = format!("With {} ({selection})", words::chosen(selection));
    let numbers = |word: Word| -> Vec<String> {
        let all = claims.iter().enumerate();
        let all = all.filter(|(_, claim)| claim.word() == word);
        all.map(|(place, _)| (place + 1).to_string()).collect()
    };
    let tested = claims.len() - numbers(Word::Untested).len();
    if tested == 0 {
        return format!("{chosen}, no claim could be tested.");
    }
    let count = |word: Word| match numbers(word).len() {
        0 => ("none".to_owned(), "is"),
        1 => ("1".to_owned(), "is"),
        more => (more.to_string(), "are"),
    };
    // The few that are not supported are named.
    let rest = [Word::Contradicted, Word::Undecided].map(|word| {
        let (count, is) = count(word);
        let named = match numbers(word) {
            numbers if numbers.is_empty() => String::new(),
            numbers => format!(" (no. {})", numbers.join(", ")),
        };
        format!("{count} {is} {word}{named}")
    });
    let of = match tested == claims.len() {
        true => format!("of the {tested} claims"),
        false => format!("of the {tested} claims that could be tested"),
    };
    let (count, is) = count(Word::Supported);
    format!(
        "{chosen}, {count} {of} {is} supported, {}.",
        rest.join(", and ")
    )
}

fn of_cells(counted: &[&Comparison]) -> String {
    let pairs = counted.iter().flat_map(|comparison| &comparison.rows);
    let tally = Tally::of(Origin::Paper, pairs.flat_map(|(_, pairs)| pairs));
    let rules: Vec<String> = tally
        .rules()
        .map(|(rule, kept)| format!("{kept} are {}", rule.name))
        .collect();
    let ran = match tally.scored == tally.cells {
        true => format!("We ran all {} cells of the paper's tables", tally.cells),
        false => format!(
            "We ran {} of the {} cells of the paper's tables",
            tally.scored, tally.cells
        ),
    };
    format!("{ran}: {}.", rules.join(", "))
}

/// The number of cells that agree under each rule, those that do not, and those that were not run.
pub fn cells(comparisons: &[Comparison]) -> Markup {
    let counted = summary::counted(comparisons);
    let cells = summary::cells(&counted);
    let disagreeing = summary::disagreeing(&cells);
    let not_run = summary::not_run(&cells);
    html! {
        section aria-labelledby="cells" {
            h2 #cells { "Cells that agree" }
            p { "A cell is one row of a table in one column. Three rules ask whether our number is the published one." }
            (grid::render("Cells that agree, by rule", &summary::counts(&counted), 1))
            ul.notes { @for note in summary::explained(comparisons, &counted) { li { (note) } } }
            h3 { "Cells that do not agree" }
            @if disagreeing.1.is_empty() {
                p { "None of the cells with results." }
            } @else {
                (grid::render("Cells outside the spread of single runs", &disagreeing, 2))
            }
            h3 { "Cells without results" }
            @if not_run.is_empty() {
                p { "None." }
            } @else {
                ul { @for item in &not_run { li { (item) } } }
            }
        }
    }
}
