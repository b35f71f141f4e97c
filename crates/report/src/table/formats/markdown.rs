//! A GitHub table.

use super::Format;
use crate::markdown::{escape, list, table};
use crate::table::sheet::{Sheet, sheet};

/// `--format markdown`.
pub const FORMAT: Format = Format {
    name: "markdown",
    help: "A GitHub table",
    has_caption: true,
    has_label: false,
    renderer: |comparison, options| Ok(render(&sheet(comparison, options.caption))),
};

/// The caption in bold, the table, the notes as a list.
pub fn render(sheet: &Sheet) -> String {
    let rows: Vec<_> = sheet.rows.iter().chain(&sheet.bounds).cloned().collect();
    [
        format!("**{}**\n", escape(&sheet.caption)),
        table(&sheet.header, &rows),
        list(&sheet.notes),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::small;
    use crate::table::formats::Options;

    #[test]
    fn the_small_table() {
        let markdown = FORMAT.render(&small(), &Options::default()).unwrap();
        assert_eq!(markdown, include_str!("expected/small.md"));
    }
}
