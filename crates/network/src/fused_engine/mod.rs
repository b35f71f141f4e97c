//! The fast engine for CPUs: the formulas of the candle engine, in products of one of the machine's kernels, an [`Arithmetic`],
//! on blocks of rows that stay in the cache.

mod chunks;
mod general;
mod one_logit;
mod simd;
mod workspace;

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use environment::Environment;
use kernels::{Arithmetic, at_full_width, stride};

use crate::blocked::{Block, Blocked};
use crate::{Engine, Parameters, Pass, Targets};

/// Rows of one block: 384 rows of 390 units are 0.3 MB in bf16 and 0.6 MB in f32. Measured with meta-IRM in
/// bf16, 256 and 512 rows took some 4 % longer.
const BLOCK_ROWS: usize = 384;

/// Pixels stay raw, 0..=255, which bf16 holds exactly; the first layer's weight takes the division.
const PIXEL_SCALE: f64 = 1.0 / 255.0;

/// Sums that are kept for the next pass: those of a few strips. All groups' would be much memory with many classes.
const SPARE_SUMS: usize = 8;

/// The fast engine and the environments it holds. Parameters are f32; products are as precise as `A`.
pub struct FusedEngine<A: Arithmetic> {
    arithmetic: A,
    environments: Vec<Blocked<A::Bytes>>,
    memory: Memory<A>,
}

/// What passes use again.
struct Memory<A: Arithmetic> {
    general: general::Memory<A>,
    one_logit: one_logit::Memory<A>,
}

/// What [`FusedEngine`] keeps of a pass.
pub struct FusedTrace<A: Arithmetic>(Kept<A>);

enum Kept<A: Arithmetic> {
    General(general::Trace<A>),
    OneLogit(Box<one_logit::Trace<A>>),
}

impl<A: Arithmetic> FusedEngine<A> {
    /// Holds `environments`; the network tells `classes` classes apart.
    ///
    /// # Errors
    /// Where a label is not below `classes`.
    pub fn new(environments: &[Environment], classes: usize, arithmetic: A) -> Result<Self> {
        let hold = |environment| {
            let device = &Device::Cpu;
            Blocked::new(
                environment,
                classes,
                BLOCK_ROWS,
                DType::F32,
                device,
                |bytes, columns| Ok(arithmetic.bytes(bytes, columns)),
            )
        };
        let environments = environments.iter().map(hold).collect::<Result<_>>()?;
        Ok(Self {
            arithmetic,
            environments,
            memory: Memory {
                general: Default::default(),
                one_logit: Default::default(),
            },
        })
    }

    fn held(&self, e: usize) -> (&A, &Blocked<A::Bytes>) {
        (&self.arithmetic, &self.environments[e])
    }
}

/// The values of `block`'s rows in `values` `[n, out]`.
fn rows_of<'a, P>(values: &'a [f32], outputs: usize, block: &Block<P>) -> &'a [f32] {
    &values[block.start * outputs..][..block.rows * outputs]
}

/// ∂R/∂logits of `block`'s rows, for their `logits`; both `[rows, out]`.
fn residual_of<P: Sync>(held: &Blocked<P>, block: &Block<P>, logits: &[f32]) -> Result<Vec<f32>> {
    let shape = (block.rows, logits.len() / block.rows);
    let logits = Tensor::from_slice(logits, shape, &Device::Cpu)?;
    let error = held
        .targets
        .narrow(block.start, block.rows)?
        .error(&logits)?;
    to_vec(&(error / held.rows as f64)?)
}

/// A result `[.., stride(columns)]` as `[.., columns]`.
fn dense(result: &[f32], columns: usize) -> Vec<f32> {
    let rows = result.chunks_exact(stride(columns));
    let mut values = Vec::with_capacity(rows.len() * columns);
    for row in rows {
        values.extend_from_slice(&row[..columns]);
    }
    values
}

