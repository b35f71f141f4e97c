//! Invariant risk minimisation in its practical form, IRMv1 (Arjovsky et al. 2019, section 3.1).

use anyhow::Result;
use candle_core::Tensor;

use crate::definition::{Definition, Form};
use crate::logits::{Loss, Scored, mean, risks};
use crate::penalty::Penalty;

const CODE: &str = "github.com/facebookresearch/InvariantRiskMinimization, code/colored_mnist";

/// mean_e R^e + w·mean_e ‖∇_s R^e(s·logits)‖² at s = 1.
pub const IRMV1: Definition = Definition {
    name: "irmv1",
    printed: "IRMv1",
    formula: "mean_e R^e + w*mean_e |grad_s R^e(s*logits)|^2 at s = 1",
    source: "Arjovsky et al. 2019, section 3.1, equation (IRMv1)",
    environments: 1,
    penalty: Some(Penalty {
        weight: Penalty::WEIGHT.published("91257.18613115903", CODE),
        anneal: Penalty::ANNEAL.published("190", CODE),
    }),
    settings: &[],
    variants: &[],
    form: Form::OfLogits(|environments, _| {
        let penalties = environments
            .iter()
            .map(scale_gradient_norm)
            .collect::<Result<Vec<_>>>()?;
        Ok(Loss {
            base: mean(&risks(environments)?)?,
            penalty: Some(mean(&penalties)?),
        })
    }),
};

/// ‖∇_s R(s·logits)‖² at s = 1.
fn scale_gradient_norm(scored: &Scored) -> Result<Tensor> {
    Ok(scored.scale_gradient()?.sqr()?.sum_all()?)
}
