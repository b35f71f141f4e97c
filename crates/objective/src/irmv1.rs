//! Invariant risk minimisation in its practical form, IRMv1 (Arjovsky et al. 2019, section 3.1).

use anyhow::Result;
use candle_core::Tensor;

use crate::definition::{Definition, Form};
use crate::logits::{Scored, risks};
use crate::loss::{Loss, mean};
use crate::penalty::Penalty;
use crate::setting::Setting;

/// Over a minibatch the square is larger on average than over all rows. This product exceeds it by less: only the share of each
/// colour varies in both halves together.
const PRODUCT_OF_HALVES: Setting = Setting::switch("product-of-halves").means(
    "Penalty of irmv1 as in DomainBed: the product of the gradients of two halves of the rows, in the place of the square; it \
     may be negative. Rows of images are first grouped by colour. Then every other row is in the first half",
);

const CODE: &str = "github.com/facebookresearch/InvariantRiskMinimization, code/colored_mnist";

/// mean_e R^e + w·mean_e ‖∇_s R^e(s·logits)‖² at s = 1, where s has one entry for each logit.
pub const IRMV1: Definition = Definition {
    name: "irmv1",
    printed: "IRMv1",
    formula: "mean_e R^e + w*mean_e |grad_s R^e(s*logits)|^2 at s = 1, where s has one entry for each logit",
    source: "Arjovsky et al. 2019, section 3.1, equation (IRMv1)",
    environments: 1,
    penalty: Some(Penalty {
        weight: Penalty::WEIGHT.published("91257.18613115903", CODE),
        anneal: Penalty::ANNEAL.published("190", CODE),
    }),
    settings: &[PRODUCT_OF_HALVES],
    variants: &[],
    form: Form::OfLogits(|environments, settings| {
        let penalty = match settings.is_on(&PRODUCT_OF_HALVES) {
            true => product_of_halves,
            false => scale_gradient_norm,
        };
        let penalties = environments
            .iter()
            .map(penalty)
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

/// ∇_s R_0(s·logits) · ∇_s R_1(s·logits) at s = 1, where R_0 is the risk of the rows at even places and R_1 of those at odd
/// places.
fn product_of_halves(scored: &Scored) -> Result<Tensor> {
    let [even, odd] = [0, 1].map(|first| scored.scale_gradient_of_half(first));
    Ok((even? * odd?)?.sum_all()?)
}
