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
                    "no. {number}, “{}”{}",
                    claim.claim.statement.trim_end_matches('.'),
                    in_part(claim)
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
    let other: Vec<String> = supported
        .iter()
        .filter_map(|(number, claim)| Some(format!("no. {number} ({})", claim.other_size()?)))
        .collect();
    if !other.is_empty() {
        sentences.push(format!(
            "Only the direction is the paper's, and not the size, in {}.",
            other.join(" and ")
        ));
    }
    if selection == Selection::Fidelity {
        sentences.push(
            "Here, supported says that the paper's finding can be reached, not that a method is better.".to_owned(),
        );
    }
    if tested < claims.len() {
        sentences.push(format!(
            "The other {} were not run with such settings.",
            claims.len() - tested
        ));
    }
    sentences.join(" ")
}

/// How many comparisons of an undecided claim are supported, where some are.
fn in_part(claim: &JudgedClaim) -> String {
    let words = claim.comparisons.iter().map(|judged| judged.word);
    match words.filter(|word| *word == Word::Supported).count() {
        0 => String::new(),
        _ if claim.word() != Word::Undecided => String::new(),
        supported => format!(
            ": {supported} of its {} comparisons supported",
            claim.comparisons.len()
        ),
    }
}

fn of_cells(counted: &[&Comparison]) -> String {
    let pairs = counted.iter().flat_map(|comparison| &comparison.rows);
    let tally = Tally::of(Origin::Paper, pairs.flat_map(|(_, pairs)| pairs));
    let rules: Vec<String> = tally
        .rules()
        .map(|(rule, kept)| format!("{kept} {}", rule.name))
        .collect();
    let ran = match tally.scored == tally.cells {
        true => format!("all {} numbers of the paper's tables", tally.cells),
        false => format!(
            "{} of the {} numbers of the paper's tables",
            tally.scored, tally.cells
        ),
    };
    // The rules come much later on the page.
    format!(
        "We ran {ran}. By three rules, which “Cells that agree” explains, these agree: {}.",
        rules.join(", ")
    )
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
                (grid::render("Cells that break at least one of the rules; signs in the order of the rules", &breaking, 2))
            }
            @if !not_run.is_empty() {
                h3 { "Cells without results" }
                ul { @for item in &not_run { li { (item) } } }
            }
        }
    }
}
