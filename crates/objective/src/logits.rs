//! Objectives that are functions of the environments' logits alone.

use std::cell::OnceCell;
use std::fmt;

use anyhow::{Context, Result, ensure};
use candle_core::{Device, Tensor, Var};
use network::{Engine, Parameters, Pass, Targets, scalars};

use crate::evaluation::Evaluation;
use crate::loss::{Loss, missing, on_host, risks_and_accuracies};
use crate::setting::Settings;

/// One environment as such an objective sees it.
pub struct Scored<'a> {
    seen: Seen<'a>,
    /// The labels of the logits' rows.
    pub targets: &'a Targets,
    risk: OnceCell<Tensor>,
    scale_gradient: OnceCell<Tensor>,
}

/// What autograd goes back to.
enum Seen<'a> {
    /// `[n, out]`, a variable: the risk and the scale gradient are made of it.
    Logits(&'a Tensor),
    /// `[n, out]`, not a variable: the risk and the scale gradient are the variables, on the host.
    Summaries(&'a Tensor),
}

impl<'a> Scored<'a> {
    fn new(seen: Seen<'a>, targets: &'a Targets) -> Self {
        Self {
            seen,
            targets,
            risk: OnceCell::new(),
            scale_gradient: OnceCell::new(),
        }
    }

    /// `[n, out]`; candle's autograd follows what is made of them.
    ///
    /// # Errors
    /// Where they are not a variable. `evaluate` then computes the loss once more, with the logits as variables.
    pub fn logits(&self) -> Result<&'a Tensor> {
        match self.seen {
            Seen::Logits(logits) => Ok(logits),
            Seen::Summaries(_) => Err(AskedForLogits.into()),
        }
    }

    /// The risk R^e, a scalar. It is computed once.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn risk(&self) -> Result<Tensor> {
        self.once(&self.risk, Targets::risk)
    }

    /// ∇_s R^e(s·logits) at s = 1 `[out]`, where s is a vector with one entry per logit. It is computed once.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn scale_gradient(&self) -> Result<Tensor> {
        self.once(&self.scale_gradient, Targets::scale_gradient)
    }

    /// The scale gradient `[out]` of the risk of every other row alone, in the engine's order: from `first` on, 0 or 1.
    ///
    /// # Errors
    /// Where there is only one row, and those of [`Scored::logits`].
    pub fn scale_gradient_of_half(&self, first: u32) -> Result<Tensor> {
        let logits = self.logits()?;
        let rows = self.targets.rows();
        ensure!(
            rows >= 2,
            "an environment has {rows} row, expected two or more for two halves"
        );
        let half: Vec<u32> = (first..rows as u32).step_by(2).collect();
        let half = Tensor::new(half, logits.device())?;
        let targets = self.targets.select(&half)?;
        targets.scale_gradient(&logits.index_select(&half, 0)?)
    }

    fn once(
        &self,
        cell: &OnceCell<Tensor>,
        of: impl Fn(&Targets, &Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        if let Some(made) = cell.get() {
            return Ok(made.clone());
        }
        let made = match self.seen {
            Seen::Logits(logits) => of(self.targets, logits)?,
            Seen::Summaries(logits) => on_host(&of(self.targets, logits)?)?,
        };
        Ok(cell.get_or_init(|| made).clone())
    }
}

/// The loss asked for logits where only the summaries are variables.
#[derive(Debug)]
struct AskedForLogits;

impl fmt::Display for AskedForLogits {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the logits are no variable here")
    }
}

impl std::error::Error for AskedForLogits {}

/// The formula of an objective that is a function of the logits: of all environments and the objective's settings.
pub type LogitLoss = fn(&[Scored], &Settings) -> Result<Loss>;

/// Each environment's risk.
pub(crate) fn risks(environments: &[Scored]) -> Result<Vec<Tensor>> {
    environments.iter().map(Scored::risk).collect()
}

