//! How names, numbers and columns are written, in tables, figures and the page alike.

use std::collections::BTreeSet;

use evidence::{Cell, Column, Origin, Published};
use unicode_width::UnicodeWidthStr;

/// What stands where there is no number.
pub const NONE: &str = "–";

/// `text` from a file or a flag, fit for a line and for XML: a control character, one that turns the direction of writing,
/// or one that is no character, is replaced.
pub fn visible(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hidden = |c: char| c.is_control() || turns(c) || ['\u{fffe}', '\u{ffff}'].contains(&c);
    text.replace(hidden, "\u{fffd}")
}

/// `text` with blanks behind it up to `width` columns of a terminal, of which a character may take none, one or two.
pub fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(text.width()))
}

/// The sign beside our numbers where the seeds are of several precisions.
pub const MIXED: char = '‡';

/// How `column` is headed.
pub fn heading(column: &Column) -> String {
    match column {
        Column::Train | Column::Named(..) => visible(&column.to_string()),
        Column::Test(_) => format!("p_e = {column}"),
    }
}

/// Our mean and deviation, the latter unknown with one seed, and the sign of several precisions.
pub fn ours(cell: &Cell) -> String {
    let std = cell.std().map_or("?".to_owned(), |std| format!("{std:.1}"));
    let mixed = if cell.precisions.len() > 1 {
        MIXED.to_string()
    } else {
        String::new()
    };
    format!("{:.1} ± {std}{mixed}", cell.mean())
}

/// A published mean and deviation, marked where the paper itself does not give them.
pub fn published(paper: &Published) -> String {
    let mark = match paper.origin {
        Origin::Paper => "",
        Origin::AuthorPage => "†",
    };
    format!("{:.1} ± {:.1}{mark}", paper.mean, paper.std)
}

/// A whole number with commas between the thousands.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The numbers of `counts`, as in `1 or 3`.
pub fn alternatives(counts: &BTreeSet<usize>) -> String {
    let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
    counts.join(" or ")
}

/// Whether not all of `values` are equal.
pub fn vary<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let first = values.next();
    values.any(|value| Some(value) != first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_cannot_show_is_replaced() {
        assert_eq!(
            visible("a\nb\u{1b}c\u{ffff}é"),
            "a\u{fffd}b\u{fffd}c\u{fffd}é"
        );
    }

    #[test]
    fn what_turns_the_direction_is_replaced() {
        assert_eq!(visible("a\u{202e}b\u{2067}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn names_of_wide_and_of_combining_characters_align() {
        assert_eq!(padded("数字", 6), "数字  ");
        assert_eq!(padded("e\u{301}", 3), "e\u{301}  ");
        assert_eq!(padded("abc", 2), "abc");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(100), "100");
    }
}
