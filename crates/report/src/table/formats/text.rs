//! For the terminal: columns aligned with spaces.

use unicode_width::UnicodeWidthStr;

use super::Format;
use crate::notation::padded;
use crate::table::sheet::{Sheet, sheet};

/// `--format text`.
pub const FORMAT: Format = Format {
    name: "text",
    help: "Aligned columns for a terminal",
    has_caption: true,
    has_label: false,
    renderer: |comparison, options| Ok(render(&sheet(comparison, options.caption))),
};

const GAP: &str = "  ";

/// The widest column, in characters.
const WIDEST: usize = 100;

/// Every line ends in a newline and none in a space.
fn render(sheet: &Sheet) -> String {
    let all = || {
        [&sheet.header]
            .into_iter()
            .chain(&sheet.rows)
            .chain(&sheet.bounds)
    };
    // A name in a file may be of any length.
    let shown = |cell: &str| artifact::clipped(cell, WIDEST);
    let widths: Vec<usize> = (0..sheet.header.len())
        .map(|column| {
            all()
                .map(|row| shown(&row[column]).width())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| padded(&shown(cell), width));
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
    use evidence::{Origin, compare, gather};
    use score::Row;

    use super::*;
    use crate::samples::{counted, published, row, small};
    use crate::table::formats::Options;

    #[test]
    fn the_small_table() {
        let text = FORMAT.render(&small(), &Options::default()).unwrap();
        assert_eq!(text, include_str!("expected/small.txt"));
    }

    /// A width of 65,536 and more is none for `format!`.
    #[test]
    fn a_name_of_any_length_is_cut() {
        let mut comparison = small();
        comparison.rows[0].0.objective = "x".repeat(70_000);
        let text = FORMAT.render(&comparison, &Options::default()).unwrap();
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(
            text.contains("x…") && longest.unwrap() < 1000,
            "{longest:?}"
        );
    }

    #[test]
    fn settings_that_differ_are_shown_and_each_k_has_its_random_row() {
        let mut rows = Vec::new();
        for (classes, n_per_env) in [(5, 100), (10, 100), (10, 50)] {
            for seed in [0, 1] {
                rows.push(Row {
                    classes: Some(classes),
                    n_per_env: Some(n_per_env),
                    precision: "bf16".into(),
                    ..row("erm", seed, "train", 0.5)
                });
            }
        }
        let cells = gather("t", &rows).unwrap();
        let mut reference = vec![
            published("erm", "train", 51.0, 0.5, Origin::Paper),
            published("erm", "0.9", 40.0, 0.5, Origin::Paper),
        ];
        for (key, ..) in &mut reference {
            key.classes = 5;
        }
        let chosen = ["train".parse().unwrap()];
        let comparison = compare("t", &cells, counted(&reference), Some(&chosen)).unwrap();
        let expected = "\
A caption
─────────────────────────────────────────────────────────────
objective  classes  n_per_env  n  train
─────────────────────────────────────────────────────────────
ERM        5        100        2  50.0 ± 0.0 (51.0 ± 0.5) ✓✓✗
ERM        10       100        2  50.0 ± 0.0
ERM        10       50         2  50.0 ± 0.0
─────────────────────────────────────────────────────────────
Optimal                           75.0
Random     5                      20.0
Random     10                     10.0
─────────────────────────────────────────────────────────────
n: number of seeds, here 2; ± is the sample standard deviation over seeds (n−1); precision: bf16.
train: on the training environments, averaged over them for each seed.
Optimal: a predictor that goes by the digit alone, where the label noise is 0.25. A predictor with a higher accuracy in a column uses the colour too, or its reverse.
Random: an even guess among k classes, 100/k; here k = 5, 10.
In brackets the published numbers; their origin is the paper, or, where marked †, its author's page.
First mark: ✓ within the spread of single runs, |ours − paper| ≤ 2·sqrt(s_ours² + s_paper²).
Second mark: ✓ within a point or the paper's spread, |ours − paper| ≤ max(1.0, s_paper) points.
Third mark: ✓ within the 95 % interval of the difference of means, |ours − paper| ≤ t·sqrt(s_ours²/n + s_paper²/10) (t: Student's; 10 runs are assumed behind a published ±).
Cells with the first/second/third ✓: 1/1/0 of the 1 cells from the paper.
1 more published cells are in columns not shown.
";
        assert_eq!(
            FORMAT
                .render(
                    &comparison,
                    &Options {
                        caption: Some("A caption"),
                        ..Options::default()
                    }
                )
                .unwrap(),
            expected
        );
    }
}
