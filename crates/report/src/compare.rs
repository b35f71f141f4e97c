//! Our cells laid beside the paper's: which rows and columns a table has.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::cells::{Cell, Cells, Column, Setting};
use crate::names;
use crate::reference::{Published, PublishedCell, Reference};
use crate::verdict::{Verdict, verdict};

/// A table before it is rendered.
pub struct Comparison {
    /// The experiment it shows.
    pub name: String,
    pub columns: Vec<Column>,
    /// Each with one pair per column.
    pub rows: Vec<(Setting, Vec<Pair>)>,
    /// Whether there was something to compare with.
    pub has_reference: bool,
    /// Whether the verdicts count, see [`Reference`].
    pub counted: bool,
    /// Published cells of this table that are in no column chosen.
    pub hidden: usize,
}

/// Our cell and the paper's, each where there is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    pub ours: Option<Cell>,
    pub paper: Option<Published>,
}

impl Pair {
    /// The verdict, where there are two numbers to compare.
    pub fn verdict(&self) -> Option<Verdict> {
        Some(verdict(self.ours.as_ref()?, self.paper.as_ref()?))
    }
}

/// Lays `cells` beside `reference`.
///
/// The reference's rows come first, in its order, whether they have scores or not; then all others,
/// by classes, falling n_per_env and objective. The columns are those `chosen`; without a choice
/// those of the reference, and without reference all there are.
///
/// # Errors
/// Where a chosen column is in neither.
pub fn compare(
    name: &str,
    cells: &Cells,
    reference: Reference,
    chosen: Option<&[Column]>,
) -> Result<Comparison> {
    let Reference {
        cells: reference,
        counted,
    } = reference;
    let columns = columns(cells, reference, chosen)?;
    let rows = settings(cells, reference)
        .into_iter()
        .map(|setting| {
            let pairs = columns.iter().map(|&column| Pair {
                ours: cells.get(setting).and_then(|row| row.get(&column)).cloned(),
                paper: reference
                    .iter()
                    .find(|(s, c, _)| (s, *c) == (setting, column))
                    .map(|(_, _, published)| *published),
            });
            (setting.clone(), pairs.collect())
        })
        .collect();
    let hidden = reference
        .iter()
        .filter(|(_, column, _)| !columns.contains(column))
        .count();
    Ok(Comparison {
        name: name.to_owned(),
        columns,
        rows,
        has_reference: !reference.is_empty(),
        counted,
        hidden,
    })
}

fn columns(
    cells: &Cells,
    reference: &[PublishedCell],
    chosen: Option<&[Column]>,
) -> Result<Vec<Column>> {
    let scored: BTreeSet<Column> = cells.values().flat_map(|row| row.keys()).copied().collect();
    let published = distinct(reference.iter().map(|(_, column, _)| *column));
    let Some(chosen) = chosen else {
        return Ok(if published.is_empty() {
            scored.into_iter().collect()
        } else {
            published
        });
    };
    for column in chosen {
        ensure!(
            scored.contains(column) || published.contains(column),
            "--columns: no score in column {column}; there are {}",
            listed(
                &scored
                    .union(&published.iter().copied().collect())
                    .copied()
                    .collect()
            )
        );
    }
    Ok(distinct(chosen.iter().copied()))
}

fn settings<'a>(cells: &'a Cells, reference: &'a [PublishedCell]) -> Vec<&'a Setting> {
    let published = reference.iter().map(|(setting, _, _)| setting);
    let mut others: Vec<_> = cells.keys().collect();
    others.sort_by_key(|setting| {
        (
            setting.classes,
            Reverse(setting.n_per_env),
            names::rank(&setting.objective),
            &setting.objective,
        )
    });
    distinct(published.chain(others))
}

