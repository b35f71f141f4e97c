//! The finding in three sentences, and how many cells agree. Every word of it is counted.

use evidence::claims::{JudgedClaim, Selection, Word};
use evidence::{Comparison, Origin, Tally};
use maud::{Markup, html};

use super::super::summary;
use super::grid;
use crate::claims::{Verdicts, words};

/// The finding: one paragraph for each selection of the claims, and one for the cells.
/// `short` is the answer in short, in the words of those who ran it.
pub fn sentences(
    short: &Markup,
    verdicts: Option<&Verdicts>,
    comparisons: Option<&[Comparison]>,
) -> Markup {
    let claims = verdicts.iter().flat_map(|verdicts| &verdicts.0);
    let claims = claims.map(|(selection, claims)| of_claims(*selection, claims));
    let cells = comparisons.map(|comparisons| of_cells(&summary::counted(comparisons)));
    let sentences: Vec<String> = claims.chain(cells).collect();
    html! {
        section.finding aria-labelledby="finding" {
            h2 #finding { "What was found" }
            (short)
            @if sentences.is_empty() {
                p { "Nothing was compared: there are no claims and no published numbers. The tables show our accuracies." }
            } @else {
                ol { @for sentence in &sentences { li { (sentence) } } }
            }
        }
    }
}

/// Up to so many claims are named in words, not by their numbers alone.
const NAMED: usize = 2;

fn of_claims(selection: Selection, claims: &[JudgedClaim]) -> String {
    let chosen = format!("With {} ({selection})", words::chosen(selection));
    let all = || (1..).zip(claims);
    let of = |word: Word| -> Vec<(usize, &JudgedClaim)> {
        all().filter(|(_, claim)| claim.word() == word).collect()
    };
    let tested = claims.len() - of(Word::Untested).len();
    if tested == 0 {
        return format!("{chosen}, no claim was tested: there are no rows.");
    }
    let is = |count: usize| match count {
        0 => "none is".to_owned(),
        1 => "1 is".to_owned(),
        more => format!("{more} are"),
    };
    // The few that are not supported are named.
    let rest = [Word::Contradicted, Word::Undecided].map(|word| {
        let claims = of(word);
        let names: Vec<String> = claims
            .iter()
            .map(|(number, claim)| match claims.len() <= NAMED {
                true => format!(
                    "no. {number}, “{}”",
                    claim.claim.statement.trim_end_matches('.')
                ),
                false => format!("no. {number}"),
            })
            .collect();
        let names = match names.is_empty() {
            true => String::new(),
            false => format!(" ({})", names.join("; ")),
        };
        format!("{} {word}{names}", is(claims.len()))
    });
    let supported = of(Word::Supported);
    let counted = match supported.len() {
        0 => format!("none of the {tested} claims that we tested is"),
        1 => format!("1 of the {tested} claims that we tested is"),
        more => format!("{more} of the {tested} claims that we tested are"),
    };
    let mut sentences = vec![format!(
        "{chosen}, {counted} supported, {}.",
        rest.join(", and ")
    )];
    let weak: Vec<String> = supported
        .iter()
        .filter(|(_, claim)| claim.widened() != Word::Supported)
        .map(|(number, _)| format!("no. {number}"))
        .collect();
    if !weak.is_empty() {
        sentences.push(format!(
            "Of the supported, {} would be undecided with intervals that are widened for all comparisons together.",
            weak.join(" and ")
        ));
    }
    if selection == Selection::Fidelity {
        sentences.push(
            "Here, supported says that the paper's finding can be reached, not that a method is better.".to_owned(),
        );
    }
    if tested < claims.len() {
        sentences.push(format!(
            "For the other {} there are no rows.",
            claims.len() - tested
        ));
    }
    sentences.join(" ")
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
    let breaking = summary::breaking(&cells);
    let not_run = summary::not_run(&cells);
    html! {
        section aria-labelledby="cells" {
            h2 #cells { "Cells that agree" }
            p { "A cell is one row of a table in one column. Three rules ask whether our number is the published one." }
            (grid::render("Cells that agree, by rule", &summary::counts(&counted), 1))
            ul.notes { @for note in summary::explained(comparisons, &counted) { li { (note) } } }
            h3 { "Cells that break a rule" }
            @if breaking.1.is_empty() {
                p { "None of the cells with results." }
            } @else {
                (grid::render("Cells that break at least one of the rules", &breaking, 2))
            }
            @if !not_run.is_empty() {
                h3 { "Cells without results" }
                ul { @for item in &not_run { li { (item) } } }
            }
        }
    }
}
