//! Cells: one row of the table in one column, over all its seeds.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::column::Column;
use crate::row_key::RowKey;
use crate::statistics::{mean, sample_std};

/// The accuracies of one row of the table in one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// In per cent, one per seed, in the order of the seeds.
    pub accuracies: Vec<f64>,
    /// The seeds, in the same order.
    pub seeds: Vec<u64>,
    /// On how many rows each seed was scored, of all its environments together, in the same order.
    pub scored_on: Vec<usize>,
    /// The precisions of their rows, without empty ones.
    pub precisions: BTreeSet<String>,
    /// The probability that a label was moved; `None` where a score does not say it, or not all say the same.
    pub label_noise: Option<f64>,
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// The cells by row and column.
    pub rows: BTreeMap<RowKey, BTreeMap<Column, Cell>>,
    /// The columns in which there are scores: `train`, then by p_e, then the environments with names in the order in which
    /// each first appears in the scores.
    pub columns: Vec<Column>,
}

impl Cells {
    /// All seeds that some cell has.
    pub fn seeds(&self) -> BTreeSet<u64> {
        let cells = self.rows.values().flat_map(BTreeMap::values);
        cells.flat_map(|cell| cell.seeds.iter().copied()).collect()
    }

    /// The rows, by classes, falling n_per_env, objective and name.
    pub fn keys(&self) -> Vec<&RowKey> {
        let mut keys: Vec<&RowKey> = self.rows.keys().collect();
        keys.sort_by_key(|key| {
            (
                key.classes,
                Reverse(key.n_per_env),
                objective::rank(&key.objective),
                &key.objective,
                &key.name,
            )
        });
        keys
    }
}

/// The number of which all of `noises` are, where there is one.
pub(crate) fn the_same(noises: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let mut noises = noises.into_iter();
    let first = noises.next()??;
    noises.all(|noise| noise == Some(first)).then_some(first)
}