/// The items in the order in which each first appears.
fn distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn listed(columns: &BTreeSet<Column>) -> String {
    let columns: Vec<_> = columns.iter().map(Column::to_string).collect();
    columns.join(", ")
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::cells::collect;
    use crate::cells::tests::row;
    use crate::reference::Origin;

    /// `cells` as a table's own.
    pub fn counted(cells: &[PublishedCell]) -> Reference<'_> {
        Reference {
            cells,
            counted: true,
        }
    }

    pub fn published(
        objective: &str,
        column: &str,
        mean: f64,
        std: f64,
        origin: Origin,
    ) -> (Setting, Column, Published) {
        let setting = Setting {
            objective: objective.into(),
            classes: 2,
            n_per_env: 100,
        };
        let published = Published { mean, std, origin };
        (setting, column.parse().unwrap(), published)
    }

    /// Two columns; erm with two seeds, of which one strays from the paper in 0.9; irmv1 with one
    /// seed and beside the author's page; v-rex not run; a fourth the paper does not know.
    pub fn small() -> Comparison {
        let rows = [
            row("erm", 0, "0.1", 0.88),
            row("erm", 1, "0.1", 0.90),
            row("erm", 0, "0.9", 0.10),
            row("erm", 1, "0.9", 0.20),
            row("irmv1", 0, "0.1", 0.71),
            row("my_own", 0, "0.1", 0.5),
            row("my_own", 1, "0.1", 0.5),
            row("my_own", 0, "0.9", 0.6),
            row("my_own", 1, "0.9", 0.6),
        ];
        let reference = vec![
            published("erm", "0.1", 88.6, 0.3, Origin::Paper),
            published("erm", "0.9", 40.0, 0.8, Origin::Paper),
            published("irmv1", "0.1", 70.8, 1.5, Origin::AuthorPage),
            published("irmv1", "0.9", 66.1, 4.9, Origin::AuthorPage),
            published("v-rex", "0.1", 71.5, 0.8, Origin::Paper),
        ];
        let (cells, _) = collect("t", &rows).unwrap();
        compare("t", &cells, counted(&reference), None).unwrap()
    }

    fn objectives(comparison: &Comparison) -> Vec<&str> {
        let settings = comparison.rows.iter().map(|(setting, _)| setting);
        settings.map(|setting| &*setting.objective).collect()
    }

    fn written(columns: &[Column]) -> Vec<String> {
        columns.iter().map(Column::to_string).collect()
    }

    #[test]
    fn the_references_order_then_ours() {
        let rows = ["z", "a", "meta-irm", "erm"].map(|name| row(name, 0, "0.3", 0.5));
        let mut smaller = row("erm", 0, "0.3", 0.5);
        smaller.n_per_env = Some(50);
        let (cells, _) = collect("t", &[&rows[..], &[smaller]].concat()).unwrap();
        let reference = vec![
            published("meta-irm", "train", 70.0, 1.0, Origin::Paper),
            published("v-rex", "0.9", 70.0, 1.0, Origin::Paper),
            published("meta-irm", "0.2", 70.0, 1.0, Origin::Paper),
        ];
        let comparison = compare("t", &cells, counted(&reference), None).unwrap();
        assert_eq!(
            objectives(&comparison),
            ["meta-irm", "v-rex", "erm", "a", "z", "erm"]
        );
        assert_eq!(comparison.rows[5].0.n_per_env, 50);
        assert_eq!(written(&comparison.columns), ["train", "0.9", "0.2"]);
    }

    #[test]
    fn columns_are_the_choice_or_all_there_are() {
        let rows = ["0.9", "0.1", "train"].map(|column| row("erm", 0, column, 0.5));
        let (cells, _) = collect("t", &rows).unwrap();
        let all = compare("t", &cells, counted(&[]), None).unwrap();
        assert_eq!(written(&all.columns), ["train", "0.1", "0.9"]);

        let chosen = [Column::Test(0.9), Column::Train, Column::Test(0.9)];
        let reference = vec![published("erm", "0.1", 70.0, 1.0, Origin::Paper)];
        let some = compare("t", &cells, counted(&reference), Some(&chosen)).unwrap();
        assert_eq!(written(&some.columns), ["0.9", "train"]);
        assert_eq!(some.hidden, 1);

        let error = compare("t", &cells, counted(&reference), Some(&[Column::Test(0.4)]));
        assert_eq!(
            error.err().unwrap().to_string(),
            "--columns: no score in column 0.4; there are train, 0.1, 0.9"
        );
    }
}
