//! The training loop: objective, L2 term, optimiser, one step after the other.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Not;

use anyhow::{Result, bail};
use network::{Engine, Parameters};
use objective::{Evaluation, Objective, Schedule};
use serde::{Deserialize, Serialize};

use crate::minibatches::{AllRows, Rows};
use crate::optimizer::{Optimizer, OptimizerSettings};
use crate::state::State;

/// How an objective is descended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    /// The optimiser's step size.
    pub lr: f64,
    /// The optimiser.
    #[serde(default, skip_serializing_if = "OptimizerSettings::is_adam")]
    pub optimizer: OptimizerSettings,
    /// Another step size from some step on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lr_change: Option<LrChange>,
    /// λ₂ of λ₂·Σ‖w‖² over all parameters, biases included; a part of the loss.
    pub l2: f64,
    /// Number of updates.
    pub steps: usize,
    /// Rows of each environment in an update; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<NonZeroUsize>,
    /// The penalty's weight over the steps.
    pub penalty_weight: Schedule,
    /// Whether the optimiser starts anew where that weight changes. Files call it by the optimiser that was the only one.
    ///
    /// The gradient jumps there, and measured by the small ones before it Adam's first updates are far too
    /// large. DomainBed (Gulrajani and Lopez-Paz 2021) does so for IRM and V-REx; their own code does not.
    #[serde(rename = "reset_adam", default, skip_serializing_if = "Not::not")]
    pub reset_optimizer: bool,
    /// Whether the loss is left as it is where the penalty's weight is above 1, and not divided by that weight.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub no_rescale: bool,
}

/// Another step size from some step on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LrChange {
    /// The first step that has it, counted from 0.
    pub step: usize,
    /// The step size.
    pub lr: f64,
}

impl RunSettings {
    /// The step size in `step`, counted from 0.
    fn lr(&self, step: usize) -> f64 {
        match self.lr_change {
            Some(change) if step >= change.step => change.lr,
            _ => self.lr,
        }
    }

    /// What the whole loss is multiplied by where the penalty has the weight `weight`: above 1 it is divided by that weight, as
    /// in the published code of IRM and V-REx, to keep the gradients in scale.
    fn scale(&self, weight: f64) -> f64 {
        match self.no_rescale {
            true => 1.0,
            false => 1.0 / weight.max(1.0),
        }
    }
}

/// One step, as seen before its update.
pub struct Step<'a> {
    /// Counted from 0.
    pub number: usize,
    /// The parameters before the update: those after `number` updates.
    pub theta: &'a Parameters,
    /// The optimiser before the update.
    pub optimizer: &'a Optimizer,
    /// The objective at the parameters before the update.
    pub evaluation: &'a Evaluation,
    /// The penalty's weight w.
    pub weight: f64,
    /// What is descended: (base + w·penalty + l2·Σ‖w‖²) / max(1, w), or without the division where
    /// [`RunSettings::no_rescale`] says so.
    pub loss: f64,
}

/// The error of a run that diverged: a loss, a gradient or parameters that are not finite. Its text is the message.
#[derive(Debug)]
pub struct Diverged(String);

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Diverged {}

/// What is descended, at one point.
struct LossAndGradient {
    /// See [`Step::loss`].
    loss: f64,
    /// l2·Σ‖w‖².
    decay: f64,
    /// Of the loss.
    gradient: Parameters,
    /// ‖gradient‖².
    gradient_square: f64,
}

impl LossAndGradient {
    fn new(
        evaluation: &Evaluation,
        theta: &Parameters,
        weight: f64,
        settings: &RunSettings,
    ) -> Result<Self> {
        let (scale, l2) = (settings.scale(weight), settings.l2);
        let with_decay = evaluation.gradient.add_scaled(2.0 * l2, theta)?;
        let gradient = with_decay.scaled(scale)?;
        let [theta_square, gradient_square] =
            Parameters::dots([(theta, theta), (&gradient, &gradient)])?;
        let decay = l2 * theta_square;
        Ok(Self {
            loss: (evaluation.base + weight * evaluation.penalty + decay) * scale,
            decay,
            gradient,
            gradient_square,
        })
    }
}

/// Descends `objective` from `theta`, over all rows of `engine` in each update, and returns the parameters after the last.
///
/// `watch` sees every step.
///
/// # Errors
/// [`Diverged`] where the loss, or the sum of squares of its gradient or at the end of the parameters, is not finite: the
/// message names the step. Else what the engine and `watch` report.
///
/// ```
/// use candle_core::{DType, Device};
/// use environment::{Environment, Inputs, Stream};
/// use network::{Parameters, CandleEngine, Shape};
/// use objective::Objective;
/// use training::{Log, RunSettings};
///
/// // Three images of 1 x 1 x 2 pixels; the first pixel is the label.
/// let images = Inputs::Images(vec![0, 9, 255, 200, 255, 3]);
/// let environment = Environment::new("made", &[3, 1, 1, 2], images, vec![0, 1, 1], 2);
/// let objective = Objective::from_name("erm")?;
/// let settings = RunSettings {
///     lr: 0.1,
///     steps: 20,
///     penalty_weight: objective.schedule(),
///     ..RunSettings::default()
/// };
/// let engine = CandleEngine::new(&[environment], 2, DType::F32, &Device::Cpu)?;
/// let rng = &mut environment::rng(0, Stream::InitialWeights);
/// let theta = Parameters::xavier_uniform(&Shape::new(2, 8, 1, 2)?, rng, &Device::Cpu)?;
/// let mut losses = Vec::new();
/// let mut log = Log::new(10, settings.steps, Vec::new());
/// training::train(&engine, &objective, &settings, theta, |step| {
///     losses.push(step.loss);
///     log.note(step);
///     Ok(())
/// })?;
/// assert!(losses[19] < 0.2 * losses[0]);
/// // A header, and the steps 0, 10 and 19 of the one environment.
/// let log = String::from_utf8(log.finish()?)?;
/// assert_eq!(log.lines().count(), 4);
/// # anyhow::Ok(())
/// ```
pub fn train<E: Engine>(
    engine: &E,
    objective: &Objective,
    settings: &RunSettings,
    theta: Parameters,
    watch: impl FnMut(&Step) -> Result<()>,
) -> Result<Parameters> {
    let begin = State::new(theta, settings.optimizer)?;
    Ok(resume(AllRows(engine), objective, settings, begin, watch)?.theta)
}

