//! Our cells laid beside the published ones: which rows and columns a table has.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use crate::cells::{Cell, Cells};
use crate::column::Column;
use crate::published::{Published, PublishedCell, Reference};
use crate::setting::Setting;
use crate::verdict::{Verdict, verdict};

/// A table before it is rendered.
pub struct Comparison {
    /// The experiment it shows.
    pub experiment: String,
    /// The columns, in the order in which they are shown.
    pub columns: Vec<Column>,
    /// Each with one pair per column.
    pub rows: Vec<(Setting, Vec<Pair>)>,
    /// Whether there was something to compare with.
    pub has_reference: bool,
    /// Whether the verdicts count, see [`Reference`].
    pub counted: bool,
    /// Published cells of this experiment that are in no column chosen.
    pub hidden: usize,
}

/// Our cell and the published one, each where there is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// What we measured.
    pub ours: Option<Cell>,
    /// What was published.
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
/// by classes, falling n_per_env (none comes last) and objective. The columns are those `chosen`; without a choice
/// those of the reference, and without reference all there are.
///
/// # Errors
/// Where a chosen column is in neither.
pub fn compare(
    experiment: &str,
    cells: &Cells,
    reference: Reference,
    chosen: Option<&[Column]>,
) -> Result<Comparison> {
    let Reference {
        cells: reference,
        counted,
    } = reference;
    let columns = columns(cells, reference, chosen)?;
    let published: BTreeMap<(&Setting, Column), Published> = reference
        .iter()
        .map(|(setting, column, published)| ((setting, *column), *published))
        .collect();
    let rows = settings(cells, reference)
        .into_iter()
        .map(|setting| {
            let pairs = columns.iter().map(|&column| Pair {
                ours: cells.get(setting).and_then(|row| row.get(&column)).cloned(),
                paper: published.get(&(setting, column)).copied(),
            });
            (setting.clone(), pairs.collect())
        })
        .collect();
    let hidden = reference
        .iter()
        .filter(|(_, column, _)| !columns.contains(column))
        .count();
    Ok(Comparison {
        experiment: experiment.to_owned(),
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
            objective::rank(&setting.objective),
            &setting.objective,
        )
    });
    distinct(published.chain(others))
}

/// The items in the order in which each first appears.
fn distinct<T: Ord + Copy>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(*item))
        .collect()
}

fn listed(columns: &BTreeSet<Column>) -> String {
    let columns: Vec<_> = columns.iter().map(Column::to_string).collect();
    columns.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::gather;
    use crate::cells::tests::row;
    use crate::published::Origin;

    /// `cells` as an experiment's own.
    fn counted(cells: &[PublishedCell]) -> Reference<'_> {
        Reference {
            cells,
            counted: true,
        }
    }

    fn published(
        objective: &str,
        column: &str,
        mean: f64,
        std: f64,
        origin: Origin,
    ) -> (Setting, Column, Published) {
        let setting = Setting {
            objective: objective.into(),
            classes: 2,
            n_per_env: Some(100),
        };
        let published = Published { mean, std, origin };
        (setting, column.parse().unwrap(), published)
    }

    fn names(comparison: &Comparison) -> Vec<&str> {
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
        let (cells, _) = gather("t", &[&rows[..], &[smaller]].concat()).unwrap();
        let reference = vec![
            published("meta-irm", "train", 70.0, 1.0, Origin::Paper),
            published("v-rex", "0.9", 70.0, 1.0, Origin::Paper),
            published("meta-irm", "0.2", 70.0, 1.0, Origin::Paper),
        ];
        let comparison = compare("t", &cells, counted(&reference), None).unwrap();
        assert_eq!(
            names(&comparison),
            ["meta-irm", "v-rex", "erm", "a", "z", "erm"]
        );
        assert_eq!(comparison.rows[5].0.n_per_env, Some(50));
        assert_eq!(written(&comparison.columns), ["train", "0.9", "0.2"]);
    }

    #[test]
    fn columns_are_the_choice_or_all_there_are() {
        let rows = ["0.9", "0.1", "train"].map(|column| row("erm", 0, column, 0.5));
        let (cells, _) = gather("t", &rows).unwrap();
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
