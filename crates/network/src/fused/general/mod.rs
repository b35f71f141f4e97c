//! Networks of any depth, width and number of classes.

mod block;
mod layers;

use anyhow::Result;
use candle_core::{Device, Tensor};
use machine::Arithmetic;

use super::{rows_of, to_vec};
use crate::held::{Block, Held};
use crate::{Parameters, Targets};
use block::Seen;
use layers::{Prepared, Sum, prepare};

/// What is kept of a forward pass: each block's hidden activations.
pub struct Trace<A: Arithmetic> {
    blocks: Vec<Vec<A::Block>>,
}

/// `theta` as each group of `held` sees it, ready for products.
fn prepared<A: Arithmetic>(
    a: &A,
    held: &Held<A::Block>,
    theta: &Parameters,
) -> Result<Vec<Vec<Prepared<A>>>> {
    let narrowed = held.narrowed(theta)?;
    narrowed.iter().map(|theta| prepare(a, theta)).collect()
}

fn seen<'a, A: Arithmetic>(
    arithmetic: &'a A,
    block: &'a Block<A::Block>,
    hidden: &'a [A::Block],
) -> Seen<'a, A> {
    Seen {
        arithmetic,
        rows: block.rows,
        pixels: &block.pixels,
        hidden,
    }
}

/// See [`crate::Engine::forward`].
pub fn forward<A: Arithmetic>(
    a: &A,
    held: &Held<A::Block>,
    theta: &Parameters,
) -> Result<(Tensor, Trace<A>)> {
    let prepared = prepared(a, held, theta)?;
    let passes = held.each_block(|block| {
        let layers = &prepared[block.group];
        Ok(block::forward(a, layers, &block.pixels, block.rows))
    })?;
    let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
    let logits = logits.concat();
    let outputs = logits.len() / held.rows;
    let logits = Tensor::from_vec(logits, (held.rows, outputs), &Device::Cpu)?;
    Ok((logits, Trace { blocks }))
}

/// See [`crate::Engine::pullback`].
pub fn pullback<A: Arithmetic>(
    a: &A,
    held: &Held<A::Block>,
    theta: &Parameters,
    trace: &Trace<A>,
    cotangent: &Tensor,
) -> Result<Parameters> {
    let prepared = prepared(a, held, theta)?;
    let outputs = cotangent.dim(1)?;
    let cotangent = to_vec(cotangent)?;
    held.sum_over_strips(theta, |strip| {
        let layers = &prepared[held.blocks[strip[0]].group];
        let mut sum = Sum::zero(layers);
        for &number in strip {
            let block = &held.blocks[number];
            let cotangent = rows_of(&cotangent, outputs, block);
            seen(a, block, &trace.blocks[number]).pullback(layers, cotangent, &mut sum);
        }
        sum.into_parameters()
    })
}

/// See [`crate::Engine::hessian_vector`].
pub fn hessian_vector<A: Arithmetic>(
    a: &A,
    held: &Held<A::Block>,
    theta: &Parameters,
    trace: &Trace<A>,
    logits: &Tensor,
    direction: &Parameters,
) -> Result<Parameters> {
    let directions = prepared(a, held, direction)?;
    let prepared = prepared(a, held, theta)?;
    let outputs = logits.dim(1)?;
    let residual = to_vec(&held.targets.residual(logits)?)?;
    held.sum_over_strips(theta, |strip| {
        let group = held.blocks[strip[0]].group;
        let mut sum = Sum::zero(&prepared[group]);
        for &number in strip {
            let block = &held.blocks[number];
            let logits = logits.narrow(0, block.start, block.rows)?;
            let residual_along = |r_logits| -> Result<Vec<f32>> {
                let r_logits = Tensor::from_vec(r_logits, (block.rows, outputs), &Device::Cpu)?;
                let along = Targets::error_tangent(&logits, &r_logits)?;
                to_vec(&(along / held.rows as f64)?)
            };
            seen(a, block, &trace.blocks[number]).hessian_vector(
                &prepared[group],
                &directions[group],
                rows_of(&residual, outputs, block),
                residual_along,
                &mut sum,
            )?;
        }
        sum.into_parameters()
    })
}
