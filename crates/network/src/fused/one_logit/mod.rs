//! Two hidden layers and one logit, the paper's network, with the algebra that this allows: 8 products
//! between the hidden layers where the general formulas take 12.
//!
//! Per row, with m₁ and m₂ the masks of the ReLUs, z the logit and δ = ∂loss/∂z:
//!
//! - δ₂ = δ·m₂∘w₃ needs no product, and h₂ need not be kept: z = w₃·max(a₂, 0) + b₃ for
//!   a₂ = W₂h₁ + b₂.
//! - U = m₁∘(m₂·A) with A = diag(w₃)·W₂ is ∂z/∂a₁, so δ₁ = δ·U.
//! - M = Σ m₂⊗δh₁ and μ = Σ δ·m₂ give ∂W₂ = diag(w₃)·M, ∂b₂ = w₃∘μ and
//!   ∂w₃ = rowsum(W₂∘M) + b₂∘μ.
//!
//! Along a direction (V₁, v₁ …), with R{·} the derivative and B = diag(v₃)·W₂ + diag(w₃)·V₂:
//!
//! - Q = m₁∘(m₂·B) and R{z} = Q·h₁ + U·R{a₁} + m₂·(v₃∘b₂ + w₃∘v₂) + v_b₃.
//! - R{δ₁} = R{δ}·U + δ·Q.
//! - N = R{M} = Σ m₂⊗(R{δ}·h₁ + δ·R{h₁}), ν = R{μ}; the rest is the product rule.
//!
//! U and M do not depend on the direction: [`risk_gradient`] keeps them for [`hessian_vector`].

mod block;
mod point;

use std::sync::OnceLock;

use anyhow::Result;
use candle_core::Tensor;
use machine::Arithmetic;

use super::{in_rows, residual_of, rows_of, to_vec};
use crate::held::Held;
use crate::{Parameters, Targets};
use block::{Hidden, Scratch};
use point::{Direction, Point, Total};

/// What is kept of a pass.
pub struct Trace<A: Arithmetic> {
    point: Point<A>,
    blocks: Vec<Hidden<A>>,
    risk: Option<Risk<A>>,
}

/// What the gradient of the risk leaves for the Hessian-vector product.
struct Risk<A: Arithmetic> {
    /// δ = ∂R/∂z `[n]`.
    delta: Vec<f32>,
    /// Each block's U `[rows, h_1]`.
    u: Vec<A::Block>,
    /// M and μ for that δ.
    sums: Total,
}

/// Whether `theta` is such a network.
pub fn fits(theta: &Parameters) -> bool {
    theta.layers.len() == 3 && theta.layers[2].bias.elem_count() == 1
}

/// See [`crate::Engine::forward`].
pub fn forward<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>)> {
    let point = Point::new(a, held, theta)?;
    let passes = held.each_block(|block| {
        let mut hidden = Hidden::new(a, &point, block.rows);
        let mut scratch = Scratch::default();
        let logits = hidden.forward(a, &point, block, &mut scratch);
        Ok((hidden, logits))
    })?;
    let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let trace = Trace {
        point,
        blocks,
        risk: None,
    };
    Ok((in_rows(logits, held.rows)?, trace))
}

/// See [`crate::Engine::pullback`].
pub fn pullback<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
    trace: &Trace<A>,
    cotangent: &Tensor,
) -> Result<Parameters> {
    let (sums, _) = sum(a, held, theta, trace, &to_vec(cotangent)?, false)?;
    trace.point.gradient(&sums)
}

/// See [`crate::Engine::risk_gradient`].
pub fn risk_gradient<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
    trace: &mut Trace<A>,
    logits: &Tensor,
) -> Result<Parameters> {
    let risk = Risk::new(a, held, theta, trace, logits)?;
    let gradient = trace.point.gradient(&risk.sums)?;
    trace.risk = Some(risk);
    Ok(gradient)
}

