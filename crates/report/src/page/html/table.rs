//! One experiment's table: our numbers, the published ones, what the rules say, and the seeds.

use evidence::verdict::RULES;
use evidence::{Comparison, Pair, Verdict};
use maud::{Markup, html};

use super::grid::{column, scrolling};
use super::strip;
use crate::notation::{NONE, ours, published, thousands};
use crate::table::cell::mark;
use crate::table::sheet::Sheet;

/// What the signs of all tables mean.
pub fn how_to_read(comparisons: &[Comparison]) -> Markup {
    let compared = comparisons
        .iter()
        .any(|comparison| comparison.has_reference);
    html! {
        section aria-labelledby="reading" {
            h2 #reading { "How to read the tables" }
            ul {
                li { "A cell shows our accuracy in per cent: the mean over n seeds ± their sample standard deviation." }
                @if compared {
                    li { "In brackets stands the published number. † marks a number that stands only on the page of the paper's author." }
                    li {
                        "The three signs say whether our number keeps each of three rules. In this order:"
                        ol {
                            @for rule in &RULES { li { (rule.name) ": " (rule.formula("paper")) } }
                        }
                        (signs(true)) " kept, " (signs(false)) " broken."
                    }
                }
                li {
                    "The strip under a cell shows its seeds, one dot each. Its middle is our mean. "
                    @if compared {
                        "The bar is the published mean, the box around it the published ±. An arrow beside the strip points to a \
                         published mean beyond its end."
                    }
                }
                li { "Optimal goes by the digit alone. A predictor with a higher accuracy in a column uses the colour too, or its reverse. Random is an even guess." }
                li { "p_e is the probability that an image has the colour of another label than its own." }
            }
        }
    }
}

/// One rule's sign.
fn signs(kept: bool) -> Markup {
    let class = if kept { "kept" } else { "broken" };
    html! { span class=(class) { (mark(kept)) } }
}

/// The table of `comparison`, whose words are `sheet`.
pub fn render(comparison: &Comparison, sheet: &Sheet) -> Markup {
    let pairs = comparison.rows.iter().flat_map(|(_, pairs)| pairs);
    let reach = strip::reach(pairs);
    let leading = sheet.leading;
    scrolling(
        &sheet.caption,
        html! {
            table.results {
                caption { span { (sheet.caption) ". Strips reach " (reach) " points to each side of our mean." } }
                thead {
                    tr {
                        @for (place, cell) in sheet.header.iter().enumerate() {
                            th.aside[(1..leading).contains(&place)] scope="col" { (column(cell)) }
                        }
                    }
                }
                tbody {
                    @for ((_, pairs), cells) in comparison.rows.iter().zip(&sheet.rows) {
                        tr {
                            (lead(&sheet.header, &cells[..leading]))
                            @for pair in pairs { td { (cell(pair)) (strip::render(pair, reach)) } }
                        }
                    }
                }
                tbody.bounds {
                    @for cells in &sheet.bounds {
                        tr {
                            (lead(&sheet.header, &cells[..leading]))
                            @for cell in &cells[leading..] { td { (cell) } }
                        }
                    }
                }
            }
        },
    )
}

/// What leads a row: its name, then what else tells it from others. On a small screen the latter stands under the name, and
/// its columns are not shown.
fn lead(header: &[String], cells: &[String]) -> Markup {
    let others = || header.iter().zip(cells).skip(1);
    let under: Vec<String> = others()
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| match name.as_str() {
            "n_per_env" => format!("{} images", cell.parse().map_or(cell.clone(), thousands)),
            "classes" => format!("{cell} classes"),
            "n" => format!("n = {cell}"),
            _ => cell.clone(),
        })
        .collect();
    html! {
        th scope="row" {
            (cells[0])
            @if !under.is_empty() { span.under { (under.join(", ")) } }
        }
        @for (_, cell) in others() { td.lead.aside { (cell) } }
    }
}

/// Our number, the published one, and the signs.
fn cell(pair: &Pair) -> Markup {
    html! {
        span.ours { (pair.ours.as_ref().map_or(NONE.to_owned(), ours)) }
        @if let Some(paper) = &pair.paper {
            " " span.published { "(" (published(paper)) ")" }
        }
        @if let Some(verdict) = pair.verdict() { " " (verdicts(verdict)) }
    }
}

/// The sign of each rule, with words for those who hear it.
fn verdicts(verdict: Verdict) -> Markup {
    let words: Vec<String> = verdict
        .rules()
        .map(|(rule, kept)| format!("{}{}", if kept { "" } else { "not " }, rule.name))
        .collect();
    html! {
        span.marks role="img" aria-label=(words.join("; ")) {
            @for (_, kept) in verdict.rules() { (signs(kept)) }
        }
    }
}
