//! Networks of any depth, width and number of classes.

mod block;
mod layers;

use std::sync::Arc;

use anyhow::Result;
use candle_core::{Device, Tensor};
use kernels::Arithmetic;

use super::block_inputs::BlockInputs;
use super::strips::{self, Work};
use super::values::{in_rows, residual_of, rows_of, to_vec};
use super::workspace::{Pooled, Reused};
use crate::blocked::Blocked;
use crate::{Parameters, Targets};
use block::{BlockPass, Scratch};
use layers::{GradientSum, LayerOperands, layer_operands};

/// What is kept of a forward pass.
pub struct Trace<A: Arithmetic> {
    /// θ as each group sees it.
    prepared: Vec<Vec<Arc<LayerOperands<A>>>>,
    /// Without h_1, which is cheaper to make again than to keep: most pixels are zero, and with 390 units the h_1 of
    /// two environments of 25,000 rows are 78 MB.
    blocks: Hidden<A>,
}

/// What passes use again; the activations are h_l of a block, l > 1, or R{h_l}.
pub type Memory<A> = strips::Memory<A, Scratch<A>>;

/// See [`crate::Engine::forward`].
pub fn forward<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>)> {
    let prepared = layer_operands(a, blocked, theta)?;
    let passes = blocked.each_block(|block| {
        let layers = &prepared[block.group];
        let Work { h1, scratch } = &mut *memory.work();
        let (rows, h0) = (block.rows, &block.values);
        let first = block::first_hidden(a, layers, h0, rows, h1, scratch);
        let pool = &memory.hidden;
        Ok(block::forward(a, layers, h0, first, rows, pool, scratch))
    })?;
    let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let logits = in_rows(logits, blocked.rows)?;
    Ok((logits, Trace { prepared, blocks }))
}

/// See [`crate::Engine::pullback`].
pub fn pullback<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    trace: &Trace<A>,
    cotangent: &Tensor,
) -> Result<Parameters> {
    let outputs = cotangent.dim(1)?;
    let cotangent = to_vec(cotangent)?;
    let (sums, _) = memory.sum_over_blocks(
        blocked,
        |group| GradientSum::start(&trace.prepared[group], &memory.sums),
        |number, Work { h1, scratch }, sum| {
            let block = &blocked.blocks[number];
            let layers = &trace.prepared[block.group];
            let cotangent = rows_of(&cotangent, outputs, block);
            let (rows, h0) = (block.rows, &block.values);
            let first = block::first_hidden(a, layers, h0, rows, h1, scratch);
            let hidden = all(first, &trace.blocks[number]);
            let pass = BlockPass::new(a, rows, h0, hidden);
            pass.pullback(layers, cotangent, scratch, sum);
            Ok(())
        },
    )?;
    GradientSum::total(blocked, sums)
}

/// See [`crate::Engine::risk_gradient`].
pub fn risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>, Parameters)> {
    let prepared = layer_operands(a, blocked, theta)?;
    let (logits, blocks, gradient) = pass_with_gradient(a, memory, blocked, &prepared, true)?;
    Ok((logits, Trace { prepared, blocks }, gradient))
}

/// See [`crate::Engine::logits_and_risk_gradient`].
pub fn logits_and_risk_gradient<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Tensor, Parameters)> {
    let prepared = layer_operands(a, blocked, theta)?;
    let (logits, _, gradient) = pass_with_gradient(a, memory, blocked, &prepared, false)?;
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
    blocked: &Blocked<BlockInputs<A>>,
    prepared: &[Vec<Arc<LayerOperands<A>>>],
    keep: bool,
) -> Result<(Tensor, Hidden<A>, Parameters)> {
    let (sums, passes) = memory.sum_over_blocks(
        blocked,
        |group| GradientSum::start(&prepared[group], &memory.sums),
        |number, Work { h1, scratch }, sum| {
            let block = &blocked.blocks[number];
            let layers = &prepared[block.group];
            let (rows, h0, pool) = (block.rows, &block.values, &memory.hidden);
            let first = block::first_hidden(a, layers, h0, rows, h1, scratch);
            let (above, z) = block::forward(a, layers, h0, first, rows, pool, scratch);
            let residual = residual_of(blocked, block, &z)?;
            let pass = BlockPass::new(a, rows, h0, all(first, &above));
            pass.pullback(layers, &residual, scratch, sum);
            Ok((z, if keep { above } else { Vec::new() }))
        },
    )?;
    let (logits, blocks) = passes.into_iter().unzip();
    let gradient = GradientSum::total(blocked, sums)?;
    Ok((in_rows(logits, blocked.rows)?, blocks, gradient))
}

/// See [`crate::Engine::hessian_vector`].
pub fn hessian_vector<A: Arithmetic>(
    a: &A,
    memory: &Memory<A>,
    blocked: &Blocked<BlockInputs<A>>,
    trace: &Trace<A>,
    logits: &Tensor,
    direction: &Parameters,
) -> Result<Parameters> {
    let directions = layer_operands(a, blocked, direction)?;
    let outputs = logits.dim(1)?;
    let residual = to_vec(&blocked.targets.residual(logits)?)?;
    let (sums, _) = memory.sum_over_blocks(
        blocked,
        |group| GradientSum::start(&trace.prepared[group], &memory.sums),
        |number, Work { h1, scratch }, sum| {
            let block = &blocked.blocks[number];
            let (layers, along) = (&trace.prepared[block.group], &directions[block.group]);
            let logits = logits.narrow(0, block.start, block.rows)?;
            let residual_along = |r_logits| -> Result<Vec<f32>> {
                let r_logits = Tensor::from_vec(r_logits, (block.rows, outputs), &Device::Cpu)?;
                let along = Targets::error_tangent(&logits, &r_logits)?;
                to_vec(&(along / blocked.rows as f64)?)
            };
            let (rows, h0) = (block.rows, &block.values);
            let first = block::first_hidden(a, layers, h0, rows, h1, scratch);
            let hidden = all(first, &trace.blocks[number]);
            BlockPass::new(a, rows, h0, hidden).hessian_vector(
                layers,
                along,
                rows_of(&residual, outputs, block),
                residual_along,
                &memory.hidden,
                scratch,
                sum,
            )
        },
    )?;
    GradientSum::total(blocked, sums)
}