/// Value and gradient: from the loss back to the logits, which are few, and the engine's pullback from there to the parameters.
pub(crate) fn evaluate<E: Engine>(
    loss: LogitLoss,
    settings: &Settings,
    engine: &E,
    theta: &Parameters,
    weight: f64,
) -> Result<Evaluation> {
    let count = engine.environments();
    let passes = (0..count).map(|e| engine.forward(theta, e));
    let passes = passes.collect::<Result<Vec<_>>>()?;
    let mut on_device = Vec::new();
    for (e, pass) in passes.iter().enumerate() {
        let targets = engine.targets(e);
        on_device.extend([targets.risk(&pass.logits)?, targets.right(&pass.logits)?]);
    }
    // All numbers at once, so that the CPU waits for a GPU once.
    let (risks, accuracies) = risks_and_accuracies(engine, &scalars(on_device.iter())?);
    let at_logits = match through_summaries(loss, settings, engine, &passes, &risks, weight) {
        Err(error) if error.is::<AskedForLogits>() => {
            through_logits(loss, settings, engine, &passes, weight)?
        }
        found => found?,
    };

    let mut gradient: Option<Parameters> = None;
    for (e, (pass, cotangent)) in passes.iter().zip(&at_logits.cotangents).enumerate() {
        let part = engine.pullback(theta, e, pass, cotangent)?;
        gradient = Some(match gradient {
            None => part,
            Some(sum) => sum.add_scaled(1.0, &part)?,
        });
    }
    Ok(Evaluation {
        base: at_logits.base,
        penalty: at_logits.penalty,
        gradient: gradient.context("an objective needs at least one environment")?,
        risks,
        accuracies,
    })
}

/// A loss, and what it says of the logits.
struct AtLogits {
    base: f64,
    penalty: f64,
    /// ∂(base + weight·penalty)/∂logits of each environment.
    cotangents: Vec<Tensor>,
}

impl AtLogits {
    fn new(loss: &Loss, cotangents: Vec<Tensor>) -> Result<Self> {
        let (base, penalty) = loss.values()?;
        Ok(Self {
            base,
            penalty,
            cotangents,
        })
    }
}

/// With each environment's risk and scale gradient as variables, for losses that are made of these: from there the way back to
/// the logits is known in closed form. A GPU is waited for once for each scale gradient that the loss asks for.
fn through_summaries<E: Engine>(
    loss: LogitLoss,
    settings: &Settings,
    engine: &E,
    passes: &[Pass<E::Trace>],
    risks: &[f64],
    weight: f64,
) -> Result<AtLogits> {
    let mut scored = Vec::new();
    for (e, (pass, &risk)) in passes.iter().zip(risks).enumerate() {
        let environment = Scored::new(Seen::Summaries(&pass.logits), engine.targets(e));
        scored.push(Scored {
            risk: OnceCell::from(on_host(&Tensor::new(risk, &Device::Cpu)?)?),
            ..environment
        });
    }
    let loss = loss(&scored, settings)?;
    let gradients = loss.backward(weight)?;
    let mut cotangents = Vec::new();
    for (e, (scored, pass)) in scored.iter().zip(passes).enumerate() {
        let by_risk = scored.risk.get().and_then(|risk| gradients.get(risk));
        let by_scale = scored.scale_gradient.get();
        let by_scale = by_scale.and_then(|gradient| gradients.get(gradient));
        let of_risk = by_risk.map(|by| {
            let residual = scored.targets.residual(&pass.logits)?;
            Ok(residual.affine(by.to_scalar()?, 0.0)?)
        });
        let of_scale = by_scale.map(|by| {
            scored
                .targets
                .scale_gradient_cotangent(&pass.logits, &by.to_vec1()?)
        });
        cotangents.push(match (of_risk, of_scale) {
            (None, None) => anyhow::bail!(missing(e)),
            (Some(one), None) | (None, Some(one)) => one?,
            (Some(one), Some(other)) => (one? + other?)?,
        });
    }
    AtLogits::new(&loss, cotangents)
}

