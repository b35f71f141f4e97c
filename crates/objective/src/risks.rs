//! Objectives that are functions of the environments' risks alone.

use anyhow::{Context, Result};
use candle_core::{Device, Tensor};
use network::{Engine, Parameters, scalars};

use crate::evaluation::Evaluation;
use crate::loss::{Loss, missing, on_host, risks_and_accuracies};
use crate::setting::Settings;

/// The formula of an objective that is a function of the risks alone: of each environment's risk R^e, a scalar that candle's
/// autograd follows, and of the objective's settings.
pub type RiskLoss = fn(&[Tensor], &Settings) -> Result<Loss>;

/// Value and gradient Σ_e ∂(base + `weight`·penalty)/∂R^e · ∇R^e(`theta`). So an engine may go forward and back
/// block by block, and need not keep what it computes on the way to the logits.
pub(crate) fn evaluate<E: Engine>(
    loss: RiskLoss,
    settings: &Settings,
    engine: &E,
    theta: &Parameters,
    weight: f64,
) -> Result<Evaluation> {
    let mut gradients = Vec::new();
    let mut on_device = Vec::new();
    for e in 0..engine.environments() {
        let (logits, gradient) = engine.logits_and_risk_gradient(theta, e)?;
        let targets = engine.targets(e);
        on_device.extend([targets.risk(&logits)?, targets.right(&logits)?]);
        gradients.push(gradient);
    }
    // All numbers at once, so that the CPU waits for a GPU once.
    let (risks, accuracies) = risks_and_accuracies(engine, &scalars(on_device.iter())?);
    let variables = risks
        .iter()
        .map(|&risk| on_host(&Tensor::new(risk, &Device::Cpu)?));
    let variables = variables.collect::<Result<Vec<_>>>()?;
    let loss = loss(&variables, settings)?;
    let by_risk = loss.backward(weight)?;

    let mut sum: Option<Parameters> = None;
    for (e, gradient) in gradients.into_iter().enumerate() {
        let by = by_risk.get(&variables[e]).with_context(|| missing(e))?;
        let by = by.to_scalar()?;
        sum = Some(match sum {
            None => gradient.scaled(by)?,
            Some(sum) => sum.add_scaled(by, &gradient)?,
        });
    }
    let (base, penalty) = loss.values()?;
    Ok(Evaluation {
        base,
        penalty,
        gradient: sum.context("an objective needs at least one environment")?,
        risks,
        accuracies,
    })
}
