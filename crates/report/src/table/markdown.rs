//! A sheet as a GitHub table.

use crate::table::sheet::Sheet;

/// Renders `sheet`: the caption in bold, the table, the notes as a list.
pub fn render(sheet: &Sheet) -> String {
    let rows: Vec<_> = sheet.rows.iter().chain(&sheet.bounds).cloned().collect();
    [
        format!("**{}**\n", escape(&sheet.caption)),
        table(&sheet.header, &rows),
        list(&sheet.notes),
    ]
    .join("\n")
}

/// A table; plain text in, which is escaped.
pub fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let mut lines = vec![line(header), format!("|{}", " --- |".repeat(header.len()))];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n") + "\n"
}

/// A list; plain text in, which is escaped.
pub fn list(items: &[String]) -> String {
    let items = items.iter().map(|item| format!("- {}\n", escape(item)));
    items.collect()
}

fn line(row: &[String]) -> String {
    let cells = row.iter().map(|cell| format!(" {} |", escape(cell)));
    format!("|{}", cells.collect::<String>())
}

/// Takes their meaning from the characters that have one inside a line.
pub fn escape(text: &str) -> String {
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
    use crate::compare;
    use crate::table::sheet;

    #[test]
    fn the_small_table() {
        let sheet = sheet::sheet(&compare::tests::small(), None);
        assert_eq!(super::render(&sheet), include_str!("expected/small.md"));
    }
}
