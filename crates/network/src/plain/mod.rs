//! The reference engine: plain candle tensors on any device, in the parameters' own precision.
//!
//! Rows go in blocks that keep a layer's activations in the second-level cache, and blocks go to
//! threads. Sums over blocks are taken in an order that does not depend on the number of threads.

mod block;

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use environment::Environment;
use rayon::prelude::*;

use crate::{Engine, Layer, Parameters, Pass, RowOrder, Targets};

/// Rows of one block on a CPU: 512 rows of 390 units are 0.8 MB.
const BLOCK_ROWS: usize = 512;

/// Blocks whose gradients one thread adds up: bounds the gradients alive at a time.
const STRIP_BLOCKS: usize = 8;

/// The reference engine and the environments it holds.
pub struct Plain {
    device: Device,
    dtype: DType,
    environments: Vec<Held>,
}

/// One environment on the device.
struct Held {
    rows: usize,
    targets: Targets,
    groups: Vec<HeldGroup>,
    blocks: Vec<Block>,
}

struct HeldGroup {
    /// `[c]`: the group's input columns.
    columns: Tensor,
    /// The group's blocks, as numbers in `Held::blocks`, in strips.
    strips: Vec<Vec<usize>>,
}

struct Block {
    group: usize,
    /// First row, in the engine's order.
    start: usize,
    rows: usize,
    /// `[rows, c]`.
    pixels: Tensor,
}

/// What [`Plain`] keeps of a forward pass: each block's layer inputs.
pub struct PlainTrace {
    blocks: Vec<Vec<Tensor>>,
}

impl Plain {
    /// Puts `environments` on `device`; the network tells `classes` classes apart, and its parameters
    /// will be of type `dtype`.
    ///
    /// # Errors
    /// Where environments differ in their images' width, a label is not below `classes`, or the
    /// device refuses the memory.
    pub fn new(
        environments: &[Environment],
        classes: usize,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        let environments = environments
            .iter()
            .map(|environment| Held::new(environment, classes, dtype, device))
            .collect::<Result<_>>()?;
        Ok(Self {
            device: device.clone(),
            dtype,
            environments,
        })
    }

    /// `job` of every item, in order; on a CPU the threads share the items.
    fn each<I: Sync, T: Send>(
        &self,
        items: &[I],
        job: impl Fn(&I) -> Result<T> + Sync + Send,
    ) -> Result<Vec<T>> {
        if self.device.is_cpu() {
            items.par_iter().map(job).collect()
        } else {
            items.iter().map(job).collect()
        }
    }

    /// The sum over environment `e`'s blocks of `job`, a gradient with the first layer narrowed to
    /// the block's columns.
    fn sum_over_blocks(
        &self,
        theta: &Parameters,
        e: usize,
        job: impl Fn(usize, &Block) -> Result<Parameters> + Sync,
    ) -> Result<Parameters> {
        let held = &self.environments[e];
        let strips: Vec<_> = held.groups.iter().flat_map(|group| &group.strips).collect();
        let sums = self.each(&strips, |strip| {
            sum(strip
                .iter()
                .map(|&number| job(number, &held.blocks[number])))
        })?;
        let mut sums = sums.into_iter();
        let whole = held.groups.iter().map(|group| {
            let narrow = sum(sums.by_ref().take(group.strips.len()).map(Ok))?;
            let first = &narrow.layers[0];
            let weight =
                theta.layers[0]
                    .weight
                    .zeros_like()?
                    .index_add(&group.columns, &first.weight, 1)?;
            let mut layers = narrow.layers.clone();
            layers[0].weight = weight;
            Ok(Parameters { layers })
        });
        sum(whole)
    }
}

/// The sum of gradients, in order; there is at least one.
fn sum(gradients: impl Iterator<Item = Result<Parameters>>) -> Result<Parameters> {
    gradients
        .reduce(|total, next| total?.zip(&next?, |a, b| a + b))
        .expect("an environment has at least one row")
}

