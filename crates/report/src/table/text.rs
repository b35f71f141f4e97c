//! A sheet for the terminal: columns aligned with spaces.

use crate::table::sheet::Sheet;

const GAP: &str = "  ";

/// Renders `sheet`; every line ends in a newline and none in a space.
pub fn render(sheet: &Sheet) -> String {
    let all = || {
        [&sheet.header]
            .into_iter()
            .chain(&sheet.rows)
            .chain(&sheet.bounds)
    };
    // Every character that we print is one column wide.
    let widths: Vec<usize> = (0..sheet.header.len())
        .map(|column| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1));

    let mut lines = vec![
        sheet.caption.clone(),
        rule.clone(),
        line(&sheet.header),
        rule.clone(),
    ];
    lines.extend(sheet.rows.iter().map(line));
    lines.push(rule.clone());
    lines.extend(sheet.bounds.iter().map(line));
    lines.push(rule);
    lines.extend(sheet.notes.iter().cloned());
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use crate::compare;
    use crate::table::sheet;

    #[test]
    fn the_small_table() {
        let sheet = sheet::sheet(&compare::tests::small(), None);
        assert_eq!(super::render(&sheet), include_str!("expected/small.txt"));
    }
}
