//! Objectives that are functions of the environments' logits alone.

use std::cell::OnceCell;

use anyhow::{Context, Result};
use candle_core::{Tensor, Var};
use network::{Engine, Parameters, Pass, Targets};

use crate::evaluation::{Evaluation, scalar};
use crate::setting::Settings;

/// One environment as such an objective sees it.
pub struct Scored<'a> {
    /// `[n, out]`; candle's autograd follows what is made of them.
    pub logits: &'a Tensor,
    /// The labels of the same rows.
    pub targets: &'a Targets,
    risk: OnceCell<Tensor>,
}

impl<'a> Scored<'a> {
    fn new(logits: &'a Tensor, targets: &'a Targets) -> Self {
        Self {
            logits,
            targets,
            risk: OnceCell::new(),
        }
    }

    /// The risk R^e, a scalar. It is computed once.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn risk(&self) -> Result<Tensor> {
        if let Some(risk) = self.risk.get() {
            return Ok(risk.clone());
        }
        let risk = self.targets.risk(self.logits)?;
        Ok(self.risk.get_or_init(|| risk).clone())
    }
}

/// What an objective makes of the logits: scalars in candle's autograd graph.
pub struct Loss {
    /// The part that is always there.
    pub base: Tensor,
    /// The part that the penalty weight multiplies, if the objective has one.
    pub penalty: Option<Tensor>,
}

/// The formula of an objective that is a function of the logits: of all environments and the objective's settings.
pub type LogitLoss = fn(&[Scored], &Settings) -> Result<Loss>;

/// Σ of scalars; there is at least one.
pub(crate) fn total(scalars: &[Tensor]) -> Result<Tensor> {
    Ok(Tensor::stack(scalars, 0)?.sum_all()?)
}

/// Mean of scalars; there is at least one.
pub(crate) fn mean(scalars: &[Tensor]) -> Result<Tensor> {
    Ok(Tensor::stack(scalars, 0)?.mean_all()?)
}

/// Each environment's risk.
pub(crate) fn risks(environments: &[Scored]) -> Result<Vec<Tensor>> {
    environments.iter().map(Scored::risk).collect()
}

/// Value and gradient: autograd from the loss back to the logits, which are few, and the engine's
/// pullback from there to the parameters.
pub(crate) fn evaluate<E: Engine>(
    loss: LogitLoss,
    settings: &Settings,
    engine: &E,
    theta: &Parameters,
    weight: f64,
) -> Result<Evaluation> {
    let count = engine.environments();
    let passes = (0..count)
        .map(|e| engine.forward(theta, e))
        .collect::<Result<Vec<_>>>()?;
    let at_logits = value_and_cotangents(loss, settings, engine, &passes, weight)?;

    let mut gradient: Option<Parameters> = None;
    let mut accuracies = Vec::new();
    for (e, (pass, cotangent)) in passes.iter().zip(&at_logits.cotangents).enumerate() {
        let part = engine.pullback(theta, e, pass, cotangent)?;
        gradient = Some(match gradient {
            None => part,
            Some(sum) => sum.add_scaled(1.0, &part)?,
        });
        accuracies.push(engine.targets(e).accuracy(&pass.logits)?);
    }
    Ok(Evaluation {
        base: at_logits.base,
        penalty: at_logits.penalty,
        gradient: gradient.context("an objective needs at least one environment")?,
        risks: at_logits.risks,
        accuracies,
    })
}

/// What autograd says of an objective.
struct AtLogits {
    base: f64,
    penalty: f64,
    /// Each environment's.
    risks: Vec<f64>,
    /// ∂(base + weight·penalty)/∂logits of each environment.
    cotangents: Vec<Tensor>,
}

/// The loss's value and its derivative. Nothing that is returned holds on to autograd's graph, whose
/// tensors are many and each as large as the logits.
fn value_and_cotangents<E: Engine>(
    loss: LogitLoss,
    settings: &Settings,
    engine: &E,
    passes: &[Pass<E::Trace>],
    weight: f64,
) -> Result<AtLogits> {
    let variables = passes
        .iter()
        .map(|pass| Ok(Var::from_tensor(&pass.logits)?))
        .collect::<Result<Vec<_>>>()?;
    let scored: Vec<Scored> = variables
        .iter()
        .enumerate()
        .map(|(e, logits)| Scored::new(logits, engine.targets(e)))
        .collect();
    let Loss { base, penalty } = loss(&scored, settings)?;
    let whole = match &penalty {
        Some(penalty) => (&base + (penalty * weight)?)?,
        None => base.clone(),
    };
    let gradients = whole.backward()?;
    let cotangent = |(e, scored): (usize, &Scored)| {
        let found = gradients.get(scored.logits);
        let missing = || format!("the loss ignores environment {}", e + 1);
        Ok(found.with_context(missing)?.detach())
    };
    Ok(AtLogits {
        base: scalar(&base)?,
        penalty: penalty.as_ref().map_or(Ok(0.0), scalar)?,
        risks: scored
            .iter()
            .map(|scored| scalar(&scored.risk()?))
            .collect::<Result<_>>()?,
        cotangents: scored
            .iter()
            .enumerate()
            .map(cotangent)
            .collect::<Result<_>>()?,
    })
}
