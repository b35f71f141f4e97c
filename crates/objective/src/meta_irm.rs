//! Meta-learned invariant risk minimisation (Bae, Choi and Lee 2021).

use anyhow::{Result, ensure};
use candle_core::Tensor;
use network::{Engine, Parameters, Pass, scalars};
use serde::{Deserialize, Serialize};

use crate::Evaluation;

/// Adapt to one environment, be judged on the others:
///
/// θ_i' = θ − α∇R^{e_i}(θ);  base = Σ_i Σ_{j≠i} R^{e_j}(θ_i');  penalty = σ,
///
/// the population standard deviation of the meta-losses R_ij = R^{e_j}(θ_i').
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetaIrm {
    /// α, the inner step's learning rate.
    pub inner_lr: f64,
    /// Number of inner steps, each of size α.
    pub inner_steps: usize,
    /// Ablation: take ∂θ_i'/∂θ as the identity, leaving out the Hessian.
    pub first_order: bool,
    /// Ablation: judge on the environment adapted to, j = i.
    pub same_env: bool,
    /// Ablation: no σ at any step. Only the name depends on it: the weight is the schedule's.
    pub no_std: bool,
}

/// What is known of θ_i'.
struct Adapted<Trace> {
    steps: Vec<InnerStep<Trace>>,
    /// Of every environment that θ_i' is judged on.
    losses: Vec<MetaLoss>,
}

/// An inner step on environment i.
struct InnerStep<Trace> {
    /// Where it began, θ_i^t.
    theta: Parameters,
    /// Over environment i at `theta`.
    pass: Pass<Trace>,
}

/// One meta-loss R_ij.
struct MetaLoss {
    /// A scalar.
    value: Tensor,
    /// v_ij = ∇R^{e_j} at θ_i'.
    gradient: Parameters,
}

impl MetaIrm {
    /// `meta-irm`, or the ablation's name in the paper's table.
    pub fn name(&self) -> String {
        let mut name = "meta-irm".to_owned();
        for (is, suffix) in [
            (self.no_std, "-no-std"),
            (self.first_order, "-first-order"),
            (self.same_env, "-same-env"),
        ] {
            if is {
                name.push_str(suffix);
            }
        }
        name
    }

    /// The value and the exact gradient of base + `weight`·σ.
    ///
    /// With c_ij = ∂(base + weight·σ)/∂R_ij the gradient is Σ_i Π_t (I − αH_i(θ_i^t)) Σ_j c_ij·v_ij:
    /// everything is linear in v_ij, so one Hessian-vector product per inner environment and step.
    pub(crate) fn evaluate<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        weight: f64,
    ) -> Result<Evaluation> {
        let count = engine.environments();
        ensure!(
            self.inner_steps >= 1 && (self.same_env || count >= 2),
            "meta-IRM needs an inner step and two or more environments"
        );
        let mut adapted = Vec::new();
        let mut risks = Vec::new();
        let mut right = Vec::new();
        for inner in 0..count {
            let (steps, theta) = self.adapt(engine, theta, inner)?;
            let at_theta = &steps[0].pass.logits;
            risks.push(engine.targets(inner).risk(at_theta)?);
            right.push(engine.targets(inner).right(at_theta)?);
            let losses = (0..count)
                .filter(|&outer| (outer == inner) == self.same_env)
                .map(|outer| MetaLoss::of(engine, &theta, outer))
                .collect::<Result<_>>()?;
            adapted.push(Adapted { steps, losses });
        }

        let losses = adapted.iter().flat_map(|adapted| &adapted.losses);
        let losses = losses.map(|loss| &loss.value);
        // All at once, for a GPU to be waited for once.
        let values = scalars(risks.iter().chain(&right).chain(losses))?;
        let (risks, values) = values.split_at(count);
        let (right, values) = values.split_at(count);
        let rows = (0..count).map(|e| engine.targets(e).rows() as f64);
        let (sigma, by_value) = deviation(values);
        let mut by_value = by_value.into_iter();
        let mut gradient: Option<Parameters> = None;
        for (inner, Adapted { steps, losses }) in adapted.into_iter().enumerate() {
            let mut v: Option<Parameters> = None;
            // In this order: when the losses end, zip has taken nothing of the next environment's from `by_value`.
            for (loss, by_value) in losses.into_iter().zip(&mut by_value) {
                let c = 1.0 + weight * by_value;
                v = Some(match v {
                    None => loss.gradient.scaled(c)?,
                    Some(sum) => sum.add_scaled(c, &loss.gradient)?,
                });
            }
            let v = v.expect("every environment is judged on at least one");
            let part = self.through_inner_steps(engine, steps, inner, v)?;
            gradient = Some(match gradient {
                None => part,
                Some(sum) => sum.add_scaled(1.0, &part)?,
            });
        }
        Ok(Evaluation {
            base: values.iter().sum(),
            penalty: sigma,
            gradient: gradient.expect("there is at least one environment"),
            risks: risks.to_vec(),
            accuracies: right
                .iter()
                .zip(rows)
                .map(|(right, rows)| right / rows)
                .collect(),
        })
    }

    /// The inner steps on environment `e`, and θ_e', at which they end.
    fn adapt<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Vec<InnerStep<E::Trace>>, Parameters)> {
        let mut theta = theta.clone();
        let mut steps = Vec::new();
        for _ in 0..self.inner_steps {
            let (pass, gradient) = engine.risk_gradient(&theta, e)?;
            let next = theta.add_scaled(-self.inner_lr, &gradient)?;
            steps.push(InnerStep { theta, pass });
            theta = next;
        }
        Ok((steps, theta))
    }

    /// (∂θ_i'/∂θ)ᵀ·`v`, from the last inner step back to the first: v ← v − α·H_i(θ_i^t)·v.
    fn through_inner_steps<E: Engine>(
        &self,
        engine: &E,
        steps: Vec<InnerStep<E::Trace>>,
        e: usize,
        mut v: Parameters,
    ) -> Result<Parameters> {
        if self.first_order {
            return Ok(v);
        }
        for InnerStep { theta, pass } in steps.into_iter().rev() {
            let product = engine.hessian_vector(&theta, e, &pass, &v)?;
            v = v.add_scaled(-self.inner_lr, &product)?;
        }
        Ok(v)
    }
}

impl MetaLoss {
    /// At `theta` = θ_i', on environment `outer`.
    fn of<E: Engine>(engine: &E, theta: &Parameters, outer: usize) -> Result<Self> {
        let (logits, gradient) = engine.logits_and_risk_gradient(theta, outer)?;
        Ok(Self {
            value: engine.targets(outer).risk(&logits)?,
            gradient,
        })
    }
}

/// The population standard deviation σ of `values` and ∂σ/∂value = (value − mean) / (m·σ) of each;
/// 0 where σ is 0, the point at which σ has a kink.
fn deviation(values: &[f64]) -> (f64, Vec<f64>) {
    let m = values.len() as f64;
    let mean = values.iter().sum::<f64>() / m;
    let sigma = (values.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / m).sqrt();
    let derivative = |r: &f64| {
        if sigma > 0.0 {
            (r - mean) / (m * sigma)
        } else {
            0.0
        }
    };
    (sigma, values.iter().map(derivative).collect())
}
