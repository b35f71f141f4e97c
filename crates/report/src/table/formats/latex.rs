//! A LaTeX table in the manner of booktabs.

use super::Format;
use crate::latex::{escape, line};
use crate::table::sheet::{Sheet, sheet};

/// `--format latex`.
pub const FORMAT: Format = Format {
    name: "latex",
    help: "A LaTeX table (packages booktabs and amssymb)",
    has_caption: true,
    renderer: |comparison, caption| Ok(render(&sheet(comparison, caption))),
};

/// A `table` environment.
fn render(sheet: &Sheet) -> String {
    let mut lines = vec![
        r"% In the preamble: \usepackage{booktabs,amssymb}".to_owned(),
        r"\begin{table}".to_owned(),
        r"\centering".to_owned(),
        format!(r"\caption{{{}}}", escape(&sheet.caption)),
        format!(r"\begin{{tabular}}{{{}}}", "l".repeat(sheet.header.len())),
        r"\toprule".to_owned(),
        line(sheet.header.iter().map(|cell| heading(cell))),
        r"\midrule".to_owned(),
    ];
    lines.extend(
        sheet
            .rows
            .iter()
            .map(|row| line(row.iter().map(|cell| escape(cell)))),
    );
    lines.push(r"\midrule".to_owned());
    lines.extend(
        sheet
            .bounds
            .iter()
            .map(|row| line(row.iter().map(|cell| escape(cell)))),
    );
    lines.push(r"\bottomrule".to_owned());
    lines.push(r"\end{tabular}".to_owned());
    lines.push(r"\par\smallskip\raggedright\footnotesize".to_owned());
    lines.extend(sheet.notes.iter().map(|note| escape(note) + r"\par"));
    lines.push(r"\end{table}".to_owned());
    lines.join("\n") + "\n"
}

/// As [`escape`], with p_e as the formula that it is.
fn heading(cell: &str) -> String {
    let p_e = cell.strip_prefix("p_e = ");
    // The name of an environment may begin so too.
    match p_e.filter(|p_e| p_e.parse::<f64>().is_ok()) {
        Some(p_e) => format!("$p_e = {p_e}$"),
        None => escape(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::small;

    #[test]
    fn the_small_table() {
        let latex = FORMAT.render(&small(), Some("100 % & more_")).unwrap();
        assert_eq!(latex, include_str!("expected/small.tex"));
    }
}
