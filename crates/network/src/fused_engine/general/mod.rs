//! Networks of any depth, width and number of classes.

mod block;
mod layers;

use std::sync::{Arc, OnceLock};

use anyhow::Result;
use candle_core::{Device, Tensor};
use kernels::{AlignedF32, Arithmetic};

use super::workspace::Reused;
use super::workspace::{Pool, Pooled};
use super::{SPARE_SUMS, in_rows, residual_of, rows_of, to_vec};
use crate::blocked::Blocked;
use crate::{Parameters, Targets};
use block::{Scratch, Seen};
use layers::{Prepared, Sum, prepare};

/// What is kept of a forward pass.
pub struct Trace<A: Arithmetic> {
    /// θ as each group sees it.
    prepared: Vec<Vec<Arc<Prepared<A>>>>,
    /// Without h_1, which is cheaper to make again than to keep: most pixels are zero, and with 390 units the h_1 of
    /// two environments of 25,000 rows are 78 MB.
    blocks: Hidden<A>,
}

/// What passes use again.
pub struct Memory<A: Arithmetic> {
    work: Pool<Work<A>>,
    /// h_l of a block, l > 1, or R{h_l}.
    hidden: Pool<Reused<A>>,
    sums: Pool<AlignedF32>,
}

/// What the blocks of a strip use, one after another.
struct Work<A: Arithmetic> {
    /// h_1.
    first: Reused<A>,
    scratch: Scratch<A>,
}

impl<A: Arithmetic> Default for Work<A> {
    fn default() -> Self {
        Self {
            first: Default::default(),
            scratch: Default::default(),
        }
    }
}

impl<A: Arithmetic> Default for Memory<A> {
    fn default() -> Self {
        Self {
            work: Default::default(),
            hidden: Default::default(),
            sums: Pool::of_at_most(SPARE_SUMS),
        }
    }
}

/// See [`crate::Engine::forward`].
pub fn forward<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>)> {
    let prepared = prepare(a, held, theta)?;
    let passes = held.each_block(|block| {
        let layers = &prepared[block.group];
        let Work { first, scratch } = &mut *memory.work.take();
        let (rows, pixels) = (block.rows, &block.pixels);
        let first = block::first_hidden(a, layers, pixels, rows, first, scratch);
        let pool = &memory.hidden;
        Ok(block::forward(
            a, layers, pixels, first, rows, pool, scratch,
        ))
    })?;
    let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let logits = in_rows(logits, held.rows)?;
    Ok((logits, Trace { prepared, blocks }))
}

/// See [`crate::Engine::pullback`].
pub fn pullback<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    trace: &Trace<A>,
    cotangent: &Tensor,
) -> Result<Parameters> {
    let outputs = cotangent.dim(1)?;
    let cotangent = to_vec(cotangent)?;
    let sums = held.sums_over_strips(|strip| {
        let layers = &trace.prepared[held.blocks[strip[0]].group];
        let mut sum = Sum::none(layers, &memory.sums);
        let Work { first, scratch } = &mut *memory.work.take();
        for &number in strip {
            let block = &held.blocks[number];
            let cotangent = rows_of(&cotangent, outputs, block);
            let (rows, pixels) = (block.rows, &block.pixels);
            let first = block::first_hidden(a, layers, pixels, rows, first, scratch);
            let hidden = all(first, &trace.blocks[number]);
            let seen = Seen::new(a, rows, pixels, hidden);
            seen.pullback(layers, cotangent, scratch, &mut sum);
        }
        Ok(sum.finished())
    })?;
    Sum::total(held, sums)
}

/// See [`crate::Engine::risk_gradient`].
pub fn risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>, Parameters)> {
    let prepared = prepare(a, held, theta)?;
    let (logits, blocks, gradient) = pass_with_gradient(a, memory, held, &prepared, true)?;
    Ok((logits, Trace { prepared, blocks }, gradient))
}

