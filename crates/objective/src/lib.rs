//! What is minimised. An objective is a base loss plus a weighted penalty, both functions of the
//! training environments' logits; this crate gives its value and its exact gradient.
//!
//! Most objectives are a function of the logits alone ([`LogitObjective`]): one short file each,
//! listed in [`LOGIT_OBJECTIVES`]. meta-IRM also takes gradient steps on the way and has a module of
//! its own.

mod erm;
mod irmv1;
mod logits;
mod meta_irm;
mod rex;
mod schedule;

pub use logits::{LOGIT_OBJECTIVES, LogitObjective, Loss, Scored};
pub use meta_irm::MetaIrm;
pub use schedule::Schedule;

use anyhow::Result;
use network::{Engine, Parameters};

/// An objective with its settings.
#[derive(Clone, Debug)]
pub enum Objective {
    /// A function of the logits.
    OfLogits(&'static LogitObjective),
    /// Meta-learned invariant risk minimisation.
    MetaIrm(MetaIrm),
}

/// An objective's value and gradient at one point.
#[derive(Debug)]
pub struct Evaluation {
    /// The loss without the penalty, in nats.
    pub base: f64,
    /// The penalty before it is weighted: in nats for MM-REx and meta-IRM, in their square for IRMv1 and V-REx; 0
    /// where the objective has none.
    pub penalty: f64,
    /// Gradient of base + weight·penalty.
    pub gradient: Parameters,
    /// Each environment's risk in nats at the point itself.
    pub risks: Vec<f64>,
    /// Each environment's accuracy at the point itself, 0 to 1.
    pub accuracies: Vec<f64>,
}

impl Objective {
    /// The name under which results are filed: the objective's, or its ablation's.
    pub fn name(&self) -> String {
        match self {
            Self::OfLogits(objective) => objective.name.to_owned(),
            Self::MetaIrm(settings) => settings.name(),
        }
    }

    /// base + `weight`·penalty at `theta` and its gradient, over all environments of `engine`.
    ///
    /// # Errors
    /// What the engine reports.
    pub fn evaluate<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        weight: f64,
    ) -> Result<Evaluation> {
        match self {
            Self::OfLogits(objective) => logits::evaluate(objective, engine, theta, weight),
            Self::MetaIrm(settings) => settings.evaluate(engine, theta, weight),
        }
    }
}