/// As [`train`], over the `rows` of each update, from the `begin` of a run that was stopped: the end is the same, bit by bit,
/// as of a run that was not.
///
/// # Errors
/// As there.
pub fn resume(
    mut rows: impl Rows,
    objective: &Objective,
    settings: &RunSettings,
    begin: State,
    mut watch: impl FnMut(&Step) -> Result<()>,
) -> Result<State> {
    let State {
        updates,
        mut theta,
        mut optimizer,
    } = begin;
    for number in updates..settings.steps {
        let weight = settings.penalty_weight.weight(number);
        if settings.reset_optimizer && number == settings.penalty_weight.anneal {
            optimizer = Optimizer::new(settings.optimizer, &theta)?;
        }
        let evaluation =
            objective.evaluate_update(number, rows.of_update(number)?, &theta, weight)?;
        let LossAndGradient {
            loss,
            decay,
            gradient,
            gradient_square,
        } = LossAndGradient::new(&evaluation, &theta, weight, settings)?;
        watch(&Step {
            number,
            theta: &theta,
            optimizer: &optimizer,
            evaluation: &evaluation,
            weight,
            loss,
        })?;
        let to_blame = match number {
            0 if !decay.is_finite() => "l2",
            0 => "weight of the penalty, or inner-lr",
            _ => "lr",
        };
        if !loss.is_finite() {
            bail!(Diverged(format!(
                "step {number}: the loss is {loss} (base {}, penalty {} with weight {weight:e}, \
                 l2 term {decay}), expected a finite number; try a smaller {to_blame}",
                evaluation.base, evaluation.penalty
            )));
        }
        // In f32, where the loss, in f64, may be finite still.
        if !gradient_square.is_finite() {
            bail!(Diverged(format!(
                "step {number}: the gradient is not finite, though the loss is (base {}, penalty {} with weight \
                 {weight:e}, l2 term {decay}); try a smaller weight of the penalty, or a smaller l2, inner-lr or lr",
                evaluation.base, evaluation.penalty
            )));
        }
        theta = optimizer.update(&theta, &gradient, settings.lr(number))?;
    }
    if !theta.dot(&theta)?.is_finite() {
        bail!(Diverged(format!(
            "step {}: after the last update the sum of the parameters' squares is not finite; try a smaller lr",
            settings.steps.saturating_sub(1)
        )));
    }
    Ok(State {
        updates: settings.steps.max(updates),
        theta,
        optimizer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use environment::{Environment, Inputs, Stream};
    use network::{CandleEngine, Shape};
    use objective::{Form, OBJECTIVES};

    /// Ten rows of four pixels; no two environments are alike.
    fn environment(number: usize) -> Environment {
        let images = (0..40).map(|i| (i * (7 + number) % 256) as u8).collect();
        let labels = (0..10).map(|i| u32::from(i % (2 + number) == 0)).collect();
        Environment::new("made", &[10, 1, 2, 2], Inputs::Images(images), labels, 2)
    }

    /// Central differences with h = 1e-5 err by about h² + 1e-16/h ≈ 1e-10 times the weight of 50.
    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let device = &Device::Cpu;
        let engine =
            CandleEngine::new(&[environment(1), environment(2)], 2, DType::F64, device).unwrap();
        let shape = Shape::new(4, 3, 2, 2).unwrap();
        let parameters = |seed| {
            let rng = &mut environment::rng(seed, Stream::InitialWeights);
            let drawn = Parameters::xavier_uniform(&shape, rng, device).unwrap();
            drawn.to_dtype(DType::F64).unwrap()
        };
        let (theta, direction) = (parameters(1), parameters(2));
        let at_theta = OBJECTIVES
            .iter()
            .filter(|definition| !matches!(definition.form, Form::MetaIrm));
        for objective in at_theta.map(Objective::from) {
            for (weight, l2, no_rescale) in [
                (0.25, 0.0, false),
                (0.25, 0.3, false),
                (50.0, 20.0, false),
                (50.0, 20.0, true),
            ] {
                let settings = RunSettings {
                    l2,
                    no_rescale,
                    ..RunSettings::default()
                };
                let at = |by: f64| {
                    let theta = theta.add_scaled(by, &direction).unwrap();
                    let evaluation = objective.evaluate(&engine, &theta, weight).unwrap();
                    LossAndGradient::new(&evaluation, &theta, weight, &settings).unwrap()
                };
                let expected = (at(1e-5).loss - at(-1e-5).loss) / 2e-5;
                let found = at(0.0).gradient.dot(&direction).unwrap();
                assert!(
                    (found - expected).abs() < 1e-7 && expected.abs() > 1e-3,
                    "{}, weight {weight}, l2 {l2}: {found}, expected {expected}",
                    objective.name()
                );
            }
        }
    }
}
