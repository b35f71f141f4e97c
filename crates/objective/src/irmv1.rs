//! Invariant risk minimisation in its practical form, IRMv1 (Arjovsky et al. 2019, section 3.1).

use anyhow::Result;
use candle_core::Tensor;

use crate::logits::{LogitObjective, Loss, Scored, mean, risks};

/// mean_e R^e + w·mean_e ‖∇_s R^e(s·logits)‖² at s = 1.
pub const IRMV1: LogitObjective = LogitObjective {
    name: "irmv1",
    formula: "mean_e R^e + w*mean_e |grad_s R^e(s*logits)|^2 at s = 1",
    penalised: true,
    environments: 1,
    loss: |environments| {
        let penalties = environments
            .iter()
            .map(scale_gradient_norm)
            .collect::<Result<Vec<_>>>()?;
        Ok(Loss {
            base: mean(&risks(environments)?)?,
            penalty: Some(mean(&penalties)?),
        })
    },
};

/// ‖∇_s R(s·logits)‖² at s = 1, where s is a vector with one entry per logit.
fn scale_gradient_norm(scored: &Scored) -> Result<Tensor> {
    let by_scale = scored.targets.scale_gradient(scored.logits)?;
    Ok(by_scale.sqr()?.sum_all()?)
}
