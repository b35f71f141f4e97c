//! A comparison put into words: the cells and notes that every printed format shares.

use std::collections::BTreeSet;

use crate::cells::{Cell, Column};
use crate::compare::{Comparison, Pair};
use crate::names::{self, visible};
use crate::reference::{Origin, Published};
use crate::verdict::Verdict;

/// The label noise of all the paper's environments, which the row "Optimal" rests on.
pub const LABEL_NOISE: f64 = 0.25;

/// What stands where there is no number.
const NONE: &str = "–";

/// Plain text in cells. Renderers align it, or escape it for their format.
pub struct Sheet {
    pub caption: String,
    pub header: Vec<String>,
    /// One row per setting.
    pub rows: Vec<Vec<String>>,
    /// What needs no training: "Optimal" and "Random".
    pub bounds: Vec<Vec<String>>,
    pub notes: Vec<String>,
}

/// Words `comparison`, under `caption` or one of its own.
pub fn sheet(comparison: &Comparison, caption: Option<&str>) -> Sheet {
    let caption = match caption {
        Some(caption) => visible(caption),
        None if comparison.has_reference => format!(
            "{}: accuracy in per cent, ours and (the paper's)",
            visible(&comparison.name)
        ),
        None => format!("{}: accuracy in per cent", visible(&comparison.name)),
    };
    let settings = comparison.rows.iter().map(|(setting, _)| setting);
    let precisions = comparison.rows.iter().map(|(_, pairs)| precision(pairs));
    let leading = Leading {
        classes: vary(settings.clone().map(|setting| setting.classes)),
        n_per_env: vary(settings.map(|setting| setting.n_per_env)),
        precision: vary(precisions.filter(|precision| !precision.is_empty())),
    };
    Sheet {
        caption,
        header: header(comparison, &leading),
        rows: comparison
            .rows
            .iter()
            .map(|(setting, pairs)| {
                let classes = setting.classes.to_string();
                let n_per_env = setting.n_per_env.to_string();
                let name = visible(names::printed(&setting.objective));
                let mut row = leading.cells([
                    &name,
                    &classes,
                    &n_per_env,
                    &precision(pairs),
                    &seeds(pairs),
                ]);
                row.extend(pairs.iter().map(pair));
                row
            })
            .collect(),
        bounds: bounds(comparison, &leading),
        notes: notes(comparison),
    }
}

/// Which of the leading columns are shown: those in which the rows differ.
struct Leading {
    classes: bool,
    n_per_env: bool,
    precision: bool,
}

impl Leading {
    /// Of the cells for objective, classes, n_per_env, precision and n, those that are shown.
    fn cells(&self, cells: [&str; 5]) -> Vec<String> {
        [true, self.classes, self.n_per_env, self.precision, true]
            .into_iter()
            .zip(cells)
            .filter(|(shown, _)| *shown)
            .map(|(_, text)| text.to_owned())
            .collect()
    }
}

/// Whether not all of `values` are equal.
pub fn vary<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let first = values.next();
    values.any(|value| Some(value) != first)
}

fn header(comparison: &Comparison, leading: &Leading) -> Vec<String> {
    let mut header = leading.cells(["objective", "classes", "n_per_env", "precision", "n"]);
    header.extend(comparison.columns.iter().copied().map(heading));
    header
}

/// How `column` is headed.
pub fn heading(column: Column) -> String {
    match column {
        Column::Train => column.to_string(),
        Column::Test(p_e) => format!("p_e = {p_e}"),
    }
}

/// The number of seeds of a row, or of each of its cells where they differ.
fn seeds(pairs: &[Pair]) -> String {
    let mut counts: Vec<_> = pairs
        .iter()
        .map(|pair| pair.ours.as_ref().map_or(0, Cell::n).to_string())
        .collect();
    if counts.iter().all(|count| *count == counts[0]) {
        counts.truncate(1);
    }
    counts.join("/")
}

/// The precisions of the scores of a row; empty where there is none.
fn precision(pairs: &[Pair]) -> String {
    precisions(pairs.iter().filter_map(|pair| pair.ours.as_ref()))
}

fn precisions<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let distinct: BTreeSet<&str> = cells
        .flat_map(|cell| cell.precisions.iter().map(String::as_str))
        .collect();
    let distinct: Vec<_> = distinct.into_iter().collect();
    visible(&distinct.join(", "))
}

