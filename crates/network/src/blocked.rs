//! An environment as an engine holds it: rows grouped by their lit columns and cut into blocks.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use environment::{Environment, Inputs};

use crate::ordered_reduce::ordered_reduce;
use crate::scale::Scale;
use crate::{Parameters, RowOrder, Targets};

/// Blocks whose gradients are added up in one go: bounds the gradients that are alive at a time. Part
/// of the order of summation, so the same for any number of threads.
const STRIP_BLOCKS: usize = 4;

/// An environment in blocks; `Values` is an engine's own form of a block's values.
pub struct Blocked<Values> {
    pub rows: usize,
    /// Values of one row.
    inputs: usize,
    /// Between the blocks' values and the network's inputs.
    pub scale: Scale,
    pub targets: Targets,
    pub blocks: Vec<Block<Values>>,
    groups: Vec<BlockedGroup>,
    device: Device,
}

/// Neighbouring rows of one group.
pub struct Block<Values> {
    /// The group's number.
    pub group: usize,
    /// The first row, in the engine's order.
    pub start: usize,
    pub rows: usize,
    /// `[rows, columns]`, for the group's columns.
    pub values: Values,
}

struct BlockedGroup {
    /// The group's input columns.
    columns: Vec<u32>,
    /// The same, on the device.
    index: Tensor,
    /// The group's blocks, as numbers in `Blocked::blocks`.
    strips: Vec<Vec<usize>>,
}

/// What a strip adds to a gradient.
pub trait StripSum: Send {
    /// Adds another strip's of the same group.
    fn add(&mut self, other: &Self) -> Result<()>;
}

impl StripSum for Parameters {
    fn add(&mut self, other: &Self) -> Result<()> {
        *self = self.zip(other, |a, b| a + b)?;
        Ok(())
    }
}

impl<Values: Sync> Blocked<Values> {
    /// Checks the labels against `classes` and cuts the environment into blocks of at most `block_rows`;
    /// `engines_form` turns a block's raw values `[rows, columns]`, given with the number of columns, into the
    /// engine's form.
    pub fn new(
        environment: &Environment,
        classes: usize,
        block_rows: usize,
        dtype: DType,
        device: &Device,
        engines_form: impl Fn(Inputs, usize) -> Result<Values>,
    ) -> Result<Self> {
        let width = environment.width();
        let order = RowOrder::of(environment);
        let labels: Vec<u32> = order.rows().map(|row| environment.labels[row]).collect();
        if let Some(label) = labels.iter().find(|&&label| label as usize >= classes) {
            anyhow::bail!(
                "{}: labels: found {label}, expected less than {classes}, the network's classes",
                environment.facts.name
            );
        }
        let mut groups = Vec::new();
        let mut blocks = Vec::new();
        let mut start = 0;
        for (number, group) in order.groups.iter().enumerate() {
            let first = blocks.len();
            for rows in group.rows.chunks(block_rows) {
                let values = environment.inputs.select(width, rows, &group.columns);
                blocks.push(Block {
                    group: number,
                    start,
                    rows: rows.len(),
                    values: engines_form(values, group.columns.len())?,
                });
                start += rows.len();
            }
            let numbers: Vec<usize> = (first..blocks.len()).collect();
            groups.push(BlockedGroup {
                index: Tensor::new(group.columns.as_slice(), device)?,
                columns: group.columns.clone(),
                strips: numbers.chunks(STRIP_BLOCKS).map(<[_]>::to_vec).collect(),
            });
        }
        Ok(Self {
            rows: labels.len(),
            inputs: width,
            scale: Scale::of(&environment.inputs),
            targets: Targets::new(&labels, classes, dtype, device)?,
            groups,
            blocks,
            device: device.clone(),
        })
    }

    /// Checks that `theta` is of type `dtype` and a network for these inputs and classes.
    pub fn check(&self, theta: &Parameters, dtype: DType) -> Result<()> {
        let found = theta.layers[0].weight.dtype();
        ensure!(
            found == dtype,
            "the engine was made for parameters of type {dtype:?}, found {found:?}"
        );
        let shape = theta.shape()?;
        let expected = (self.inputs, self.targets.outputs());
        ensure!(
            (shape.inputs, shape.outputs) == expected,
            "a network of {} inputs and {} outputs, expected {} and {}",
            shape.inputs,
            shape.outputs,
            expected.0,
            expected.1
        );
        Ok(())
    }

