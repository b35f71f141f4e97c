//! Meta-learned invariant risk minimisation (Bae, Choi and Lee 2021).

use anyhow::{Result, ensure};
use network::{Engine, Parameters, Pass};
use serde::{Deserialize, Serialize};

use crate::{Evaluation, logits::accuracy, scalar};

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

/// Environment i's inner steps.
struct Adapted<Trace> {
    /// θ^0 = θ, …, θ^K = θ_i'.
    path: Vec<Parameters>,
    /// The passes over environment i at θ^0 … θ^{K−1}.
    passes: Vec<Pass<Trace>>,
}

/// One meta-loss.
struct MetaLoss {
    /// i, the environment adapted to.
    inner: usize,
    /// R_ij.
    value: f64,
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
        let mut losses = Vec::new();
        let mut risks = Vec::new();
        let mut accuracies = Vec::new();
        for inner in 0..count {
            let steps = self.adapt(engine, theta, inner)?;
            let at_theta = &steps.passes[0].logits;
            risks.push(scalar(&engine.targets(inner).risk(at_theta)?)?);
            accuracies.push(accuracy(engine.targets(inner), at_theta)?);
            for outer in (0..count).filter(|&outer| (outer == inner) == self.same_env) {
                losses.push(meta_loss(engine, &steps, inner, outer)?);
            }
            adapted.push(steps);
        }

        let values: Vec<f64> = losses.iter().map(|loss| loss.value).collect();
        let (sigma, by_value) = deviation(&values);
        let mut gradient: Option<Parameters> = None;
        for (inner, steps) in adapted.iter_mut().enumerate() {
            let mut v: Option<Parameters> = None;
            for (loss, by_value) in losses.iter().zip(&by_value) {
                if loss.inner == inner {
                    let c = 1.0 + weight * by_value;
                    v = Some(match v {
                        None => loss.gradient.scaled(c)?,
                        Some(sum) => sum.add_scaled(c, &loss.gradient)?,
                    });
                }
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
            risks,
            accuracies,
        })
    }

    fn adapt<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        e: usize,
    ) -> Result<Adapted<E::Trace>> {
        let mut path = vec![theta.clone()];
        let mut passes = Vec::new();
        for t in 0..self.inner_steps {
            let mut pass = engine.forward(&path[t], e)?;
            let gradient = engine.risk_gradient(&path[t], e, &mut pass)?;
            path.push(path[t].add_scaled(-self.inner_lr, &gradient)?);
            passes.push(pass);
        }
        Ok(Adapted { path, passes })
    }

    /// (∂θ_i'/∂θ)ᵀ·`v`, from the last inner step back to the first: v ← v − α·H_i(θ_i^t)·v.
    fn through_inner_steps<E: Engine>(
        &self,
        engine: &E,
        steps: &mut Adapted<E::Trace>,
        e: usize,
        mut v: Parameters,
    ) -> Result<Parameters> {
        if self.first_order {
            return Ok(v);
        }
        for (theta, pass) in steps.path.iter().zip(&mut steps.passes).rev() {
            let product = engine.hessian_vector(theta, e, pass, &v)?;
            v = v.add_scaled(-self.inner_lr, &product)?;
        }
        Ok(v)
    }
}

fn meta_loss<E: Engine>(
    engine: &E,
    steps: &Adapted<E::Trace>,
    inner: usize,
    outer: usize,
) -> Result<MetaLoss> {
    let adapted = &steps.path[steps.path.len() - 1];
    let (logits, gradient) = engine.logits_and_risk_gradient(adapted, outer)?;
    Ok(MetaLoss {
        inner,
        value: scalar(&engine.targets(outer).risk(&logits)?)?,
        gradient,
    })
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