impl<A: Arithmetic> Risk<A> {
    fn new(
        a: &A,
        held: &Held<A::Bytes>,
        theta: &Parameters,
        trace: &Trace<A>,
        logits: &Tensor,
    ) -> Result<Self> {
        let delta = to_vec(&held.targets.residual(logits)?)?;
        let (sums, u) = sum(a, held, theta, trace, &delta, true)?;
        Ok(Self { delta, u, sums })
    }
}

/// The sums of a pullback of `delta` `[n]`, and each block's U where it is to be kept.
fn sum<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
    trace: &Trace<A>,
    delta: &[f32],
    keep: bool,
) -> Result<(Total, Vec<A::Block>)> {
    let point = &trace.point;
    let kept: Vec<OnceLock<A::Block>> = held.blocks.iter().map(|_| OnceLock::new()).collect();
    let sums = held.sum_over_strips(theta, |strip| {
        let mut sums = point.zero_sums(held.blocks[strip[0]].group);
        let mut scratch = Scratch::default();
        for &number in strip {
            let block = &held.blocks[number];
            let mut u = keep.then(|| a.block(block.rows, point.h1()));
            let delta = rows_of(delta, 1, block);
            let hidden = &trace.blocks[number];
            hidden.pullback(a, point, block, delta, u.as_mut(), &mut scratch, &mut sums);
            u.map(|u| kept[number].set(u));
        }
        sums.into_parameters()
    })?;
    let u = kept.into_iter().filter_map(OnceLock::into_inner).collect();
    Ok((Total::new(sums)?, u))
}

/// See [`crate::Engine::logits_and_risk_gradient`]. Each block is seen once and nothing of it kept.
pub fn logits_and_risk_gradient<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
) -> Result<(Tensor, Parameters)> {
    let point = Point::new(a, held, theta)?;
    let logits: Vec<OnceLock<Vec<f32>>> = held.blocks.iter().map(|_| OnceLock::new()).collect();
    let sums = held.sum_over_strips(theta, |strip| {
        let first = &held.blocks[strip[0]];
        let mut sums = point.zero_sums(first.group);
        let mut scratch = Scratch::default();
        let mut hidden = Hidden::new(a, &point, first.rows);
        for &number in strip {
            let block = &held.blocks[number];
            if block.rows != hidden.rows() {
                hidden = Hidden::new(a, &point, block.rows);
            }
            let z = hidden.forward(a, &point, block, &mut scratch);
            let delta = residual_of(held, block, &z)?;
            hidden.pullback(a, &point, block, &delta, None, &mut scratch, &mut sums);
            let _ = logits[number].set(z);
        }
        sums.into_parameters()
    })?;
    let logits = logits.into_iter().filter_map(OnceLock::into_inner);
    let gradient = point.gradient(&Total::new(sums)?)?;
    Ok((in_rows(logits.collect(), held.rows)?, gradient))
}

/// See [`crate::Engine::hessian_vector`].
pub fn hessian_vector<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
    trace: &mut Trace<A>,
    logits: &Tensor,
    direction: &Parameters,
) -> Result<Parameters> {
    let risk = match trace.risk.take() {
        Some(risk) => risk,
        None => Risk::new(a, held, theta, trace, logits)?,
    };
    let risk = trace.risk.insert(risk);
    let direction = Direction::new(a, held, &trace.point, direction)?;
    // ∂²R/∂z² of each row.
    let curvature = Targets::error_tangent(logits, &logits.ones_like()?)?;
    let curvature = to_vec(&(curvature / held.rows as f64)?)?;
    let sums = held.sum_over_strips(theta, |strip| {
        let mut sums = trace.point.zero_sums(held.blocks[strip[0]].group);
        let mut scratch = Scratch::default();
        for &number in strip {
            let block = &held.blocks[number];
            trace.blocks[number].along(
                a,
                &direction,
                block,
                &risk.u[number],
                rows_of(&risk.delta, 1, block),
                rows_of(&curvature, 1, block),
                &mut scratch,
                &mut sums,
            );
        }
        sums.into_parameters()
    })?;
    trace
        .point
        .gradient_along(&direction, &risk.sums, &Total::new(sums)?)
}