    /// Checks that `cotangent` is of the logits' shape `[n, out]`.
    pub fn check_cotangent(&self, cotangent: &Tensor) -> Result<()> {
        let expected = [self.rows, self.targets.outputs()];
        ensure!(
            cotangent.dims() == expected,
            "a cotangent of shape {:?}, expected {expected:?}, that of the logits",
            cotangent.dims()
        );
        Ok(())
    }

    /// Checks that `direction` is of type `dtype` and of the shape of `theta`.
    pub fn check_direction(
        &self,
        theta: &Parameters,
        direction: &Parameters,
        dtype: DType,
    ) -> Result<()> {
        self.check(direction, dtype)?;
        let (found, expected) = (direction.shape()?, theta.shape()?);
        ensure!(
            found == expected,
            "a direction of shape {found:?}, expected {expected:?}, that of the point"
        );
        Ok(())
    }

    /// `theta` as each group sees it: the first layer's weight narrowed to the group's columns.
    pub fn narrowed(&self, theta: &Parameters) -> Result<Vec<Parameters>> {
        self.groups
            .iter()
            .map(|group| {
                let mut layers = theta.layers.clone();
                layers[0].weight = layers[0].weight.index_select(&group.index, 1)?;
                Ok(Parameters { layers })
            })
            .collect()
    }

    /// `job` of every block, in order; on a CPU the threads share the blocks.
    pub fn each_block<T: Send>(
        &self,
        job: impl Fn(&Block<Values>) -> Result<T> + Sync + Send,
    ) -> Result<Vec<T>> {
        let mut results = Vec::with_capacity(self.blocks.len());
        self.each(&self.blocks, job, |_, result| {
            results.push(result);
            Ok(())
        })?;
        Ok(results)
    }

    /// Each group's sum over its strips of what `job` gives of them; on a CPU the threads share the strips. The order of
    /// summation does not depend on the number of threads.
    pub fn sums_over_strips<S: StripSum>(
        &self,
        job: impl Fn(&[usize]) -> Result<S> + Sync + Send,
    ) -> Result<Vec<S>> {
        let strips: Vec<_> = self.groups.iter().flat_map(|group| &group.strips).collect();
        let mut sums: Vec<Option<S>> = self.groups.iter().map(|_| None).collect();
        self.each(
            &strips,
            |strip| job(strip),
            |strip, of_strip| {
                let sum = &mut sums[self.blocks[strip[0]].group];
                match sum {
                    None => *sum = Some(of_strip),
                    Some(sum) => sum.add(&of_strip)?,
                }
                Ok(())
            },
        )?;
        let sums = sums.into_iter();
        Ok(sums.map(|sum| sum.expect("a group has rows")).collect())
    }

    /// The sum of the groups' gradients `narrow`, each narrowed to its group's columns in the first layer.
    pub fn widened(&self, theta: &Parameters, narrow: Vec<Parameters>) -> Result<Parameters> {
        let mut whole = narrow[0].map(Tensor::zeros_like)?;
        whole.layers[0].weight = theta.layers[0].weight.zeros_like()?;
        for (group, narrow) in self.groups.iter().zip(narrow) {
            let layers = whole.layers.iter_mut().zip(&narrow.layers);
            for (l, (sum, part)) in layers.enumerate() {
                sum.bias = (&sum.bias + &part.bias)?;
                sum.weight = if l == 0 {
                    sum.weight.index_add(&group.index, &part.weight, 1)?
                } else {
                    (&sum.weight + &part.weight)?
                };
            }
        }
        Ok(whole)
    }

    /// Values of one row.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Each group's input columns.
    pub fn columns(&self) -> impl Iterator<Item = &[u32]> {
        self.groups.iter().map(|group| &*group.columns)
    }

    /// `job` of each of `items`, and `then` of each result, in order.
    fn each<I: Sync, T: Send>(
        &self,
        items: &[I],
        job: impl Fn(&I) -> Result<T> + Sync + Send,
        mut then: impl FnMut(&I, T) -> Result<()> + Send,
    ) -> Result<()> {
        if self.device.is_cpu() {
            let job = |number: usize| job(&items[number]);
            ordered_reduce(items.len(), job, |number, result| {
                then(&items[number], result)
            })
        } else {
            items.iter().try_for_each(|item| then(item, job(item)?))
        }
    }
}
