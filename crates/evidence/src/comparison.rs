//! Our cells laid beside the published ones: which rows and columns a table has.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use crate::cells::{Cell, Cells, the_same};
use crate::column::Column;
use crate::published::{Published, PublishedCell, Reference};
use crate::row_key::RowKey;
use crate::verdict::{Verdict, verdict};

/// A table before it is rendered.
pub struct Comparison {
    /// The experiment it shows.
    pub experiment: String,
    /// The columns, in the order in which they are shown.
    pub columns: Vec<Column>,
    /// Each with one pair per column.
    pub rows: Vec<(RowKey, Vec<Pair>)>,
    /// Whether there was something to compare with.
    pub has_reference: bool,
    /// The experiment whose published numbers it shows, where it is another one, see [`Reference`].
    pub variant_of: Option<String>,
    /// Published cells of this experiment that are in no column chosen.
    pub hidden: usize,
}

impl Comparison {
    /// Whether the verdicts count.
    pub fn counted(&self) -> bool {
        self.variant_of.is_none()
    }

    /// The label noise in the column number `place`, where all its scores say the same.
    pub fn label_noise(&self, place: usize) -> Option<f64> {
        let pairs = self.rows.iter().filter_map(|(_, pairs)| pairs.get(place));
        let cells = pairs.filter_map(|pair| pair.ours.as_ref());
        the_same(cells.map(|cell| cell.label_noise))
    }
}

/// Our cell and the published one, each where there is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// What we measured.
    pub ours: Option<Cell>,
    /// What was published.
    pub paper: Option<Published>,
    /// The published number is another experiment's: it stands there for information.
    pub for_information: bool,
}

impl Pair {
    /// The verdict, where there are two numbers to compare, of one experiment.
    pub fn verdict(&self) -> Option<Verdict> {
        if self.for_information {
            return None;
        }
        Some(verdict(self.ours.as_ref()?, self.paper.as_ref()?))
    }
}

/// Lays `cells` beside `reference`.
///
/// The reference's rows come first, in its order, whether they have scores or not (but where the reference does not count,
/// see [`Reference`], only those with scores); then all others,
/// by classes, falling n_per_env (none comes last), objective and name. The columns are those `chosen`; without a choice
/// those of the reference and the environments with names, and without reference all there are.
///
/// A published number stands beside the row of its objective, number of classes and n_per_env. Of several such rows it is
/// the one that the reference names, or else the one that is named as its objective, or has no name.
///
/// # Errors
/// Where a chosen column is in neither, or a published number has more than one row to stand beside.
pub fn compare(
    experiment: &str,
    cells: &Cells,
    reference: Reference,
    chosen: Option<&[Column]>,
) -> Result<Comparison> {
    let Reference {
        cells: reference,
        variant_of,
    } = reference;
    let counted = variant_of.is_none();
    let columns = columns(cells, reference, chosen)?;
    let mut keys = Vec::new();
    let mut published = BTreeMap::new();
    for (key, column, number) in reference {
        let key = beside(cells, key)?.unwrap_or(key);
        keys.push(key);
        published.insert((key, column), *number);
    }
    let rows = distinct(keys.into_iter().chain(cells.keys()))
        .into_iter()
        .map(|key| {
            let pairs = columns.iter().map(|column| Pair {
                ours: cells.rows.get(key).and_then(|row| row.get(column)).cloned(),
                paper: published.get(&(key, column)).copied(),
                for_information: !counted,
            });
            (key.clone(), pairs.collect())
        })
        // Numbers of another experiment have nothing to inform of where there are none of ours.
        .filter(|(_, pairs): &(RowKey, Vec<Pair>)| {
            counted || pairs.iter().any(|pair| pair.ours.is_some())
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
        variant_of: variant_of.map(str::to_owned),
        hidden,
    })
}

fn columns(
    cells: &Cells,
    reference: &[PublishedCell],
    chosen: Option<&[Column]>,
) -> Result<Vec<Column>> {
    let published = distinct(reference.iter().map(|(_, column, _)| column));
    let Some(chosen) = chosen else {
        let scored = cells.columns.iter();
        let shown = scored.filter(|column| published.is_empty() || column.is_named());
        let columns = published.iter().copied().chain(shown);
        return Ok(distinct(columns).into_iter().cloned().collect());
    };
    for column in chosen {
        ensure!(
            cells.columns.contains(column) || published.contains(&column),
            "--columns: no score in column {column}; there are {}",
            listed(cells, &published)
        );
    }
    Ok(distinct(chosen).into_iter().cloned().collect())
}

/// The row of `cells` beside which the numbers published for `key` stand; `None` where it has no scores.
fn beside<'a>(cells: &'a Cells, key: &RowKey) -> Result<Option<&'a RowKey>> {
    let candidates = cells.rows.keys().filter(|row| row.is_of_one_kind_with(key));
    let candidates: Vec<&RowKey> = candidates.collect();
    let named = |name: &str| candidates.iter().find(|row| row.name == name).copied();
    if !key.name.is_empty() {
        return Ok(named(&key.name));
    }
    if let [only] = candidates[..] {
        return Ok(Some(only));
    }
    let own = named(&key.objective).or_else(|| named(""));
    ensure!(
        own.is_some() || candidates.is_empty(),
        "the numbers published for {key} may stand beside each of the rows {}; say beside which in a column row of the \
         reference",
        candidates
            .iter()
            .map(|row| &*row.name)
            .collect::<Vec<_>>()
            .join(", ")
    );
    Ok(own)
}

/// The items in the order in which each first appears.
fn distinct<T: Ord + Copy>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items
        .into_iter()
        .filter(|item| seen.insert(*item))
        .collect()
}