/// See [`crate::Engine::logits_and_risk_gradient`].
pub fn logits_and_risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    theta: &Parameters,
) -> Result<(Tensor, Parameters)> {
    let prepared = prepare(a, held, theta)?;
    let (logits, _, gradient) = pass_with_gradient(a, memory, held, &prepared, false)?;
    Ok((logits, gradient))
}

/// Each block's h_2 … h_{L−1}.
type Hidden<A> = Vec<Vec<Pooled<Reused<A>>>>;

/// h_1 … h_{L−1}.
fn all<'a, A: Arithmetic>(
    first: Option<&'a A::Block>,
    above: &'a [Pooled<Reused<A>>],
) -> Vec<&'a A::Block> {
    let above = above.iter().map(|h| h.kept());
    first.into_iter().chain(above).collect()
}

/// The logits, the upper layers if they are to be kept, and the risk's gradient. Each block is seen once.
fn pass_with_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    prepared: &[Vec<Arc<Prepared<A>>>],
    keep: bool,
) -> Result<(Tensor, Hidden<A>, Parameters)> {
    let seen: Vec<_> = held.blocks.iter().map(|_| OnceLock::new()).collect();
    let sums = held.sums_over_strips(|strip| {
        let layers = &prepared[held.blocks[strip[0]].group];
        let mut sum = Sum::none(layers, &memory.sums);
        let Work { first, scratch } = &mut *memory.work.take();
        for &number in strip {
            let block = &held.blocks[number];
            let (rows, pixels, pool) = (block.rows, &block.pixels, &memory.hidden);
            let first = block::first_hidden(a, layers, pixels, rows, first, scratch);
            let (above, z) = block::forward(a, layers, pixels, first, rows, pool, scratch);
            let residual = residual_of(held, block, &z)?;
            let found = Seen::new(a, rows, pixels, all(first, &above));
            found.pullback(layers, &residual, scratch, &mut sum);
            let _ = seen[number].set((z, if keep { above } else { Vec::new() }));
        }
        Ok(sum.finished())
    })?;
    let (logits, blocks) = seen.into_iter().filter_map(OnceLock::into_inner).unzip();
    Ok((in_rows(logits, held.rows)?, blocks, Sum::total(held, sums)?))
}

/// See [`crate::Engine::hessian_vector`].
pub fn hessian_vector<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    held: &Blocked<A::Bytes>,
    trace: &Trace<A>,
    logits: &Tensor,
    direction: &Parameters,
) -> Result<Parameters> {
    let directions = prepare(a, held, direction)?;
    let outputs = logits.dim(1)?;
    let residual = to_vec(&held.targets.residual(logits)?)?;
    let sums = held.sums_over_strips(|strip| {
        let group = held.blocks[strip[0]].group;
        let (layers, along) = (&trace.prepared[group], &directions[group]);
        let mut sum = Sum::none(layers, &memory.sums);
        let Work { first, scratch } = &mut *memory.work.take();
        for &number in strip {
            let block = &held.blocks[number];
            let logits = logits.narrow(0, block.start, block.rows)?;
            let residual_along = |r_logits| -> Result<Vec<f32>> {
                let r_logits = Tensor::from_vec(r_logits, (block.rows, outputs), &Device::Cpu)?;
                let along = Targets::error_tangent(&logits, &r_logits)?;
                to_vec(&(along / held.rows as f64)?)
            };
            let (rows, pixels) = (block.rows, &block.pixels);
            let first = block::first_hidden(a, layers, pixels, rows, first, scratch);
            let hidden = all(first, &trace.blocks[number]);
            let seen = Seen::new(a, rows, pixels, hidden);
            seen.hessian_vector(
                layers,
                along,
                rows_of(&residual, outputs, block),
                residual_along,
                &memory.hidden,
                scratch,
                &mut sum,
            )?;
        }
        Ok(sum.finished())
    })?;
    Sum::total(held, sums)
}
