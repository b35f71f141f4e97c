//! Objectives that are functions of the environments' logits alone.

use std::cell::OnceCell;

use anyhow::{Context, Result, ensure};
use candle_core::{Tensor, Var};
use network::{Engine, Parameters, Pass, Targets, scalars};

use crate::{Evaluation, erm, irmv1, rex};

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

/// An objective that is a function of the logits.
pub struct LogitObjective {
    /// Its name in flags and tables.
    pub name: &'static str,
    /// Its formula in one line.
    pub formula: &'static str,
    /// Whether it has a penalty, and so a penalty weight.
    pub penalised: bool,
    /// The fewest environments it makes sense for.
    pub environments: usize,
    /// The formula.
    pub loss: fn(&[Scored]) -> Result<Loss>,
}

impl std::fmt::Debug for LogitObjective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All objectives of this kind. A new one is a file like `erm.rs`, its `mod` in `lib.rs` and a name here.
pub const LOGIT_OBJECTIVES: &[LogitObjective] = &[erm::ERM, irmv1::IRMV1, rex::V_REX, rex::MM_REX];

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
    objective: &LogitObjective,
    engine: &E,
    theta: &Parameters,
    weight: f64,
) -> Result<Evaluation> {
    let count = engine.environments();
    ensure!(
        count >= objective.environments,
        "{} needs {} or more environments, found {count}",
        objective.name,
        objective.environments
    );
    let passes = (0..count)
        .map(|e| engine.forward(theta, e))
        .collect::<Result<Vec<_>>>()?;
    let at_logits = value_and_cotangents(objective, engine, &passes, weight)?;

    let mut gradient: Option<Parameters> = None;
    let mut right = Vec::new();
    for (e, (pass, cotangent)) in passes.iter().zip(&at_logits.cotangents).enumerate() {
        let part = engine.pullback(theta, e, pass, cotangent)?;
        gradient = Some(match gradient {
            None => part,
            Some(sum) => sum.add_scaled(1.0, &part)?,
        });
        right.push(engine.targets(e).right(&pass.logits)?);
    }
    // All at once and last, for a GPU to be waited for once, with all its work before it.
    let AtLogits {
        base,
        penalty,
        risks,
        ..
    } = &at_logits;
    let values = scalars([base].into_iter().chain(penalty).chain(risks).chain(&right))?;
    let (totals, of_environments) = values.split_at(values.len() - 2 * count);
    let (risks, right) = of_environments.split_at(count);
    let rows = (0..count).map(|e| engine.targets(e).rows() as f64);
    Ok(Evaluation {
        base: totals[0],
        penalty: totals.get(1).copied().unwrap_or(0.0),
        gradient: gradient.context("an objective needs at least one environment")?,
        risks: risks.to_vec(),
        accuracies: right
            .iter()
            .zip(rows)
            .map(|(right, rows)| right / rows)
            .collect(),
    })
}

/// What autograd says of an objective.
struct AtLogits {
    /// A scalar.
    base: Tensor,
    /// A scalar, if there is a penalty.
    penalty: Option<Tensor>,
    /// Each environment's, a scalar.
    risks: Vec<Tensor>,
    /// ∂(base + weight·penalty)/∂logits of each environment.
    cotangents: Vec<Tensor>,
}

/// The loss's value and its derivative. Nothing that is returned holds on to autograd's graph, whose
/// tensors are many and each as large as the logits.
fn value_and_cotangents<E: Engine>(
    objective: &LogitObjective,
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
    let Loss { base, penalty } = (objective.loss)(&scored)?;
    let whole = match &penalty {
        Some(penalty) => (&base + (penalty * weight)?)?,
        None => base.clone(),
    };
    let gradients = whole.backward()?;
    let cotangent = |(e, scored): (usize, &Scored)| {
        let found = gradients.get(scored.logits);
        let missing = || format!("{} ignores environment {}", objective.name, e + 1);
        Ok(found.with_context(missing)?.detach())
    };
    let risk = |scored: &Scored| Ok(scored.risk()?.detach());
    Ok(AtLogits {
        base: base.detach(),
        penalty: penalty.map(|penalty| penalty.detach()),
        risks: scored.iter().map(risk).collect::<Result<_>>()?,
        cotangents: scored
            .iter()
            .enumerate()
            .map(cotangent)
            .collect::<Result<_>>()?,
    })
}
