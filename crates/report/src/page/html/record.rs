//! The record of what the runs took, the run.json of `make reproduce`.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use serde::Deserialize;

use crate::inputs::Input;

/// Times of one stage or row, in seconds.
#[derive(Deserialize)]
pub struct Took {
    /// From start to end, summed over the programs.
    pub wall_s: f64,
    /// Of all CPUs.
    pub cpu_s: f64,
    /// How many runs there were; only of a row.
    #[serde(default)]
    pub runs: usize,
}

/// The sums over all calls.
#[derive(Deserialize)]
pub struct Total {
    /// Seconds from start to end.
    pub wall_s: f64,
    /// Seconds of all CPUs.
    pub cpu_s: f64,
    /// Runs: one seed of one row each.
    pub runs: usize,
    /// The part of the CPU time that train did not use.
    pub share_not_training: f64,
}

/// One call of `make reproduce`.
#[derive(Deserialize)]
pub struct Call {
    /// What was typed.
    pub command: String,
    /// Of the repository; `None` outside of one.
    pub commit: Option<String>,
    /// The CPU's name.
    pub cpu: Option<String>,
    /// What the CPU can do.
    #[serde(default)]
    pub features: Vec<String>,
    /// Its cores.
    pub cores: Option<usize>,
    /// Of the training runs.
    #[serde(default)]
    pub precision: Vec<String>,
    /// Runs that were finished.
    pub runs: usize,
    /// Seconds from start to end.
    pub wall_s: f64,
    /// Seconds of all CPUs.
    pub cpu_s: f64,
    /// By program.
    pub stages: BTreeMap<String, Took>,
    /// Of training, by EXPERIMENT/ROW; older records do not have it.
    #[serde(default)]
    pub rows: BTreeMap<String, Took>,
}

/// All calls.
#[derive(Deserialize)]
pub struct Record {
    /// Their sums.
    pub total: Total,
    /// In the order in which they were made.
    #[serde(rename = "invocations")]
    pub calls: Vec<Call>,
}

impl Record {
    /// The record `file`.
    ///
    /// # Errors
    /// Names the file, and what is missing in it.
    pub fn parse(file: &Input) -> Result<Self> {
        serde_json::from_slice(&file.bytes).map_err(|e| {
            anyhow!(
                "{}: not a record as make reproduce writes it (run.json): {e}",
                file.name
            )
        })
    }

    /// Mean CPU seconds of the training of one seed of the row `run`, EXPERIMENT/ROW; `None` where the record does not say.
    pub fn cpu_seconds_of(&self, run: &str) -> Option<f64> {
        let took: Vec<&Took> = self
            .calls
            .iter()
            .filter_map(|call| call.rows.get(run))
            .collect();
        let runs: usize = took.iter().map(|took| took.runs).sum();
        (runs > 0).then(|| took.iter().map(|took| took.cpu_s).sum::<f64>() / runs as f64)
    }
}
