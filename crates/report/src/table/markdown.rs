//! A sheet as a GitHub table.

use crate::table::sheet::Sheet;

/// Renders `sheet`: the caption in bold, the table, the notes as a list.
pub fn render(sheet: &Sheet) -> String {
    let mut lines = vec![format!("**{}**", escape(&sheet.caption)), String::new()];
    lines.push(line(&sheet.header));
    lines.push(format!("|{}", " --- |".repeat(sheet.header.len())));
    lines.extend(sheet.rows.iter().chain(&sheet.bounds).map(|row| line(row)));
    lines.push(String::new());
    lines.extend(sheet.notes.iter().map(|note| format!("- {}", escape(note))));
    lines.join("\n") + "\n"
}

fn line(row: &[String]) -> String {
    let cells = row.iter().map(|cell| format!(" {} |", escape(cell)));
    format!("|{}", cells.collect::<String>())
}

/// Takes their meaning from the characters that have one inside a line.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if r"\`*_[]<>|~&".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::table::{compare, sheet};

    #[test]
    fn the_small_table() {
        let sheet = sheet::sheet(&compare::tests::small(), None);
        assert_eq!(super::render(&sheet), include_str!("expected/small.md"));
    }
}