/// All columns that there are, in their order.
fn listed(cells: &Cells, published: &[&Column]) -> String {
    let (named, others): (Vec<_>, BTreeSet<_>) = {
        let all = cells.columns.iter().chain(published.iter().copied());
        let (named, others): (Vec<_>, Vec<_>) = all.partition(|column| column.is_named());
        (distinct(named), others.into_iter().collect())
    };
    let columns = others.into_iter().chain(named).map(Column::to_string);
    columns.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gathering::gather;
    use crate::gathering::tests::row;
    use crate::published::Origin;

    /// `cells` as an experiment's own.
    fn counted(cells: &[PublishedCell]) -> Reference<'_> {
        Reference {
            cells,
            variant_of: None,
        }
    }

    fn published(
        objective: &str,
        column: &str,
        mean: f64,
        std: f64,
        origin: Origin,
    ) -> PublishedCell {
        let key = RowKey {
            name: String::new(),
            objective: objective.into(),
            classes: 2,
            n_per_env: Some(100),
        };
        let published = Published { mean, std, origin };
        (key, column.parse().unwrap(), published)
    }

    fn names(comparison: &Comparison) -> Vec<&str> {
        let keys = comparison.rows.iter().map(|(key, _)| key);
        keys.map(|key| &*key.objective).collect()
    }

    fn written(columns: &[Column]) -> Vec<String> {
        columns.iter().map(Column::to_string).collect()
    }

    #[test]
    fn the_references_order_then_ours() {
        let rows = ["z", "a", "meta-irm", "erm"].map(|name| row(name, 0, "0.3", 0.5));
        let mut smaller = row("erm", 0, "0.3", 0.5);
        smaller.n_per_env = Some(50);
        let cells = gather("t", &[&rows[..], &[smaller]].concat()).unwrap();
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
        let cells = gather("t", &rows).unwrap();
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

    #[test]
    fn environments_with_names_are_shown_beside_a_reference() {
        let mut rows = ["0.9", "0.1", "train"]
            .map(|column| row("erm", 0, column, 0.5))
            .to_vec();
        for name in ["fresh", "a"] {
            rows.push(score::Row {
                environment_name: Some(name.into()),
                ..row("erm", 0, "0.9", 0.5)
            });
        }
        let cells = gather("t", &rows).unwrap();
        let reference = vec![published("erm", "0.1", 70.0, 1.0, Origin::Paper)];
        let comparison = compare("t", &cells, counted(&reference), None).unwrap();
        assert_eq!(written(&comparison.columns), ["0.1", "fresh 0.9", "a 0.9"]);
        let chosen = ["b".parse().unwrap()];
        let error = compare("t", &cells, counted(&reference), Some(&chosen));
        assert_eq!(
            error.err().unwrap().to_string(),
            "--columns: no score in column b; there are train, 0.1, 0.9, fresh 0.9, a 0.9"
        );
    }

    #[test]
    fn a_published_number_stands_beside_one_row() {
        let named = |name: &str, accuracy| score::Row {
            row: Some(name.into()),
            ..row("erm", 0, "0.9", accuracy)
        };
        let beside = |names: &[&str], reference: PublishedCell| {
            let rows: Vec<_> = names.iter().map(|name| named(name, 0.5)).collect();
            let cells = gather("t", &rows).unwrap();
            let comparison = compare("t", &cells, counted(&[reference]), None)?;
            let with_paper = comparison.rows.iter();
            let with_paper = with_paper.filter(|(_, pairs)| pairs[0].paper.is_some());
            let found: Vec<_> = with_paper
                .map(|(key, pairs)| (key.name.clone(), pairs[0].ours.is_some()))
                .collect();
            anyhow::Ok((comparison.rows.len(), found))
        };
        let paper = || published("erm", "0.9", 70.0, 1.0, Origin::Paper);
        let of = |name: &str, ours| vec![(name.to_owned(), ours)];
        assert_eq!(beside(&["wide"], paper()).unwrap(), (1, of("wide", true)));
        assert_eq!(
            beside(&["deep", "erm", "wide"], paper()).unwrap(),
            (3, of("erm", true))
        );
        let error = beside(&["deep", "wide"], paper()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the numbers published for erm (classes 2, n_per_env 100) may stand beside each of the rows deep, wide; say \
             beside which in a column row of the reference"
        );
        let mut deep = paper();
        deep.0.name = "deep".into();
        assert_eq!(
            beside(&["deep", "wide"], deep.clone()).unwrap(),
            (2, of("deep", true))
        );
        assert_eq!(beside(&["wide"], deep).unwrap(), (2, of("deep", false)));
        assert_eq!(beside(&[], paper()).unwrap(), (1, of("", false)));
    }

    #[test]
    fn a_column_has_the_label_noise_that_all_its_cells_have() {
        let noisy = |objective: &str, column: &str, label_noise| score::Row {
            label_noise,
            ..row(objective, 0, column, 0.5)
        };
        let cells = gather(
            "t",
            &[
                noisy("erm", "0.1", Some(0.25)),
                noisy("irmv1", "0.1", Some(0.25)),
                noisy("erm", "0.2", Some(0.25)),
                noisy("irmv1", "0.2", Some(0.1)),
                noisy("erm", "0.9", None),
            ],
        )
        .unwrap();
        let comparison = compare("t", &cells, counted(&[]), None).unwrap();
        let noises: Vec<_> = (0..3).map(|place| comparison.label_noise(place)).collect();
        assert_eq!(noises, [Some(0.25), None, None]);
    }
}
