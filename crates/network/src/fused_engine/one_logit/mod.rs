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
//! U and M do not depend on the direction: [`risk_gradient`] keeps them for [`hessian_vector`]. h₁ is made again there: with
//! 390 units those of two environments of 25,000 rows are 78 MB in f32 and 39 MB in bf16, and most pixels are zero. Where
//! products do not skip zeros [`forward`] keeps it for [`pullback`], which saves a tenth of a step; beside U, to keep it took
//! longer than to make it again.

mod block;
mod point;

use anyhow::Result;
use candle_core::Tensor;
use kernels::Arithmetic;

use super::block_inputs::BlockInputs;
use super::strips::{self, Work};
use super::values::{in_rows, residual_of, rows_of, to_vec};
use super::workspace::{Pooled, Reused};
use crate::blocked::Blocked;
use crate::{Parameters, Targets};
use block::{BlockPass, FirstHidden, KeptPass, Residual, Scratch};
use point::{Direction, Point, Total};

/// What is kept of a pass.
pub struct Trace<A: Arithmetic> {
    point: Point<A>,
    blocks: Vec<KeptPass<A>>,
    /// Where the pass was made for the gradient of the risk.
    risk: Option<Risk<A>>,
}

/// What the gradient of the risk leaves for the Hessian-vector product.
struct Risk<A: Arithmetic> {
    blocks: Vec<Residual<A>>,
    /// M and μ for the blocks' δ.
    sums: Total,
}

/// What passes use again; the activations are h₁ or U of a block.
pub type Memory<A> = strips::Memory<A, Scratch<A>>;

/// A block's memory for h₁ or U.
fn hidden<A: Arithmetic>(memory: &Memory<A>, rows: usize, point: &Point<A>) -> Pooled<Reused<A>> {
    memory
        .hidden
        .take_fitting(|kept| kept.fits(rows, point.h1()))
}

/// Whether `theta` is such a network.
pub fn fits(theta: &Parameters) -> bool {
    theta.layers.len() == 3 && theta.layers[2].bias.elem_count() == 1
}

/// See [`crate::Engine::forward`].
pub fn forward<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>)> {
    let point = Point::new(a, blocked, theta)?;
    let passes = blocked.each_block(|block| {
        let Work { h1, scratch } = &mut *memory.work();
        let mut kept = (!a.skips_zeros()).then(|| hidden(memory, block.rows, &point));
        let h1 = kept.as_deref_mut().unwrap_or(h1);
        let h1 = h1.block(a, block.rows, point.h1());
        let (z, m2) = block::forward(a, &point, block, h1, scratch);
        Ok((z, KeptPass { m2, h1: kept }))
    })?;
    let (logits, blocks): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let logits = in_rows(logits, blocked.rows)?;
    let risk = None;
    Ok((
        logits,
        Trace {
            point,
            blocks,
            risk,
        },
    ))
}

/// See [`crate::Engine::pullback`].
pub fn pullback<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    trace: &Trace<A>,
    cotangent: &Tensor,
) -> Result<Parameters> {
    let point = &trace.point;
    let cotangent = to_vec(cotangent)?;
    let (sums, _) = memory.sum_over_blocks(
        blocked,
        |group| point.start_sums(group, &memory.sums),
        |number, Work { h1, scratch }, sums| {
            let block = &blocked.blocks[number];
            let pass = BlockPass::of(a, point, block, &trace.blocks[number], h1);
            let delta = rows_of(&cotangent, 1, block);
            pass.pullback(a, delta, None, scratch, sums);
            Ok(())
        },
    )?;
    point.gradient(&Total::new(blocked, sums)?)
}

/// See [`crate::Engine::risk_gradient`].
pub fn risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>, Parameters)> {
    let point = Point::new(a, blocked, theta)?;
    let (logits, sums, kept) = pass_with_gradient(a, memory, blocked, &point, true)?;
    let gradient = point.gradient(&sums)?;
    let (blocks, residuals) = kept.into_iter().unzip();
    let risk = Some(Risk {
        blocks: residuals,
        sums,
    });
    let trace = Trace {
        point,
        blocks,
        risk,
    };
    Ok((logits, trace, gradient))
}

/// See [`crate::Engine::logits_and_risk_gradient`].
pub fn logits_and_risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Parameters)> {
    let point = Point::new(a, blocked, theta)?;
    let (logits, sums, _) = pass_with_gradient(a, memory, blocked, &point, false)?;
    Ok((logits, point.gradient(&sums)?))
}

/// What [`pass_with_gradient`] keeps of each block.
type Kept<A> = Vec<(KeptPass<A>, Residual<A>)>;

/// The logits, the sums of the risk's gradient, and what there is to keep, if it is to be kept. Each block is seen once.
fn pass_with_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    point: &Point<A>,
    keep: bool,
) -> Result<(Tensor, Total, Kept<A>)> {
    let (sums, passes) = memory.sum_over_blocks(
        blocked,
        |group| point.start_sums(group, &memory.sums),
        |number, Work { h1, scratch }, sums| {
            let block = &blocked.blocks[number];
            let rows = block.rows;
            let h1 = h1.block(a, rows, point.h1());
            let (z, m2) = block::forward(a, point, block, h1, scratch);
            let delta = residual_of(blocked, block, &z)?;
            let mut u = keep.then(|| hidden(memory, rows, point));
            let u_block = u.as_mut().map(|u| u.block(a, block.rows, point.h1()));
            let pass = BlockPass {
                point,
                block,
                h1: FirstHidden::Known(h1),
                m2: &m2,
            };
            pass.pullback(a, &delta, u_block, scratch, sums);
            let kept = KeptPass { m2, h1: None };
            Ok((z, u.map(|u| (kept, Residual { delta, u }))))
        },
    )?;
    let (logits, kept): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let kept = kept.into_iter().flatten().collect();
    Ok((
        in_rows(logits, blocked.rows)?,
        Total::new(blocked, sums)?,
        kept,
    ))
}

/// See [`crate::Engine::hessian_vector`].
pub fn hessian_vector<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
    trace: &Trace<A>,
    logits: &Tensor,
    direction: &Parameters,
) -> Result<Parameters> {
    let Some(risk) = &trace.risk else {
        let (logits, trace, _) = risk_gradient(a, memory, blocked, theta)?;
        return hessian_vector(a, memory, blocked, theta, &trace, &logits, direction);
    };
    let point = &trace.point;
    let direction = Direction::new(a, blocked, point, direction)?;
    // ∂²R/∂z² of each row.
    let curvature = Targets::error_tangent(logits, &logits.ones_like()?)?;
    let curvature = to_vec(&(curvature / blocked.rows as f64)?)?;
    let (sums, _) = memory.sum_over_blocks(
        blocked,
        |group| point.start_sums(group, &memory.sums),
        |number, Work { h1, scratch }, sums| {
            let block = &blocked.blocks[number];
            let pass = BlockPass::of(a, point, block, &trace.blocks[number], h1);
            let Residual { delta, u } = &risk.blocks[number];
            let curvature = rows_of(&curvature, 1, block);
            pass.along(a, &direction, u.kept(), delta, curvature, scratch, sums);
            Ok(())
        },
    )?;
    point.gradient_along(&direction, &risk.sums, &Total::new(blocked, sums)?)
}
