//! A LaTeX table in the manner of booktabs, with numbers aligned by siunitx.

use std::iter;

use evidence::{Cell, Comparison, Origin, Pair, Published, RowKey};

use super::{Format, Options};
use crate::latex::{escape, line};
use crate::notation::MIXED;
use crate::table::cell::mark;
use crate::table::notes::{self, notes};
use crate::table::sheet::sheet;

/// `--format latex`.
pub const FORMAT: Format = Format {
    name: "latex",
    help: "A LaTeX table (packages booktabs, siunitx and amssymb)",
    has_caption: true,
    has_label: true,
    renderer: |comparison, options| Ok(render(comparison, options)),
};

/// Which columns stand under the heading of an environment.
#[derive(Clone, Copy)]
struct Columns {
    published: bool,
    marks: bool,
}

impl Columns {
    fn count(self) -> usize {
        1 + usize::from(self.published) + usize::from(self.published && self.marks)
    }
}

/// A `table` environment.
fn render(comparison: &Comparison, options: &Options) -> String {
    let sheet = sheet(comparison, options.caption);
    let (leading, columns) = sheet.header.split_at(sheet.leading);
    let shown = Columns {
        published: comparison.has_reference,
        marks: options.marks,
    };
    let mut lines = vec![
        r"% In the preamble: \usepackage{booktabs,siunitx,amssymb}".to_owned(),
        r"\begin{table}".to_owned(),
        r"\centering".to_owned(),
        r"\sisetup{detect-weight=true}".to_owned(),
        format!(r"\caption{{{}}}", escape(&sheet.caption)),
    ];
    lines.extend(options.label.map(|label| format!(r"\label{{{label}}}")));
    lines.push(format!(
        r"\begin{{tabular}}{{{}}}",
        alignment(comparison, leading, shown)
    ));
    lines.push(r"\toprule".to_owned());
    let over = columns.iter().map(|name| {
        let count = shown.count();
        format!(r"\multicolumn{{{count}}}{{c}}{{{}}}", heading(name))
    });
    lines.push(line(leading.iter().map(|name| escape(name)).chain(over)));
    if shown.published {
        let under = ["{ours}", "{published}", "{}"].into_iter();
        let under = columns
            .iter()
            .flat_map(|_| under.clone().take(shown.count()));
        let leading = iter::repeat_n("", leading.len());
        lines.push(line(leading.chain(under).map(str::to_owned)));
    }
    lines.push(r"\midrule".to_owned());
    for (place, (cells, (_, pairs))) in sheet.rows.iter().zip(&comparison.rows).enumerate() {
        let leading = cells[..sheet.leading].iter().map(|cell| escape(cell));
        let numbers = pairs
            .iter()
            .enumerate()
            .flat_map(|(column, pair)| cell(pair, is_best(comparison, place, column), shown));
        lines.push(line(leading.chain(numbers)));
    }
    lines.push(r"\midrule".to_owned());
    for bound in &sheet.bounds {
        let (leading, numbers) = bound.split_at(sheet.leading);
        let empty = iter::repeat_n(String::new(), shown.count() - 1);
        let numbers = numbers
            .iter()
            .flat_map(|number| iter::once(number.clone()).chain(empty.clone()));
        lines.push(line(leading.iter().map(|cell| escape(cell)).chain(numbers)));
    }
    lines.push(r"\bottomrule".to_owned());
    lines.push(r"\end{tabular}".to_owned());
    lines.push(r"\par\smallskip\raggedright\footnotesize".to_owned());
    let published = notes::Published::InColumns {
        marks: options.marks,
    };
    let mut notes = notes(comparison, published);
    notes.push(BEST.to_owned());
    lines.extend(notes.iter().map(|note| escape(note) + r"\par"));
    lines.push(r"\end{table}".to_owned());
    if lines
        .iter()
        .flat_map(|line| line.chars())
        .any(|c| c > '\u{24f}')
    {
        let line = "% Names have characters beyond Latin: use XeLaTeX or LuaLaTeX, and a font that has them.";
        lines.insert(0, line.to_owned());
    }
    lines.join("\n") + "\n"
}

/// The rule by which a number is bold.
const BEST: &str = "Bold: the highest of our means in its column, as printed, among rows with as many classes and rows per \
    environment that see the colour. The difference to the next row may be chance.";