/// `89.0 ± 1.4 (88.6 ± 0.3†) ✓✓`, or what there is of it.
fn pair(pair: &Pair) -> String {
    let mut text = match &pair.ours {
        Some(cell) => ours(cell),
        None => NONE.to_owned(),
    };
    if let Some(paper) = &pair.paper {
        text += &format!(" ({})", published(paper));
    }
    if let Some(Verdict { agrees, strictly }) = pair.verdict() {
        let mark = |yes| if yes { '✓' } else { '✗' };
        text.extend([' ', mark(agrees), mark(strictly)]);
    }
    text
}

/// Our mean and deviation, the latter unknown with one seed.
pub fn ours(cell: &Cell) -> String {
    match cell.std() {
        Some(std) => format!("{:.1} ± {std:.1}", cell.mean()),
        None => format!("{:.1} ± ?", cell.mean()),
    }
}

/// A published mean and deviation, marked where the paper itself does not give them.
pub fn published(paper: &Published) -> String {
    let mark = match paper.origin {
        Origin::Paper => "",
        Origin::AuthorPage => "†",
    };
    format!("{:.1} ± {:.1}{mark}", paper.mean, paper.std)
}

fn bounds(comparison: &Comparison, leading: &Leading) -> Vec<Vec<String>> {
    let bound = |name: &str, classes: &str, accuracy: f64| {
        let mut row = leading.cells([name, classes, "", "", ""]);
        row.resize(
            row.len() + comparison.columns.len(),
            format!("{accuracy:.1}"),
        );
        row
    };
    let mut rows = vec![bound("Optimal", "", 100.0 * (1.0 - LABEL_NOISE))];
    for k in classes(comparison) {
        rows.push(bound("Random", &k.to_string(), 100.0 / k as f64));
    }
    rows
}

fn classes(comparison: &Comparison) -> BTreeSet<usize> {
    let rows = comparison.rows.iter();
    rows.map(|(setting, _)| setting.classes).collect()
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let pairs: Vec<&Pair> = comparison
        .rows
        .iter()
        .flat_map(|(_, pairs)| pairs)
        .collect();
    let scored: Vec<&Cell> = pairs.iter().filter_map(|pair| pair.ours.as_ref()).collect();
    let mut notes = Vec::new();

    let counts: BTreeSet<usize> = scored.iter().map(|cell| cell.n()).collect();
    let counts: Vec<_> = counts.iter().map(usize::to_string).collect();
    if scored.is_empty() {
        notes.push("No cell shown has a score.".to_owned());
    } else {
        notes.push(format!(
            "n: number of seeds, {} where run; ± is the sample standard deviation over seeds (n−1); \
             precision: {}.",
            counts.join(" or "),
            precisions(scored.iter().copied())
        ));
    }
    if comparison
        .rows
        .iter()
        .any(|(_, pairs)| seeds(pairs).contains('/'))
    {
        notes.push("n with slashes: the columns' numbers of seeds, in order.".to_owned());
    }
    if scored.iter().any(|cell| cell.n() == 1) {
        let taken = match comparison.has_reference {
            true => "; the verdict takes it as 0",
            false => "",
        };
        notes.push(format!("?: with one seed our deviation is unknown{taken}."));
    }
    if pairs.iter().any(|pair| pair.ours.is_none()) {
        let counted = match comparison.counted {
            true => ", and counted as no agreement",
            false => "",
        };
        notes.push(format!("{NONE}: not run{counted}."));
    }
    if comparison.columns.contains(&Column::Train) {
        notes.push(
            "train: on the training environments, averaged over them for each seed.".to_owned(),
        );
    }
    notes.push(format!(
        "Optimal: a predictor that goes by the digit alone, where the label noise is {LABEL_NOISE}."
    ));
    let classes: Vec<_> = classes(comparison).iter().map(usize::to_string).collect();
    notes.push(format!(
        "Random: an even guess among k classes, 100/k; here k = {}.",
        classes.join(", ")
    ));
    if comparison.has_reference {
        notes.extend(verdicts(comparison, &pairs));
    }
    notes
}

/// The rules, and how many of the published cells satisfy them.
fn verdicts(comparison: &Comparison, pairs: &[&Pair]) -> Vec<String> {
    let mut notes = vec![
        "In brackets the published numbers; their origin is the paper, or, where marked †, its \
         author's page."
            .to_owned(),
        "First mark: ✓ agrees, |ours − paper| ≤ 2·sqrt(s_ours² + s_paper²). \
         Second mark: ✓ strictly, |ours − paper| ≤ max(1.0, s_paper) points."
            .to_owned(),
    ];
    let summary: Vec<_> = [Origin::Paper, Origin::AuthorPage]
        .into_iter()
        .filter_map(|origin| summary(origin, pairs))
        .collect();
    if !comparison.counted {
        notes.push(
            "Honest selection: the published numbers are those of the table without -honest, beside \
             ours for information; no verdict here counts in a summary."
                .to_owned(),
        );
    } else if !summary.is_empty() {
        notes.push(format!("Summary: {}.", summary.join("; ")));
    }
    if comparison.hidden > 0 {
        notes.push(format!(
            "{} more published cells are in columns not shown.",
            comparison.hidden
        ));
    }
    notes
}

