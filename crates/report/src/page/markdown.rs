//! The page as Markdown.

use evidence::{Comparison, training_domain_selection};

use super::args::{Args, Figure, Note};
use super::{paper_tables, summary};
use crate::markdown::escape;
use crate::notation::visible;
use crate::table::{formats, sheet};

/// The page of `comparisons`.
pub fn render(args: &Args, comparisons: &[Comparison]) -> String {
    let mut parts = vec!["# Results\n".to_owned()];
    if args.reference.is_some() {
        parts.push(summary::render(comparisons));
    }
    for comparison in comparisons {
        parts.extend(section(args, comparison));
    }
    parts.join("\n")
}

/// The blocks of one table: each ends in a newline, and a blank line belongs between two of them.
fn section(args: &Args, comparison: &Comparison) -> Vec<String> {
    let table = &comparison.experiment;
    let (heading, sentence) = paper_tables::heading_and_sentence(&visible(table));
    let level = if training_domain_selection::counterpart(table).is_some() {
        "###"
    } else {
        "##"
    };
    let mut blocks = vec![
        format!("{level} {}\n", escape(&heading)),
        format!("{}\n", escape(&sentence)),
    ];
    let notes = args.notes.iter().filter(|note| note.table == *table);
    let notes: Vec<(String, &str)> = notes.map(Note::parts).collect();
    blocks.extend(
        notes
            .iter()
            .map(|(first, _)| format!("{}\n", visible(first))),
    );
    blocks.push(formats::markdown::render(&sheet::sheet(comparison, None)));
    let figures = args.figures.iter();
    let figures = figures.filter(|figure| figure.table == *table);
    blocks.extend(figures.map(picture));
    let rest = notes.iter().filter(|(_, rest)| !rest.is_empty());
    blocks.extend(rest.map(|(_, rest)| {
        let lines = rest.lines().map(|line| visible(line) + "\n");
        lines.collect::<String>()
    }));
    blocks
}

fn picture(figure: &Figure) -> String {
    let alt = escape(&visible(&figure.alt));
    let path = visible(&figure.path);
    // Pointed brackets keep a path with a space or a bracket in one piece.
    if path.contains([' ', '(', ')', '<', '>']) {
        let path = path.replace('<', "\\<").replace('>', "\\>");
        format!("![{alt}](<{path}>)\n")
    } else {
        format!("![{alt}]({path})\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_one_piece() {
        let picture = |path: &str, alt: &str| {
            picture(&Figure {
                table: "t".into(),
                path: path.into(),
                alt: alt.into(),
            })
        };
        assert_eq!(picture("a b.svg", "x = [y]"), "![x = \\[y\\]](<a b.svg>)\n");
        assert_eq!(picture("<a>.svg", "x"), "![x](<\\<a\\>.svg>)\n");
    }
}
