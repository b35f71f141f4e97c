//! The candle engine: candle tensors on any device, in the parameters' own precision. The other engines are tested against it.
//!
//! Rows go in blocks that keep a layer's activations in the second-level cache, and blocks go to
//! threads.

mod block;

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use environment::Environment;

use crate::blocked::Blocked;
use crate::scale::to_inputs;
use crate::{Engine, Parameters, Pass, Targets};

/// Rows of one block on a CPU: 512 rows of 390 units are 0.8 MB.
const BLOCK_ROWS: usize = 512;

/// The candle engine and the environments it holds.
pub struct CandleEngine {
    dtype: DType,
    environments: Vec<Blocked<Tensor>>,
}

/// What [`CandleEngine`] keeps of a forward pass: each block's layer inputs.
pub struct CandleTrace {
    blocks: Vec<Vec<Tensor>>,
}

impl CandleEngine {
    /// Puts `environments` on `device`; the network tells `classes` classes apart, and its parameters
    /// will be of type `dtype`.
    ///
    /// # Errors
    /// Where a label is not below `classes`, or the device refuses the memory.
    pub fn new(
        environments: &[Environment],
        classes: usize,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        // On a GPU a block is as large as can be.
        let block_rows = if device.is_cpu() {
            BLOCK_ROWS
        } else {
            usize::MAX
        };
        let environments = environments
            .iter()
            .map(|environment| {
                Blocked::new(
                    environment,
                    classes,
                    block_rows,
                    dtype,
                    device,
                    |values, columns| to_inputs(values, columns, dtype, device),
                )
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            dtype,
            environments,
        })
    }
}

impl Engine for CandleEngine {
    type Trace = CandleTrace;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<CandleTrace>> {
        let blocked = &self.environments[e];
        blocked.check(theta, self.dtype)?;
        let narrowed = blocked.narrowed(theta)?;
        let passes =
            blocked.each_block(|block| block::forward(&narrowed[block.group], &block.values))?;
        let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
        Ok(Pass {
            logits: Tensor::cat(&logits, 0)?,
            trace: CandleTrace { blocks },
        })
    }

    fn pullback(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<CandleTrace>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        let blocked = &self.environments[e];
        blocked.check_cotangent(cotangent)?;
        let narrowed = blocked.narrowed(theta)?;
        let sums = blocked.sums_over_strips(|strip| {
            sum(strip.iter().map(|&number| {
                let block = &blocked.blocks[number];
                block::pullback(
                    &narrowed[block.group],
                    &pass.trace.blocks[number],
                    &cotangent.narrow(0, block.start, block.rows)?,
                )
            }))
        })?;
        blocked.widened(theta, sums)
    }

    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<CandleTrace>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let blocked = &self.environments[e];
        blocked.check_direction(theta, direction, self.dtype)?;
        let narrowed = blocked.narrowed(theta)?;
        let directions = blocked.narrowed(direction)?;
        let residual = blocked.targets.residual(&pass.logits)?;
        let sums = blocked.sums_over_strips(|strip| {
            sum(strip.iter().map(|&number| {
                let block = &blocked.blocks[number];
                block::hessian_vector(
                    &narrowed[block.group],
                    &directions[block.group],
                    &pass.trace.blocks[number],
                    &pass.logits.narrow(0, block.start, block.rows)?,
                    &residual.narrow(0, block.start, block.rows)?,
                    blocked.rows,
                )
            }))
        })?;
        blocked.widened(theta, sums)
    }
}

/// The sum of gradients, in order; there is at least one.
fn sum(gradients: impl Iterator<Item = Result<Parameters>>) -> Result<Parameters> {
    gradients
        .reduce(|total, next| total?.zip(&next?, |a, b| a + b))
        .expect("a strip has at least one block")
}
