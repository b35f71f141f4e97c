//! The fast engine for CPUs: the same formulas as the reference, in products of an [`Arithmetic`] of the
//! machine's, on blocks of rows that stay in the cache.

mod block;
mod layers;

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use environment::Environment;
use machine::Arithmetic;

use crate::held::{Block, Held, check_dtype};
use crate::{Engine, Parameters, Pass, Targets};
use block::Seen;
use layers::{Prepared, Sum, prepare};

/// Rows of one block: 384 rows of 390 units are 0.3 MB in bf16 and 0.6 MB in f32. Measured with meta-IRM in
/// bf16, 256 and 512 rows took some 4 % longer.
const BLOCK_ROWS: usize = 384;

/// The fast engine and the environments it holds. Parameters are f32; products are as precise as `A`.
pub struct Fused<A: Arithmetic> {
    arithmetic: A,
    environments: Vec<Held<A::Block>>,
}

/// What [`Fused`] keeps of a forward pass: each block's hidden activations.
pub struct FusedTrace<A: Arithmetic> {
    blocks: Vec<Vec<A::Block>>,
}

impl<A: Arithmetic> Fused<A> {
    /// Holds `environments`; the network tells `classes` classes apart.
    ///
    /// # Errors
    /// Where a label is not below `classes`.
    pub fn new(environments: &[Environment], classes: usize, arithmetic: A) -> Result<Self> {
        let hold = |environment| {
            let device = &Device::Cpu;
            Held::new(
                environment,
                classes,
                BLOCK_ROWS,
                DType::F32,
                device,
                |bytes, columns| {
                    let mut pixels = arithmetic.block(bytes.len() / columns, columns);
                    let values: Vec<f32> = bytes.into_iter().map(f32::from).collect();
                    arithmetic.fill(&mut pixels, &values);
                    Ok(pixels)
                },
            )
        };
        let environments = environments.iter().map(hold).collect::<Result<_>>()?;
        Ok(Self {
            arithmetic,
            environments,
        })
    }

    /// `theta` as each group of environment `e` sees it, ready for products.
    fn prepared(&self, theta: &Parameters, e: usize) -> Result<Vec<Vec<Prepared<A>>>> {
        check_dtype(theta, DType::F32)?;
        let narrowed = self.environments[e].narrowed(theta)?;
        narrowed
            .iter()
            .map(|theta| prepare(&self.arithmetic, theta))
            .collect()
    }

    fn seen<'a>(&'a self, block: &'a Block<A::Block>, hidden: &'a [A::Block]) -> Seen<'a, A> {
        Seen {
            arithmetic: &self.arithmetic,
            rows: block.rows,
            pixels: &block.pixels,
            hidden,
        }
    }
}

/// The values of `block`'s rows in `values` `[n, out]`.
fn rows_of<'a, P>(values: &'a [f32], outputs: usize, block: &Block<P>) -> &'a [f32] {
    &values[block.start * outputs..][..block.rows * outputs]
}

impl<A: Arithmetic> Engine for Fused<A> {
    type Trace = FusedTrace<A>;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<FusedTrace<A>>> {
        let held = &self.environments[e];
        let prepared = self.prepared(theta, e)?;
        let passes = held.each_block(|block| {
            let layers = &prepared[block.group];
            Ok(block::forward(
                &self.arithmetic,
                layers,
                &block.pixels,
                block.rows,
            ))
        })?;
        let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
        let logits = logits.concat();
        let outputs = logits.len() / held.rows;
        Ok(Pass {
            logits: Tensor::from_vec(logits, (held.rows, outputs), &Device::Cpu)?,
            trace: FusedTrace { blocks },
        })
    }

    fn pullback(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        let held = &self.environments[e];
        let prepared = self.prepared(theta, e)?;
        let outputs = cotangent.dim(1)?;
        let cotangent: Vec<f32> = cotangent.flatten_all()?.to_vec1()?;
        held.sum_over_strips(theta, |strip| {
            let layers = &prepared[held.blocks[strip[0]].group];
            let mut sum = Sum::zero(layers);
            for &number in strip {
                let block = &held.blocks[number];
                self.seen(block, &pass.trace.blocks[number]).pullback(
                    layers,
                    rows_of(&cotangent, outputs, block),
                    &mut sum,
                );
            }
            sum.into_parameters()
        })
    }

    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let held = &self.environments[e];
        let prepared = self.prepared(theta, e)?;
        let directions = self.prepared(direction, e)?;
        let outputs = pass.logits.dim(1)?;
        let residual = held.targets.residual(&pass.logits)?;
        let residual: Vec<f32> = residual.flatten_all()?.to_vec1()?;
        held.sum_over_strips(theta, |strip| {
            let group = held.blocks[strip[0]].group;
            let mut sum = Sum::zero(&prepared[group]);
            for &number in strip {
                let block = &held.blocks[number];
                let logits = pass.logits.narrow(0, block.start, block.rows)?;
                let residual_along = |r_logits| -> Result<Vec<f32>> {
                    let r_logits = Tensor::from_vec(r_logits, (block.rows, outputs), &Device::Cpu)?;
                    let along = Targets::error_tangent(&logits, &r_logits)?;
                    let along = (along / held.rows as f64)?;
                    Ok(along.flatten_all()?.to_vec1()?)
                };
                self.seen(block, &pass.trace.blocks[number])
                    .hessian_vector(
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
}
