//! What stands around the page's body: head, style, a link past the contents, the contents.

use evidence::Comparison;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::paper_tables;

const STYLE: &str = include_str!("style.css");
/// Opens what is folded before the page is printed, for paper cannot be clicked. The page is whole without it.
const SCRIPT: &str = include_str!("print.js");

/// Which parts the page has.
pub struct Contents<'a> {
    /// What was asked.
    pub question: bool,
    /// The verdict on each claim.
    pub claims: bool,
    /// How many cells agree.
    pub counted: bool,
    /// How to check a number.
    pub check: bool,
    /// The tables.
    pub comparisons: &'a [Comparison],
    /// Pictures of environments.
    pub environments: bool,
    /// What the runs took.
    pub cost: bool,
    /// The report on the reproduction.
    pub report: bool,
}

/// The address within the page of the table number `place` of `experiment`.
pub fn id_of(experiment: &str, place: usize) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match experiment.chars().all(plain) {
        true => format!("table-{experiment}"),
        // A plain name has no dot, so no other table has this address.
        false => format!("table.{place}"),
    }
}

impl Contents<'_> {
    /// The address within the page and the words of each part, in order.
    fn links(&self) -> Vec<(String, String)> {
        let link =
            |shown: bool, id: &str, words: &str| shown.then(|| (id.to_owned(), words.to_owned()));
        let tables = self.comparisons.iter().enumerate();
        let tables = tables.map(|(place, comparison)| {
            let experiment = &comparison.experiment;
            let heading = paper_tables::heading(experiment);
            Some((id_of(experiment, place), heading))
        });
        let before = [
            link(self.question, "question", "What was asked"),
            link(true, "finding", "What was found"),
            link(self.claims, "claims", "The claims"),
            link(self.counted, "cells", "Cells that agree"),
            link(self.check, "check", "How to check a number"),
            link(self.report, "report", "Reproducibility report"),
            link(true, "reading", "How to read the tables"),
        ];
        let after = [
            link(self.environments, "environments", "Environments"),
            link(self.cost, "cost", "What it cost"),
            link(true, "provenance", "Provenance"),
        ];
        let all = before.into_iter().chain(tables).chain(after);
        all.flatten().collect()
    }
}

/// The level of the heading of `experiment`: a variant stands under the table of which it is one.
pub fn level(experiment: &str) -> u8 {
    match paper_tables::base(experiment) {
        Some(_) => 3,
        None => 2,
    }
}

/// A heading of this `level`, from 2 to 6.
pub fn heading(level: u8, id: Option<&str>, words: &str) -> Markup {
    html! {
        @match level {
            2 => h2 id=[id] { (words) },
            3 => h3 id=[id] { (words) },
            4 => h4 id=[id] { (words) },
            5 => h5 id=[id] { (words) },
            _ => h6 id=[id] { (words) },
        }
    }
}

/// The whole page.
pub fn render(title: &str, contents: &Contents, body: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the finding" }
                header { h1 { (title) } }
                nav aria-label="Contents" {
                    ul {
                        @for (id, words) in contents.links() {
                            li { a href={ "#" (id) } { (words) } }
                        }
                    }
                }
                main #main tabindex="-1" { (body) }
                footer { p { "Made by report " (env!("CARGO_PKG_VERSION")) ". This page is one file: it needs no network." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text: String = page.into_string().chars().map(plain).collect();
    text.push('\n');
    text
}

/// `c`, or the sign for a character that cannot be shown where it is a control character, or turns the direction of what
/// follows it (Unicode's bidirectional controls).
fn plain(c: char) -> char {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match turns || c.is_control() && c != '\n' || ['\u{fffe}', '\u{ffff}'].contains(&c) {
        true => '\u{fffd}',
        false => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_address_get_one() {
        assert_eq!(id_of("two-spurious", 3), "table-two-spurious");
        assert_eq!(id_of("<b> \"", 3), "table.3");
    }

    #[test]
    fn what_turns_the_text_is_replaced() {
        let text: String = "a\u{202e}b\tc\nd\u{2066}é−".chars().map(plain).collect();
        assert_eq!(text, "a\u{fffd}b\u{fffd}c\nd\u{fffd}é−");
    }
}
