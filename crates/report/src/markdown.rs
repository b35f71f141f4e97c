//! The pieces of Markdown that tables and the page share.

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
