//! A comparison put into words: the cells and notes that every printed format shares.

use evidence::{Comparison, bounds};

use super::cell::{classes, pair, precision, rows_per_environment, seeds};
use super::notes::{Published, notes};
use crate::labels::labels;
use crate::notation::{heading, vary, visible};

/// Plain text in cells. Renderers align it, or escape it for their format.
pub struct Sheet {
    pub caption: String,
    /// Headings of the columns.
    pub header: Vec<String>,
    /// How many of the columns lead the row; the others are of environments.
    pub leading: usize,
    /// One for each row of the comparison.
    pub rows: Vec<Vec<String>>,
    /// What needs no training: "Optimal" and "Random".
    pub bounds: Vec<Vec<String>>,
    /// Sentences under the table.
    pub notes: Vec<String>,
}

/// Words `comparison`, under `caption` or one of its own.
pub fn sheet(comparison: &Comparison, caption: Option<&str>) -> Sheet {
    let caption = match caption {
        Some(caption) => visible(caption),
        None if comparison.has_reference => format!(
            "{}: accuracy in per cent, ours and (the paper's)",
            visible(&comparison.experiment)
        ),
        None => format!("{}: accuracy in per cent", visible(&comparison.experiment)),
    };
    let keys: Vec<_> = comparison.rows.iter().map(|(key, _)| key).collect();
    let precisions = comparison.rows.iter().map(|(_, pairs)| precision(pairs));
    let leading = Leading {
        classes: vary(keys.iter().map(|key| key.classes)),
        n_per_env: vary(keys.iter().map(|key| key.n_per_env)),
        precision: vary(precisions.filter(|precision| !precision.is_empty())),
    };
    Sheet {
        caption,
        header: header(comparison, &leading),
        rows: comparison
            .rows
            .iter()
            .zip(labels(&keys))
            .map(|((key, pairs), label)| {
                let classes = key.classes.to_string();
                let n_per_env = rows_per_environment(key);
                let mut row = leading.cells([
                    &label,
                    &classes,
                    &n_per_env,
                    &precision(pairs),
                    &seeds(pairs),
                ]);
                row.extend(pairs.iter().map(pair));
                row
            })
            .collect(),
        bounds: bound_rows(comparison, &leading),
        notes: notes(comparison, Published::InBrackets),
        leading: leading.count(),
    }
}

/// Which of the leading columns are shown: those in which the rows differ.
struct Leading {
    classes: bool,
    n_per_env: bool,
    precision: bool,
}

impl Leading {
    /// How many are shown.
    fn count(&self) -> usize {
        let some = [self.classes, self.n_per_env, self.precision];
        2 + some.into_iter().filter(|shown| *shown).count()
    }

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

fn header(comparison: &Comparison, leading: &Leading) -> Vec<String> {
    let mut header = leading.cells(["objective", "classes", "n_per_env", "precision", "n"]);
    header.extend(comparison.columns.iter().map(heading));
    header
}

/// What is known without training: "Optimal" in the columns whose label noise is known, if there is one, and "Random".
fn bound_rows(comparison: &Comparison, leading: &Leading) -> Vec<Vec<String>> {
    let bound = |name: &str, classes: &str, accuracies: &[Option<f64>]| {
        let mut row = leading.cells([name, classes, "", "", ""]);
        let written = |accuracy: &Option<f64>| {
            accuracy.map_or(String::new(), |accuracy| format!("{accuracy:.1}"))
        };
        row.extend(accuracies.iter().map(written));
        row
    };
    let places = 0..comparison.columns.len();
    let noises = places.map(|place| comparison.label_noise(place));
    let optima: Vec<_> = noises.map(|noise| noise.map(bounds::optimal)).collect();
    let mut rows = Vec::new();
    if optima.iter().any(Option::is_some) {
        rows.push(bound("Optimal", "", &optima));
    }
    for k in classes(comparison) {
        let random = vec![Some(bounds::random(k)); optima.len()];
        rows.push(bound("Random", &k.to_string(), &random));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{counted, published, row};
    use evidence::{Origin, compare, gather};

    #[test]
    fn a_table_without_any_score_or_published_cell_claims_nothing() {
        let cells = gather("t", &[row("erm", 0, "0.1", 0.5)]).unwrap();
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
            not_run.ends_with("Cells with the first/second/third ✓: 0/0/0 of the 1 cells from the paper (1 not run)."),
            "{not_run}"
        );
        assert!(!notes("0.1").contains("Cells with"), "{}", notes("0.1"));
    }

    #[test]
    fn names_with_control_characters_do_not_reach_the_terminal() {
        let cells = gather("t", &[row("a\u{1b}[2J\nb", 0, "0.9", 0.5)]).unwrap();
        let comparison = compare("t", &cells, counted(&[]), None).unwrap();
        assert_eq!(sheet(&comparison, None).rows[0][0], "a\u{fffd}[2J\u{fffd}b");
    }

    #[test]
    fn optimal_stands_where_the_label_noise_is_known_and_nowhere_else() {
        let bounds = |noises: [Option<f64>; 3]| {
            let rows: Vec<_> = ["0.1", "0.2", "0.9"]
                .into_iter()
                .zip(noises)
                .map(|(column, label_noise)| score::Row {
                    label_noise,
                    ..row("erm", 0, column, 0.5)
                })
                .collect();
            let cells = gather("t", &rows).unwrap();
            let comparison = compare("t", &cells, counted(&[]), None).unwrap();
            let sheet = sheet(&comparison, None);
            let notes = sheet.notes.into_iter();
            let note = notes.filter(|note| note.starts_with("Optimal"));
            let rows = sheet.bounds.iter().map(|row| row.join(" | "));
            (rows.collect::<Vec<_>>(), note.collect::<Vec<_>>())
        };
        let random = "Random |  | 50.0 | 50.0 | 50.0";
        assert_eq!(bounds([None; 3]), (vec![random.to_owned()], vec![]));
        let (rows, note) = bounds([Some(0.1), None, Some(0.8)]);
        assert_eq!(rows, ["Optimal |  | 90.0 |  | 80.0", random]);
        assert_eq!(
            note,
            [
                "Optimal: a predictor that goes by the digit alone, where the label noise is 0.1 or 0.8. A predictor with a \
                 higher accuracy in a column uses the colour too, or its reverse."
            ]
        );
    }

    #[test]
    fn a_cell_of_several_precisions_is_marked() {
        let mut rows = [0, 1].map(|seed| row("erm", seed, "0.9", 0.5)).to_vec();
        rows.push(row("erm", 0, "0.1", 0.5));
        rows[1].precision = "bf16".into();
        let cells = gather("t", &rows).unwrap();
        let comparison = compare("t", &cells, counted(&[]), None).unwrap();
        let sheet = sheet(&comparison, None);
        assert_eq!(sheet.rows[0][2..], ["50.0 ± ?", "50.0 ± 0.0‡"]);
        assert!(
            sheet.notes.iter().any(|note| note.starts_with("‡: ")),
            "{:?}",
            sheet.notes
        );
    }
}
