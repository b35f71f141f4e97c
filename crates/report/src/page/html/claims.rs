//! The verdict on each claim, and the differences behind it.

use evidence::claims::{Judged, Selection, Word};
use maud::{Markup, html};

use super::super::tables::CLAIMS;
use super::grid::scrolling;
use super::picture::Figures;
use crate::claims::{Verdicts, words};
use crate::notation::NONE;

/// All claims.
pub fn render(verdicts: &Verdicts, figures: &Figures) -> Markup {
    html! {
        section aria-labelledby="claims" {
            h2 #claims { "The claims" }
            (overview(verdicts))
            h3 #evidence { "The differences behind the verdicts" }
            (differences(verdicts))
            p.legend { (words::SIZE) }
            (figures.of(CLAIMS))
            details {
                summary { "What these words and numbers mean" }
                ul { @for note in words::meanings(verdicts) { li { (note) } } }
            }
        }
    }
}

/// One row for each claim.
fn overview(verdicts: &Verdicts) -> Markup {
    html! {
        table.claims {
            caption { span { "What the paper says, and the verdict on it" } }
            thead {
                tr {
                    th scope="col" { "claim" }
                    @for selection in Selection::ALL { th scope="col" { (selection.to_string()) } }
                }
            }
            @for (number, each) in verdicts.claims() {
                @let claim = each[0].1.claim;
                tbody {
                    tr {
                        th scope="row" {
                            (number) ". " (claim.statement)
                            span.source { "In the paper: " (claim.source) }
                        }
                        @for (_, judged) in &each {
                            td { (badge(judged.word(), &words::verdict(judged), judged.other_size().is_some())) }
                        }
                    }
                    @if !claim.caveat.is_empty() {
                        tr { td.caveat colspan=(1 + each.len()) { "Caveat: " (claim.caveat) } }
                    }
                }
            }
        }
        p.legend {
            @for selection in Selection::ALL { (selection) ": " (words::chosen(selection)) ". " }
            "supported, under fidelity: the paper's finding can be reached; this does not test whether the method is better. \
             supported, smaller or larger: only the direction is the paper's. \
             contradicted, under fidelity: our settings give the opposite; others may not. \
             untested: not run with such settings. \
             *: undecided when the intervals are widened for all comparisons together."
        }
    }
}

/// A verdict in colour and sign; `text` is its word, perhaps with a mark. One that holds only in `part` looks paler.
fn badge(word: Word, text: &str, part: bool) -> Markup {
    let (class, sign) = match word {
        Word::Supported => ("supported", "✓"),
        Word::Contradicted => ("contradicted", "✗"),
        Word::Undecided => ("undecided", "?"),
        Word::Untested => ("untested", NONE),
    };
    html! {
        span class={ "badge " (class) @if part { " part" } } { span aria-hidden="true" { (sign) } " " (text) }
    }
}

/// One row for each comparison under each selection that has rows, the claims one under the other.
fn differences(verdicts: &Verdicts) -> Markup {
    let label = "Differences in points of accuracy, paired by seed";
    // The verdict early: a small screen shows the first columns.
    let header = [
        ("comparison", false),
        ("verdict, selection", false),
        ("difference", true),
        ("95 % interval", true),
        ("expected", false),
        ("paper", true),
        ("size", false),
        ("n", true),
    ];
    scrolling(
        label,
        html! {
            table {
                caption { span { (label) } }
                thead { tr { @for (cell, number) in header { th class=[number.then_some("number")] scope="col" { (cell) } } } }
                @for (number, each) in verdicts.claims() {
                    tbody {
                        tr.group {
                            th scope="rowgroup" colspan=(header.len()) {
                                span { (number) ". " (each[0].1.claim.statement) }
                                @let test = words::test(each[0].1);
                                @if !test.is_empty() { span.source { "How it is tested: " (test) } }
                            }
                        }
                        @for (selection, claim) in &each {
                            @for judged in claim.comparisons.iter().filter(|judged| judged.word != Word::Untested) {
                                (difference(*selection, judged))
                            }
                        }
                    }
                }
            }
        },
    )
}

fn difference(selection: Selection, judged: &Judged) -> Markup {
    let or_none = |text: Option<String>| text.unwrap_or(NONE.to_owned());
    let n = judged.differences.len();
    html! {
        tr {
            th scope="row" { (judged.comparison.words) }
            td { (badge(judged.word, &words::starred(judged), false)) span.source { (selection.to_string()) } }
            td.number { (or_none(judged.estimate.map(|estimate| words::signed(estimate.mean)))) }
            td.number.interval { (or_none(judged.interval.map(words::interval))) }
            td { (words::expected(judged.comparison.expected)) }
            td.number { (or_none(judged.paper.map(words::signed))) }
            td { (or_none(judged.size.map(|size| size.to_string()))) }
            td.number { (n) }
        }
    }
}
