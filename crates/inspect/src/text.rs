//! Text for people.

pub use artifact::visible;

/// Longer strings are cut in text; JSON has them whole.
const LONGEST: usize = 160;

/// `text`, cut where it is long.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}

/// A shape as people write it: 25000 x 2 x 14 x 14.
pub fn shape(sizes: &[u64]) -> String {
    match sizes {
        [] => "one value".to_owned(),
        sizes => sizes
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(" x "),
    }
}

/// A whole number with a comma before every third digit from the right.
pub fn thousands(number: u64) -> String {
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

/// `count` of `thing`, whose plural has an s.
pub fn counted(count: u64, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {thing}{s}", thousands(count))
}

/// A number with four significant digits.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size == 0.0 || !size.is_finite() => value.to_string(),
        size if (1e-3..1e6).contains(&size) => {
            let digits = (3 - size.log10().floor() as i32).max(0) as usize;
            let text = format!("{value:.digits$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
        _ => format!("{value:.3e}"),
    }
}

/// Lines of `rows`, the first of them the heads, in columns; those from `right` on are numbers.
pub fn columns(rows: &[Vec<String>], right: usize) -> String {
    let cells = |row: &Vec<String>| row.iter().map(|cell| cut(cell)).collect::<Vec<_>>();
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column >= right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text += &format!("  {}\n", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(visible("a\u{1b}[2Jü\n\u{202e}"), r"a\u{1b}[2Jü\n\u{202e}");
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 0.25, 0.201_34, 123.456, 1e9, -2e-7, 1000.0].map(number);
        assert_eq!(
            texts,
            [
                "0",
                "0.25",
                "0.2013",
                "123.5",
                "1.000e9",
                "-2.000e-7",
                "1000"
            ]
        );
        assert_eq!(
            [1, 999, 25_000, 1_234_567].map(thousands),
            ["1", "999", "25,000", "1,234,567"]
        );
    }
}