/// How many of the cells of `origin` agree; `None` where no cell shown is of that origin.
fn summary(origin: Origin, pairs: &[&Pair]) -> Option<String> {
    let pairs: Vec<&&Pair> = pairs
        .iter()
        .filter(|pair| pair.paper.is_some_and(|paper| paper.origin == origin))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let verdicts: Vec<Verdict> = pairs.iter().filter_map(|pair| pair.verdict()).collect();
    Some(format!(
        "of {} cells of origin {origin} {} agree, {} strictly, {} not run",
        pairs.len(),
        verdicts.iter().filter(|verdict| verdict.agrees).count(),
        verdicts.iter().filter(|verdict| verdict.strictly).count(),
        pairs.len() - verdicts.len(),
    ))
}

#[cfg(test)]
mod tests {
    use score::Row;

    use super::*;
    use crate::cells::collect;
    use crate::cells::tests::row;
    use crate::compare::compare;
    use crate::compare::tests::{counted, published};
    use crate::table::text;

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
        let (cells, _) = collect("t", &rows).unwrap();
        let mut reference = vec![
            published("erm", "train", 51.0, 0.5, Origin::Paper),
            published("erm", "0.9", 40.0, 0.5, Origin::Paper),
        ];
        for (setting, ..) in &mut reference {
            setting.classes = 5;
        }
        let chosen = ["train".parse().unwrap()];
        let comparison = compare("t", &cells, counted(&reference), Some(&chosen)).unwrap();
        let expected = "\
A caption
────────────────────────────────────────────────────────────
objective  classes  n_per_env  n  train
────────────────────────────────────────────────────────────
ERM        5        100        2  50.0 ± 0.0 (51.0 ± 0.5) ✓✓
ERM        10       100        2  50.0 ± 0.0
ERM        10       50         2  50.0 ± 0.0
────────────────────────────────────────────────────────────
Optimal                           75.0
Random     5                      20.0
Random     10                     10.0
────────────────────────────────────────────────────────────
n: number of seeds, 2 where run; ± is the sample standard deviation over seeds (n−1); precision: bf16.
train: on the training environments, averaged over them for each seed.
Optimal: a predictor that goes by the digit alone, where the label noise is 0.25.
Random: an even guess among k classes, 100/k; here k = 5, 10.
In brackets the published numbers; their origin is the paper, or, where marked †, its author's page.
First mark: ✓ agrees, |ours − paper| ≤ 2·sqrt(s_ours² + s_paper²). Second mark: ✓ strictly, \
|ours − paper| ≤ max(1.0, s_paper) points.
Summary: of 1 cells of origin paper 1 agree, 1 strictly, 0 not run.
1 more published cells are in columns not shown.
";
        assert_eq!(
            text::render(&sheet(&comparison, Some("A caption"))),
            expected
        );
    }

    #[test]
    fn a_table_without_any_score_or_published_cell_claims_nothing() {
        let (cells, _) = collect("t", &[row("erm", 0, "0.1", 0.5)]).unwrap();
        let reference = vec![published("erm", "0.9", 40.0, 0.5, Origin::Paper)];
        let notes = |column: &str| {
            let chosen = [column.parse().unwrap()];
            let comparison = compare("t", &cells, counted(&reference), Some(&chosen)).unwrap();
            sheet(&comparison, None).notes.join("\n")
        };
        let not_run = notes("0.9");
        assert!(
            not_run.starts_with("No cell shown has a score."),
            "{not_run}"
        );
        assert!(
            not_run.ends_with("of 1 cells of origin paper 0 agree, 0 strictly, 1 not run."),
            "{not_run}"
        );
        assert!(!notes("0.1").contains("Summary"), "{}", notes("0.1"));
    }

    #[test]
    fn names_with_control_characters_do_not_reach_the_terminal() {
        let (cells, _) = collect("t", &[row("a\u{1b}[2J\nb", 0, "0.9", 0.5)]).unwrap();
        let comparison = compare("t", &cells, counted(&[]), None).unwrap();
        assert_eq!(sheet(&comparison, None).rows[0][0], "a\u{fffd}[2J\u{fffd}b");
    }
}
