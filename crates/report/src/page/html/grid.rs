//! A plain table: a header and rows of text.

use maud::{Markup, html};

use super::super::summary::Table;
use crate::notation::NONE;
use crate::table::cell::mark;

/// A table in a frame that scrolls sideways where it is wider than the screen. The first `heads` cells of each row say what
/// the row is about.
pub fn render(caption: &str, (header, rows): &Table, heads: usize) -> Markup {
    // A heading stands over its numbers.
    let numbers = |place: usize| {
        let cells = || rows.iter().filter_map(|row| row.get(place));
        place >= heads
            && cells().any(|cell| is_number(cell))
            && cells().all(|cell| is_number(cell) || cell == NONE)
    };
    scrolling(
        caption,
        html! {
            table {
                caption { span { (caption) } }
                thead {
                    tr {
                        @for (place, cell) in header.iter().enumerate() {
                            th class=[numbers(place).then_some("number")] scope="col" { (column(cell)) }
                        }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            @for (place, cell) in row.iter().enumerate() {
                                @if place < heads { th scope="row" { (cell) } } @else { (data(cell)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// A cell: numbers stand at the right, signs of verdicts have their colour.
fn data(text: &str) -> Markup {
    let is_sign = |c: char| [mark(true), mark(false)].contains(&c);
    match text {
        _ if is_number(text) => html! { td.number { (text) } },
        _ if !text.is_empty() && text.chars().all(is_sign) => html! { td.marks { (signs(text)) } },
        NONE => html! { td.number { (text) } },
        _ => html! { td { (text) } },
    }
}

fn is_number(text: &str) -> bool {
    let of_number = |c: char| c.is_ascii_digit() || "+−.,±†‡ %".contains(c);
    text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(of_number)
}

/// The signs of `text` in their colours.
fn signs(text: &str) -> Markup {
    html! {
        @for sign in text.chars() {
            @let class = if sign == mark(true) { "kept" } else { "broken" };
            span class=(class) { (sign) }
        }
    }
}

/// The heading of a column, in words.
pub fn column(name: &str) -> &str {
    match name {
        "n_per_env" => "images per environment",
        "n" => "n (seeds)",
        name => name,
    }
}

/// Facts and their names, one a line.
pub fn facts(caption: &str, facts: &[(&str, String)]) -> Markup {
    scrolling(
        caption,
        html! {
            table.facts {
                caption { span { (caption) } }
                thead { tr { th scope="col" { "what" } th scope="col" { "value" } } }
                tbody { @for (name, value) in facts { tr { th scope="row" { (name) } td { (value) } } } }
            }
        },
    )
}

/// `content` in a frame that scrolls, also by keyboard.
pub fn scrolling(label: &str, content: Markup) -> Markup {
    html! {
        div.scroll role="group" aria-label=(label) tabindex="0" { (content) }
    }
}
