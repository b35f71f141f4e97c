//! The pieces of LaTeX that tables and claims share.

/// Takes their meaning from LaTeX's own characters, and writes the signs we use as its commands.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' => escaped += r"\textbackslash{}",
            '~' => escaped += r"\textasciitilde{}",
            '^' => escaped += r"\textasciicircum{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            // In the old text encoding these three print as something else.
            '|' | '<' | '>' => escaped.extend(['$', character, '$']),
            '±' => escaped += r"$\pm$",
            '−' => escaped += "$-$",
            '≤' => escaped += r"$\le$",
            '·' => escaped += r"$\cdot$",
            '√' => escaped += r"$\surd$",
            '²' => escaped += "$^2$",
            '–' => escaped += "--",
            '†' => escaped += r"$^\dagger$",
            '✓' => escaped += r"$\checkmark$",
            '✗' => escaped += r"$\times$",
            'σ' => escaped += r"$\sigma$",
            '\u{fffd}' => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A row of a table.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" & ") + r" \\"
}