impl Held {
    fn new(
        environment: &Environment,
        classes: usize,
        dtype: DType,
        device: &Device,
    ) -> Result<Self> {
        let width: usize = environment.shape[1..].iter().product();
        let order = RowOrder::of(environment);
        let labels: Vec<u32> = order.rows().map(|row| environment.labels[row]).collect();
        if let Some(label) = labels.iter().find(|&&label| label as usize >= classes) {
            anyhow::bail!(
                "{}: labels: found {label}, expected less than {classes}, the network's classes",
                environment.name
            );
        }
        let block_rows = if device.is_cpu() {
            BLOCK_ROWS
        } else {
            usize::MAX
        };
        let mut groups = Vec::new();
        let mut blocks = Vec::new();
        let mut start = 0;
        for (number, group) in order.groups.iter().enumerate() {
            let first = blocks.len();
            for rows in group.rows.chunks(block_rows) {
                let mut values = Vec::with_capacity(rows.len() * group.columns.len());
                for &row in rows {
                    let image = &environment.images[row * width..][..width];
                    values.extend(group.columns.iter().map(|&c| image[c as usize]));
                }
                blocks.push(Block {
                    group: number,
                    start,
                    rows: rows.len(),
                    pixels: block::pixels(values, group.columns.len(), dtype, device)?,
                });
                start += rows.len();
            }
            let numbers: Vec<usize> = (first..blocks.len()).collect();
            groups.push(HeldGroup {
                columns: Tensor::new(group.columns.as_slice(), device)?,
                strips: numbers.chunks(STRIP_BLOCKS).map(<[_]>::to_vec).collect(),
            });
        }
        Ok(Self {
            rows: labels.len(),
            targets: Targets::new(&labels, classes, dtype, device)?,
            groups,
            blocks,
        })
    }

    /// `theta` as each group sees it: the first layer's weight narrowed to the group's columns.
    fn narrowed(&self, theta: &Parameters) -> Result<Vec<Parameters>> {
        self.groups
            .iter()
            .map(|group| {
                let mut layers = theta.layers.clone();
                let Layer { weight, .. } = &mut layers[0];
                *weight = weight.index_select(&group.columns, 1)?;
                Ok(Parameters { layers })
            })
            .collect()
    }
}

impl Engine for Plain {
    type Trace = PlainTrace;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<PlainTrace>> {
        ensure!(
            theta.layers[0].weight.dtype() == self.dtype,
            "the engine was made for parameters of another type"
        );
        let held = &self.environments[e];
        let narrowed = held.narrowed(theta)?;
        let passes = self.each(&held.blocks, |block| {
            block::forward(&narrowed[block.group], &block.pixels)
        })?;
        let (blocks, logits): (Vec<_>, Vec<_>) = passes.into_iter().unzip();
        Ok(Pass {
            logits: Tensor::cat(&logits, 0)?,
            trace: PlainTrace { blocks },
        })
    }

    fn pullback(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<PlainTrace>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        let narrowed = self.environments[e].narrowed(theta)?;
        self.sum_over_blocks(theta, e, |number, block| {
            block::pullback(
                &narrowed[block.group],
                &pass.trace.blocks[number],
                &cotangent.narrow(0, block.start, block.rows)?,
            )
        })
    }

    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<PlainTrace>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let held = &self.environments[e];
        let narrowed = held.narrowed(theta)?;
        let directions = held.narrowed(direction)?;
        let residual = held.targets.residual(&pass.logits)?;
        self.sum_over_blocks(theta, e, |number, block| {
            block::hessian_vector(
                &narrowed[block.group],
                &directions[block.group],
                &pass.trace.blocks[number],
                &pass.logits.narrow(0, block.start, block.rows)?,
                &residual.narrow(0, block.start, block.rows)?,
                held.rows,
            )
        })
    }
}
