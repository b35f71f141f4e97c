//! The training loop.

use anyhow::{Result, ensure};
use network::{Engine, Parameters};
use objective::{Evaluation, Objective, Schedule};
use serde::{Deserialize, Serialize};

use crate::Adam;

/// How an objective is descended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Adam's step size.
    pub lr: f64,
    /// λ₂ of λ₂·Σ‖w‖² over all parameters, biases included; a part of the loss.
    pub l2: f64,
    /// Number of updates, each over all rows of all environments.
    pub steps: usize,
    /// The penalty's weight over the steps.
    pub penalty_weight: Schedule,
    /// Whether Adam starts anew where that weight changes.
    ///
    /// The gradient jumps there, and measured by the small ones before it the first updates are far too
    /// large. DomainBed (Gulrajani and Lopez-Paz 2021) does so for IRM and V-REx; their own code does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset_adam: bool,
}

/// One step, as seen before its update.
pub struct Step<'a> {
    /// Counted from 0.
    pub number: usize,
    /// The parameters before the update: those after `number` updates.
    pub theta: &'a Parameters,
    /// The objective at the parameters before the update.
    pub evaluation: &'a Evaluation,
    /// The penalty's weight w.
    pub weight: f64,
    /// (base + w·penalty + l2·Σ‖w‖²) / max(1, w): what is descended.
    pub loss: f64,
}

/// Descends `objective` from `theta` and returns the parameters after the last update.
///
/// Once the penalty's weight is above 1 the whole loss is divided by it, as in the published code of
/// IRM and V-REx, to keep the gradients in scale. `watch` sees every step.
///
/// # Errors
/// Where the loss, its gradient, or at the end a parameter, is not finite: the message names the step.
pub fn train<E: Engine>(
    engine: &E,
    objective: &Objective,
    settings: &Settings,
    mut theta: Parameters,
    mut watch: impl FnMut(&Step) -> Result<()>,
) -> Result<Parameters> {
    let mut adam = Adam::new(&theta, settings.lr)?;
    for number in 0..settings.steps {
        let weight = settings.penalty_weight.weight(number);
        let scale = 1.0 / weight.max(1.0);
        if settings.reset_adam && number == settings.penalty_weight.anneal {
            adam = Adam::new(&theta, settings.lr)?;
        }
        let evaluation = objective.evaluate(engine, &theta, weight)?;
        let decay = settings.l2 * theta.dot(&theta)?;
        let loss = (evaluation.base + weight * evaluation.penalty + decay) * scale;
        watch(&Step {
            number,
            theta: &theta,
            evaluation: &evaluation,
            weight,
            loss,
        })?;
        let to_blame = match number {
            0 if !decay.is_finite() => "--l2",
            0 => "weight of the penalty, or --inner-lr",
            _ => "--lr",
        };
        ensure!(
            loss.is_finite(),
            "step {number}: the loss is {loss} (base {}, penalty {} with weight {weight:e}, \
             l2 term {decay}), expected a finite number; try a smaller {to_blame}",
            evaluation.base,
            evaluation.penalty
        );
        let gradient = evaluation
            .gradient
            .add_scaled(2.0 * settings.l2, &theta)?
            .scaled(scale)?;
        // In f32, where the loss, in f64, may be finite still.
        ensure!(
            gradient.dot(&gradient)?.is_finite(),
            "step {number}: the gradient is not finite, though the loss is (base {}, penalty {} with weight {weight:e}, \
             l2 term {decay}); try a smaller weight of the penalty, or a smaller --l2, --inner-lr or --lr",
            evaluation.base,
            evaluation.penalty
        );
        theta = adam.update(&theta, &gradient)?;
    }
    ensure!(
        theta.dot(&theta)?.is_finite(),
        "step {}: the last update left a parameter that is not finite; try a smaller --lr",
        settings.steps.saturating_sub(1)
    );
    Ok(theta)
}
