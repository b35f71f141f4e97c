//! A plain table: a header and rows of text.

use maud::{Markup, html};

use super::super::summary::Table;

/// A table in a frame that scrolls sideways where it is wider than the screen. The first `heads` cells of each row say what
/// the row is about.
pub fn render(caption: &str, (header, rows): &Table, heads: usize) -> Markup {
    scrolling(
        caption,
        html! {
            table {
                caption { span { (caption) } }
                thead { tr { @for cell in header { th scope="col" { (column(cell)) } } } }
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
    let of_number = |c: char| c.is_ascii_digit() || "+−.,±†‡ %".contains(c);
    let number = text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(of_number);
    match text {
        "✓" => html! { td.kept { (text) } },
        "✗" => html! { td.broken { (text) } },
        _ if number => html! { td.number { (text) } },
        _ => html! { td { (text) } },
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
