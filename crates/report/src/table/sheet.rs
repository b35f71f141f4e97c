//! A comparison put into words: the cells and notes that every printed format shares.

use evidence::{Comparison, bounds};
use objective::printed_name;

use super::cell::{classes, pair, precision, rows_per_environment, seeds};
use super::notes::notes;
use crate::notation::{heading, vary, visible};

/// Plain text in cells. Renderers align it, or escape it for their format.
pub struct Sheet {
    pub caption: String,
    /// Headings of the columns.
    pub header: Vec<String>,
    /// One row per setting.
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
                let n_per_env = rows_per_environment(setting);
                let name = visible(&printed_name(&setting.objective));
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
        bounds: bound_rows(comparison, &leading),
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

fn header(comparison: &Comparison, leading: &Leading) -> Vec<String> {
    let mut header = leading.cells(["objective", "classes", "n_per_env", "precision", "n"]);
    header.extend(comparison.columns.iter().copied().map(heading));
    header
}

fn bound_rows(comparison: &Comparison, leading: &Leading) -> Vec<Vec<String>> {
    let bound = |name: &str, classes: &str, accuracy: f64| {
        let mut row = leading.cells([name, classes, "", "", ""]);
        row.resize(
            row.len() + comparison.columns.len(),
            format!("{accuracy:.1}"),
        );
        row
    };
    let mut rows = vec![bound("Optimal", "", bounds::optimal())];
    for k in classes(comparison) {
        rows.push(bound("Random", &k.to_string(), bounds::random(k)));
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
        let (cells, _) = gather("t", &[row("erm", 0, "0.1", 0.5)]).unwrap();
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
            not_run.ends_with(
                "of 1 cells of origin paper 0 within the spread of single runs, 0 within a point or the paper's spread, \
                 0 within the 95 % interval of the difference of means; 1 not run."
            ),
            "{not_run}"
        );
        assert!(!notes("0.1").contains("Summary"), "{}", notes("0.1"));
    }

    #[test]
    fn names_with_control_characters_do_not_reach_the_terminal() {
        let (cells, _) = gather("t", &[row("a\u{1b}[2J\nb", 0, "0.9", 0.5)]).unwrap();
        let comparison = compare("t", &cells, counted(&[]), None).unwrap();
        assert_eq!(sheet(&comparison, None).rows[0][0], "a\u{fffd}[2J\u{fffd}b");
    }
}