/// Whether the mean of the row number `row` is bold in the column number `column`.
fn is_best(comparison: &Comparison, row: usize, column: usize) -> bool {
    let (key, pairs) = &comparison.rows[row];
    let rival = |(other, pairs): &&(RowKey, Vec<Pair>)| {
        let alike = (other.classes, other.n_per_env) == (key.classes, key.n_per_env);
        alike && sees_colour(other) && pairs[column].ours.is_some()
    };
    let rivals = || comparison.rows.iter().filter(rival);
    let printed = |pairs: &[Pair]| {
        let ours = pairs[column].ours.as_ref();
        ours.map(|cell| (10.0 * cell.mean()).round())
    };
    let highest = rivals()
        .filter_map(|(_, pairs)| printed(pairs))
        .reduce(f64::max);
    let ours = printed(pairs);
    sees_colour(key) && rivals().count() > 1 && ours.is_some() && ours == highest
}

/// Whether the row is not the oracle, which is given images without colour.
fn sees_colour(key: &RowKey) -> bool {
    !key.objective.ends_with(objective::GRAYSCALE_SUFFIX)
}

/// The cells under the heading of one environment.
fn cell(pair: &Pair, best: bool, shown: Columns) -> Vec<String> {
    let mut cells = vec![
        pair.ours
            .as_ref()
            .map_or("{--}".to_owned(), |cell| ours(cell, best)),
    ];
    if shown.published {
        cells.push(pair.paper.as_ref().map_or(String::new(), published));
        if shown.marks {
            let marks = pair.verdict().map_or(String::new(), |verdict| {
                verdict.rules().map(|(_, kept)| mark(kept)).collect()
            });
            cells.push(escape(&marks));
        }
    }
    cells
}

fn ours(cell: &Cell, best: bool) -> String {
    let bold = if best { r"\bfseries " } else { "" };
    format!("{bold}{:.1} {{{}}}", cell.mean(), deviation(cell))
}

/// What stands behind our mean. siunitx takes it as text: it would leave out a deviation of 0.
fn deviation(cell: &Cell) -> String {
    let std = cell.std().map_or("?".to_owned(), |std| format!("{std:.1}"));
    let mixed = if cell.precisions.len() > 1 {
        escape(&MIXED.to_string())
    } else {
        String::new()
    };
    format!("{PLUS_MINUS}{std}{mixed}")
}

fn published(paper: &Published) -> String {
    format!("{:.1} {{{}}}", paper.mean, published_deviation(paper))
}

fn published_deviation(paper: &Published) -> String {
    let origin = match paper.origin {
        Origin::Paper => "",
        Origin::AuthorPage => r"$^\dagger$",
    };
    format!("{PLUS_MINUS}{:.1}{origin}", paper.std)
}

/// With the space of a sign between two numbers.
const PLUS_MINUS: &str = r"${}\pm{}$";

/// The columns for tabular: names on the left, whole numbers on the right, accuracies by their decimal points.
fn alignment(comparison: &Comparison, leading: &[String], shown: Columns) -> String {
    let is_number = |name: &String| ["classes", "n_per_env", "n"].contains(&name.as_str());
    let mut text: String = leading
        .iter()
        .map(|name| if is_number(name) { 'r' } else { 'l' })
        .collect();
    for column in 0..comparison.columns.len() {
        let pairs = || comparison.rows.iter().map(|(_, pairs)| &pairs[column]);
        let ours = pairs().filter_map(|pair| pair.ours.as_ref());
        text += &decimal(ours.map(|cell| (cell.mean(), deviation(cell))));
        if shown.published {
            let papers = pairs().filter_map(|pair| pair.paper.as_ref());
            text += &decimal(papers.map(|paper| (paper.mean, published_deviation(paper))));
            text += if shown.marks { "l" } else { "" };
        }
    }
    text
}

/// A column of siunitx that is as wide as the widest of these means, and of the texts behind them.
fn decimal(numbers: impl Iterator<Item = (f64, String)>) -> String {
    let (mut whole, mut widest) = (2, String::new());
    for (mean, behind) in numbers {
        whole = whole.max(format!("{mean:.1}").len() - 2);
        if behind.len() > widest.len() {
            widest = behind;
        }
    }
    format!("S[table-format={whole}.1,table-space-text-post={{{widest}}}]")
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
        let options = Options {
            caption: Some("100 % & more_"),
            label: Some("tab:small"),
            marks: true,
        };
        let latex = FORMAT.render(&small(), &options).unwrap();
        assert_eq!(latex, include_str!("expected/small.tex"));
    }

    #[test]
    fn verdicts_are_shown_only_if_asked_for() {
        let latex = FORMAT.render(&small(), &Options::default()).unwrap();
        for sign in ["checkmark", "mark:", "Summary", r"\label", "rule takes"] {
            assert!(!latex.contains(sign), "{sign}: {latex}");
        }
    }
}