/// [`dense`], as a tensor.
fn matrix(result: &[f32], columns: usize) -> Result<Tensor> {
    let values = dense(result, columns);
    let shape = (values.len() / columns, columns);
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Adds each of `values` to its counterpart in `sums`.
fn add(sums: &mut [f32], values: &[f32]) {
    at_full_width(|| simd::add_to(sums, values));
}

/// Scales a strip's sum over raw pixels. This is done before strips are added up, for it rounds.
fn scale_pixels(sum: &mut [f32]) {
    at_full_width(
        #[inline(always)]
        || {
            for value in sum {
                *value *= PIXEL_SCALE as f32;
            }
        },
    );
}

/// The first layer's weight `[outputs, inputs]` from each group's sum `[columns, stride(outputs)]`, in squares that stay in
/// the cache.
fn of_first_layer<'a, P: Sync>(
    held: &Blocked<P>,
    sums: impl Iterator<Item = &'a [f32]>,
    outputs: usize,
) -> Result<Tensor> {
    const SIDE: usize = 16;
    let (row_of_sum, inputs) = (stride(outputs), held.inputs());
    let mut weight = vec![0.0; outputs * inputs];
    for (columns, sum) in held.columns().zip(sums) {
        for first_row in (0..outputs).step_by(SIDE) {
            for (columns, sum) in columns.chunks(SIDE).zip(sum.chunks(SIDE * row_of_sum)) {
                for row in first_row..outputs.min(first_row + SIDE) {
                    let weight = &mut weight[row * inputs..][..inputs];
                    for (&column, sum) in columns.iter().zip(sum.chunks_exact(row_of_sum)) {
                        weight[column as usize] += sum[row];
                    }
                }
            }
        }
    }
    Ok(Tensor::from_vec(weight, (outputs, inputs), &Device::Cpu)?)
}

/// Each block's logits as one tensor `[rows, out]`.
fn in_rows(logits: Vec<Vec<f32>>, rows: usize) -> Result<Tensor> {
    let logits = logits.concat();
    let outputs = logits.len() / rows;
    Ok(Tensor::from_vec(logits, (rows, outputs), &Device::Cpu)?)
}

/// The values of a vector, and zeros to the length of a result's row.
fn padded(vector: &Tensor) -> Result<Vec<f32>> {
    let mut values: Vec<f32> = vector.to_vec1()?;
    values.resize(stride(values.len()), 0.0);
    Ok(values)
}

fn to_vec(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}

impl<A: Arithmetic> Engine for FusedEngine<A> {
    type Trace = FusedTrace<A>;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<FusedTrace<A>>> {
        let (a, held) = self.held(e);
        held.check(theta, DType::F32)?;
        let (logits, kept) = if one_logit::fits(theta) {
            let (logits, trace) = one_logit::forward(a, &self.memory.one_logit, held, theta)?;
            (logits, Kept::OneLogit(Box::new(trace)))
        } else {
            let (logits, trace) = general::forward(a, &self.memory.general, held, theta)?;
            (logits, Kept::General(trace))
        };
        Ok(Pass {
            logits,
            trace: FusedTrace(kept),
        })
    }

    fn pullback(
        &self,
        _: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        let (a, held) = self.held(e);
        held.check_cotangent(cotangent)?;
        match &pass.trace.0 {
            Kept::General(trace) => {
                general::pullback(a, &self.memory.general, held, trace, cotangent)
            }
            Kept::OneLogit(trace) => {
                one_logit::pullback(a, &self.memory.one_logit, held, trace, cotangent)
            }
        }
    }

    fn risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Pass<FusedTrace<A>>, Parameters)> {
        let (a, held) = self.held(e);
        held.check(theta, DType::F32)?;
        let (logits, kept, gradient) = if one_logit::fits(theta) {
            let (logits, trace, gradient) =
                one_logit::risk_gradient(a, &self.memory.one_logit, held, theta)?;
            (logits, Kept::OneLogit(Box::new(trace)), gradient)
        } else {
            let (logits, trace, gradient) =
                general::risk_gradient(a, &self.memory.general, held, theta)?;
            (logits, Kept::General(trace), gradient)
        };
        let trace = FusedTrace(kept);
        Ok((Pass { logits, trace }, gradient))
    }

    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let (a, held) = self.held(e);
        held.check_direction(theta, direction, DType::F32)?;
        let logits = &pass.logits;
        match &pass.trace.0 {
            Kept::General(trace) => {
                general::hessian_vector(a, &self.memory.general, held, trace, logits, direction)
            }
            Kept::OneLogit(trace) => one_logit::hessian_vector(
                a,
                &self.memory.one_logit,
                held,
                theta,
                trace,
                logits,
                direction,
            ),
        }
    }

    fn logits_and_risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Tensor, Parameters)> {
        let (a, held) = self.held(e);
        held.check(theta, DType::F32)?;
        if one_logit::fits(theta) {
            return one_logit::logits_and_risk_gradient(a, &self.memory.one_logit, held, theta);
        }
        general::logits_and_risk_gradient(a, &self.memory.general, held, theta)
    }
}
