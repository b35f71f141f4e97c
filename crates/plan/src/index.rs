//! Where runs stand in their table: a look-up for each of many lines must not read all lines.

use std::collections::HashMap;

use crate::tables::Run;

/// The places of runs, by what they are asked for by.
#[derive(Default)]
pub struct Index {
    by_name: HashMap<String, usize>,
    /// The places of an experiment's runs, in order.
    by_experiment: HashMap<String, Vec<usize>>,
    /// In the order of their first rows.
    pub experiments: Vec<String>,
    /// The first run with the environments and the flags.
    trained_first: HashMap<(String, Vec<String>), usize>,
}

impl Index {
    /// Adds `run`, which stands at `place`.
    pub fn add(&mut self, place: usize, run: &Run) {
        self.by_name.insert(run.name(), place);
        let of_experiment = self
            .by_experiment
            .entry(run.experiment.clone())
            .or_default();
        if of_experiment.is_empty() {
            self.experiments.push(run.experiment.clone());
        }
        of_experiment.push(place);
        let key = (run.environments.clone(), run.flags.clone());
        self.trained_first.entry(key).or_insert(place);
    }

    /// The place of the run EXPERIMENT/ROW.
    pub fn run(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The places of the runs of `experiment`.
    pub fn rows(&self, experiment: &str) -> &[usize] {
        self.by_experiment
            .get(experiment)
            .map_or(&[], Vec::as_slice)
    }

    /// The place of the first run with the environments and the flags of `run`.
    pub fn trained_as(&self, run: &Run) -> Option<usize> {
        let key = (run.environments.clone(), run.flags.clone());
        self.trained_first.get(&key).copied()
    }
}
