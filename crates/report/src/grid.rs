//! A table of plain text in the formats of `--format`, without a comparison behind it.

use clap::ValueEnum;

use unicode_width::UnicodeWidthStr;

use crate::notation::{NONE, padded};
use crate::{latex, markdown};

/// Plain text in cells; each format escapes it. Columns of numbers are aligned on the right.
pub struct Grid {
    /// The heading.
    pub caption: String,
    /// Headings of the columns.
    pub header: Vec<String>,
    /// As long as the header.
    pub rows: Vec<Vec<String>>,
    /// The column that is long text, which LaTeX must break.
    pub long: Option<usize>,
}

/// What a grid is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for a terminal
    Text,
    /// GitHub tables
    Markdown,
    /// LaTeX tables (package booktabs)
    Latex,
    /// CSV for programs, with unrounded numbers
    Csv,
}

const GAP: &str = "  ";

impl Grid {
    /// Of each column, whether all of its cells are numbers, of which a column has one number of decimals.
    fn of_numbers(&self) -> Vec<bool> {
        let number = |cell: &str| cell.replace('−', "-").parse::<f64>().is_ok();
        let column = |column: usize| {
            let cells = || self.rows.iter().map(|row| row[column].as_str());
            cells().any(number) && cells().all(|cell| cell == NONE || number(cell))
        };
        (0..self.header.len()).map(column).collect()
    }

    /// Every line ends in a newline and none in a space.
    pub fn text(&self) -> String {
        let all = || [&self.header].into_iter().chain(&self.rows);
        let width = |column: usize| {
            let cells = all().map(|row| row[column].width());
            cells.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let numbers = self.of_numbers();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths);
            let cells = cells.zip(&numbers);
            let cells = cells.map(|((cell, &width), numbers)| match numbers {
                true => " ".repeat(width - cell.width()) + cell,
                false => padded(cell, width),
            });
            cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
        };
        let mut lines = vec![self.caption.clone(), line(&self.header)];
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        lines.push("─".repeat(widths.iter().sum::<usize>() + gaps));
        lines.extend(self.rows.iter().map(line));
        lines.join("\n") + "\n"
    }

    /// The caption in bold, and a table.
    pub fn markdown(&self) -> String {
        let caption = markdown::escape(&self.caption);
        format!(
            "**{caption}**\n\n{}",
            markdown::table(&self.header, &self.rows)
        )
    }

    /// A `table` environment.
    pub fn latex(&self) -> String {
        let escaped = |row: &[String]| latex::line(row.iter().map(|cell| latex::escape(cell)));
        let numbers = self.of_numbers();
        let columns: String = (0..self.header.len())
            .map(
                |column| match (self.long == Some(column), numbers[column]) {
                    (true, _) => r"p{0.4\linewidth}",
                    (_, true) => "r",
                    _ => "l",
                },
            )
            .collect();
        let mut lines = vec![
            r"% In the preamble: \usepackage{booktabs}".to_owned(),
            r"\begin{table}".to_owned(),
            r"\centering\footnotesize".to_owned(),
            format!(r"\caption{{{}}}", latex::escape(&self.caption)),
            format!(r"\begin{{tabular}}{{{columns}}}"),
            r"\toprule".to_owned(),
            escaped(&self.header),
            r"\midrule".to_owned(),
        ];
        lines.extend(self.rows.iter().map(|row| escaped(row)));
        lines.extend([r"\bottomrule", r"\end{tabular}", r"\end{table}"].map(str::to_owned));
        lines.join("\n") + "\n"
    }
}

/// Several grids under each other, then `notes` as sentences.
pub fn render(format: Format, grids: &[Grid], notes: &[String]) -> String {
    let mut parts: Vec<String> = grids
        .iter()
        .map(|grid| match format {
            Format::Text => grid.text(),
            Format::Markdown => grid.markdown(),
            Format::Latex | Format::Csv => grid.latex(),
        })
        .collect();
    if !notes.is_empty() {
        parts.push(match format {
            Format::Text => notes.join("\n") + "\n",
            Format::Markdown => markdown::list(notes),
            Format::Latex | Format::Csv => {
                let notes = notes.iter().map(|note| latex::escape(note) + "\\par\n");
                notes.collect()
            }
        });
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Grid {
        Grid {
            caption: "<script> & 100 %".into(),
            header: vec!["a|b".into(), "c_d".into()],
            rows: vec![vec!["$x$".into(), "\"q\"".into()]],
            long: None,
        }
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let grid = Grid {
            caption: "c".into(),
            header: vec!["row".into(), "n".into(), "difference".into()],
            rows: vec![
                vec!["a".into(), "10".into(), "+0.2".into()],
                vec!["b".into(), "9".into(), "−13.0".into()],
                vec!["c".into(), "1".into(), NONE.into()],
            ],
            long: None,
        };
        let text = grid.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "row   n  difference");
        assert_eq!(lines[4], "b     9       −13.0");
        assert_eq!(lines[5], "c     1           –");
        assert!(grid.latex().contains(r"\begin{tabular}{lrr}"));
    }

    #[test]
    fn each_format_shows_hostile_text_as_text() {
        let grid = hostile();
        assert_eq!(
            grid.markdown(),
            "**\\<script\\> \\& 100 %**\n\n| a\\|b | c\\_d |\n| --- | --- |\n| $x$ | \"q\" |\n"
        );
        let latex = grid.latex();
        assert!(
            latex.contains(r"\caption{$<$script$>$ \& 100 \%}"),
            "{latex}"
        );
        assert!(latex.contains("a$|$b & c\\_d \\\\\n"), "{latex}");
        assert!(latex.contains("\\$x\\$ & \"q\" \\\\\n"), "{latex}");
        assert_eq!(
            grid.text(),
            "<script> & 100 %\na|b  c_d\n────────\n$x$  \"q\"\n"
        );
    }
}
