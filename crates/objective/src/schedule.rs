//! The weight of the penalty over the course of a run.

use serde::{Deserialize, Serialize};

/// A penalty weight that changes once: as in the published code of IRM and V-REx, the network first
/// learns to predict at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Weight in the first `anneal` steps.
    pub before: f64,
    /// Number of steps with the weight `before`.
    pub anneal: usize,
    /// Weight in all later steps.
    pub after: f64,
}

impl Schedule {
    /// The weight in `step`, counted from 0.
    pub fn weight(&self, step: usize) -> f64 {
        if step < self.anneal {
            self.before
        } else {
            self.after
        }
    }
}
