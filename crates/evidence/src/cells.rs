//! Score rows gathered into cells: one setting in one column, over all its seeds.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use environment::Split;
use score::Row;

use crate::column::Column;
use crate::setting::Setting;
use crate::statistics::{mean, sample_std};

/// The accuracies of one setting in one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// In per cent, one per seed, in the order of the seeds.
    pub accuracies: Vec<f64>,
    /// The seeds, in the same order.
    pub seeds: Vec<u64>,
    /// The precisions of their rows, without empty ones.
    pub precisions: BTreeSet<String>,
}

impl Cell {
    /// Number of seeds, at least one.
    pub fn n(&self) -> usize {
        self.accuracies.len()
    }

    /// Mean over the seeds, in per cent.
    pub fn mean(&self) -> f64 {
        mean(&self.accuracies)
    }

    /// Sample standard deviation over the seeds, in points; `None` where there is one seed.
    pub fn std(&self) -> Option<f64> {
        sample_std(&self.accuracies)
    }

    /// The accuracies by seed, in per cent.
    pub fn by_seed(&self) -> BTreeMap<u64, f64> {
        let accuracies = self.accuracies.iter().copied();
        self.seeds.iter().copied().zip(accuracies).collect()
    }
}

/// All cells of an experiment.
pub type Cells = BTreeMap<Setting, BTreeMap<Column, Cell>>;

/// Gathers the rows of `experiment`. The order of `rows` does not matter.
///
/// Also counts the rows that fit no column: those that say no split, or no p_e on the test split.
///
/// # Errors
/// Where a row does not say what it belongs to, two rows claim the same place, or the seeds of a
/// cell were scored on different numbers of training environments.
pub fn gather<'a>(
    experiment: &str,
    rows: impl IntoIterator<Item = &'a Row>,
) -> Result<(Cells, usize)> {
    // Within a seed, by environment: one for a test column, all training environments for `train`.
    type Place<'a> = (Option<&'a str>, Option<u64>);
    let mut found: BTreeMap<_, BTreeMap<u64, BTreeMap<Place, &Row>>> = BTreeMap::new();
    let mut left_out = 0;
    for row in rows {
        if row.experiment.as_deref() != Some(experiment) {
            continue;
        }
        let (column, place) = match (row.split, row.p_e) {
            (Some(Split::Train), p_e) => (
                Column::Train,
                (
                    Some(row.environment.as_str()),
                    p_e.map(|p_e| score::decimal(p_e).to_bits()),
                ),
            ),
            (Some(Split::Test), Some(p_e)) => (Column::Test(p_e), (None, None)),
            (Some(Split::Test), None) | (None, _) => {
                left_out += 1;
                continue;
            }
        };
        let (setting, seed) = identity(row)?;
        let of_seed = found.entry((setting, column)).or_default();
        match of_seed.entry(seed).or_default().entry(place) {
            Entry::Vacant(entry) => entry.insert(row),
            Entry::Occupied(entry) => bail!(
                "two scores of {} with seed {seed} in column {column}, of the checkpoints {} and {}; \
                 name the scores of one of them only",
                identity(row)?.0,
                entry.get().checkpoint,
                row.checkpoint
            ),
        };
    }
    let mut cells = Cells::new();
    for ((setting, column), seeds) in found {
        same_environments(&setting, &seeds)?;
        let mut cell = Cell::default();
        for (seed, rows) in seeds {
            cell.seeds.push(seed);
            let per_environment: Vec<f64> = rows.values().map(|row| 100.0 * row.accuracy).collect();
            cell.accuracies.push(mean(&per_environment));
            let precisions = rows.into_values().map(|row| &row.precision);
            cell.precisions.extend(
                precisions
                    .filter(|precision| !precision.is_empty())
                    .cloned(),
            );
        }
        cells.entry(setting).or_default().insert(column, cell);
    }
    Ok((cells, left_out))
}

/// The setting and the seed that `row` names.
fn identity(row: &Row) -> Result<(Setting, u64)> {
    let missing = |field| {
        format!(
            "the score of checkpoint {} on {} has no {field}",
            row.checkpoint, row.environment
        )
    };
    let setting = Setting {
        objective: row
            .objective
            .clone()
            .with_context(|| missing("objective"))?,
        classes: row.classes.with_context(|| missing("classes"))?,
        n_per_env: row.n_per_env,
    };
    Ok((setting, row.seed.with_context(|| missing("seed"))?))
}