/// With the logits as variables: for every loss. Nothing that is returned holds on to autograd's graph, whose tensors are
/// many and each as large as the logits.
fn through_logits<E: Engine>(
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
        .map(|(e, logits)| Scored::new(Seen::Logits(logits), engine.targets(e)))
        .collect();
    let loss = loss(&scored, settings)?;
    let gradients = loss.backward(weight)?;
    let cotangent = |(e, logits): (usize, &Var)| {
        let found = gradients.get(logits).with_context(|| missing(e))?;
        Ok(found.detach())
    };
    let cotangents = variables.iter().enumerate().map(cotangent);
    AtLogits::new(&loss, cotangents.collect::<Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Form;
    use crate::loss::total;
    use crate::registry::OBJECTIVES;
    use candle_core::DType;
    use environment::{Environment, Inputs, Stream};
    use network::{CandleEngine, Shape};

    /// 30 rows of four pixels; no two environments are alike.
    fn environment(number: usize, classes: usize) -> Environment {
        let images = (0..120).map(|i| (i * (7 + number) % 256) as u8).collect();
        let labels = (0..30).map(|i| (i * (number + 3) / 4 % classes) as u32);
        let (images, labels) = (Inputs::Images(images), labels.collect());
        Environment::new("made", &[30, 1, 2, 2], images, labels, classes)
    }

    /// Σ_e R^e with the penalty Σ_e (R^e)²·|∇_s R^e|²: of both summaries, and of their product.
    const OF_BOTH: LogitLoss = |environments, _| {
        let risks = risks(environments)?;
        let penalty = |(environment, risk): (&Scored, &Tensor)| {
            let of_scale = environment.scale_gradient()?.sqr()?.sum_all()?;
            Ok((of_scale * risk.sqr()?)?)
        };
        let penalties = environments.iter().zip(&risks).map(penalty);
        Ok(Loss {
            base: total(&risks)?,
            penalty: Some(total(&penalties.collect::<Result<Vec<_>>>()?)?),
        })
    };

    /// Each way makes some dozens of rounding errors of about 1e-16. An objective that asks for logits has one way only.
    #[test]
    fn both_ways_back_to_the_logits_agree() {
        let registered = OBJECTIVES
            .iter()
            .filter_map(|objective| match objective.form {
                Form::OfLogits(loss) => Some((objective.name, loss)),
                _ => None,
            });
        let losses: Vec<_> = registered.chain([("of both", OF_BOTH)]).collect();
        for classes in [2, 4] {
            let environments: Vec<_> = (1..=3).map(|number| environment(number, classes)).collect();
            let device = &Device::Cpu;
            let engine = CandleEngine::new(&environments, classes, DType::F64, device).unwrap();
            let rng = &mut environment::rng(5, Stream::InitialWeights);
            let shape = Shape::new(4, 5, 2, classes).unwrap();
            let theta = Parameters::xavier_uniform(&shape, rng, device).unwrap();
            let theta = theta.to_dtype(DType::F64).unwrap();
            let passes: Vec<_> = (0..3).map(|e| engine.forward(&theta, e).unwrap()).collect();
            let risk = |(e, pass): (usize, &Pass<_>)| engine.targets(e).risk(&pass.logits);
            let risks: Vec<_> = passes
                .iter()
                .enumerate()
                .map(risk)
                .map(Result::unwrap)
                .collect();
            let risks = scalars(risks.iter()).unwrap();
            let mut compared = 0;
            for &(name, loss) in &losses {
                let settings = &Settings::default();
                let one = through_logits(loss, settings, &engine, &passes, 3.0).unwrap();
                let other = through_summaries(loss, settings, &engine, &passes, &risks, 3.0);
                let other = match other {
                    Err(error) if error.is::<AskedForLogits>() => continue,
                    other => other.unwrap(),
                };
                compared += 1;
                assert!((one.base - other.base).abs() < 1e-12);
                assert!((one.penalty - other.penalty).abs() < 1e-12);
                for (one, other) in one.cotangents.iter().zip(&other.cotangents) {
                    let apart = (one - other).unwrap().abs().unwrap().max_all().unwrap();
                    let size = one.abs().unwrap().max_all().unwrap();
                    let [apart, size] = [apart, size].map(|t| t.to_scalar::<f64>().unwrap());
                    assert!(apart < 1e-12 && size > 1e-4, "{name}: {apart}");
                }
            }
            assert!(compared >= 2, "irmv1 and the one above need no logits");
        }
    }

    #[test]
    fn a_loss_of_the_logits_themselves_is_told_from_others() {
        let engine = CandleEngine::new(&[environment(1, 2)], 2, DType::F64, &Device::Cpu).unwrap();
        let rng = &mut environment::rng(5, Stream::InitialWeights);
        let shape = Shape::new(4, 5, 2, 2).unwrap();
        let theta = Parameters::xavier_uniform(&shape, rng, &Device::Cpu).unwrap();
        let theta = theta.to_dtype(DType::F64).unwrap();
        let passes = [engine.forward(&theta, 0).unwrap()];
        let loss: LogitLoss = |environments, _| {
            Ok(Loss {
                base: environments[0].logits()?.sqr()?.mean_all()?,
                penalty: None,
            })
        };
        let settings = &Settings::default();
        let refused = through_summaries(loss, settings, &engine, &passes, &[0.5], 1.0);
        assert!(refused.err().unwrap().is::<AskedForLogits>());
        assert!(through_logits(loss, settings, &engine, &passes, 1.0).is_ok());
    }
}