/// Means over different numbers of training environments are not comparable.
fn same_environments<P>(setting: &Setting, seeds: &BTreeMap<u64, BTreeMap<P, &Row>>) -> Result<()> {
    let mut counts = seeds.iter().map(|(seed, rows)| (seed, rows.len()));
    let Some((first, expected)) = counts.next() else {
        return Ok(());
    };
    for (seed, count) in counts {
        ensure!(
            count == expected,
            "{setting}: {expected} training environments are scored for seed {first}, \
             {count} for seed {seed}; score each seed on all of its training environments"
        );
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A row of the experiment `t` with two classes and 100 digits per environment.
    pub fn row(objective: &str, seed: u64, column: &str, accuracy: f64) -> Row {
        let (split, p_e) = match column.parse().unwrap() {
            Column::Train => (Split::Train, 0.2),
            Column::Test(p_e) => (Split::Test, p_e),
        };
        Row {
            experiment: Some("t".into()),
            objective: Some(objective.into()),
            classes: Some(2),
            n_per_env: Some(100),
            seed: Some(seed),
            split: Some(split),
            p_e: Some(p_e),
            count: 10,
            accuracy,
            precision: "f32".into(),
            checkpoint: format!("{objective}-{seed}"),
            environment: column.into(),
            ..Row::default()
        }
    }

    fn only_cell(rows: &[Row]) -> Cell {
        let (cells, left_out) = gather("t", rows).unwrap();
        assert_eq!(left_out, 0);
        assert_eq!(cells.len(), 1);
        let columns = cells.into_values().next().unwrap();
        assert_eq!(columns.len(), 1);
        columns.into_values().next().unwrap()
    }

    #[test]
    fn seeds_of_a_cell_are_gathered_and_other_experiments_left() {
        let mut other = row("erm", 0, "0.9", 0.0);
        other.experiment = Some("u".into());
        let mut foreign = row("erm", 0, "0.9", 0.0);
        foreign.experiment = None;
        let cell = only_cell(&[
            row("erm", 1, "0.9", 0.75),
            other,
            row("erm", 0, "0.9", 0.25),
            foreign,
        ]);
        assert_eq!(cell.accuracies, [25.0, 75.0]);
        assert_eq!(cell.by_seed(), BTreeMap::from([(0, 25.0), (1, 75.0)]));
        assert_eq!((cell.n(), cell.mean()), (2, 50.0));
        assert_eq!(cell.std(), Some(1250.0f64.sqrt()));
    }

    #[test]
    fn train_is_the_mean_over_environments_before_that_over_seeds() {
        let scored = |seed, environment: &str, accuracy| Row {
            environment: environment.into(),
            ..row("erm", seed, "train", accuracy)
        };
        let mut rows = vec![
            scored(0, "a", 0.5),
            scored(0, "b", 1.0),
            scored(1, "a", 0.25),
            scored(1, "b", 0.25),
        ];
        assert_eq!(only_cell(&rows).accuracies, [75.0, 25.0]);

        rows.pop();
        let error = gather("t", &rows).unwrap_err().to_string();
        assert!(error.contains("2 training environments are scored for seed 0, 1 for seed 1"));
        rows.push(scored(1, "a", 0.5));
        let error = gather("t", &rows).unwrap_err().to_string();
        assert!(error.contains("column train"), "{error}");
    }

    #[test]
    fn a_place_is_taken_once() {
        let twin = Row {
            checkpoint: "twin".into(),
            // Neither makes it another place.
            environment: "elsewhere".into(),
            precision: "bf16".into(),
            ..row("erm", 0, "0.9", 0.5)
        };
        let error = gather("t", &[row("erm", 0, "0.9", 0.5), twin]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "two scores of erm (classes 2, n_per_env 100) with seed 0 in column 0.9, of the \
             checkpoints erm-0 and twin; name the scores of one of them only"
        );
    }

    #[test]
    fn rows_without_a_column_are_counted_and_rows_without_a_seed_refused() {
        let mut no_split = row("erm", 0, "0.9", 0.5);
        no_split.split = None;
        let mut no_p_e = row("erm", 0, "0.9", 0.5);
        no_p_e.p_e = None;
        let (cells, left_out) = gather("t", &[no_split, no_p_e]).unwrap();
        assert_eq!((cells.len(), left_out), (0, 2));

        let mut no_seed = row("erm", 0, "0.9", 0.5);
        no_seed.seed = None;
        let error = gather("t", &[no_seed]).unwrap_err().to_string();
        assert_eq!(error, "the score of checkpoint erm-0 on 0.9 has no seed");
    }
}
