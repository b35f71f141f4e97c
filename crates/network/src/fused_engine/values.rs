//! Results of products as tensors and vectors, and back.

use anyhow::Result;
use candle_core::{Device, Tensor};
use kernels::{at_full_width, stride};

use super::simd;
use crate::blocked::{Block, Blocked};

/// The values of `block`'s rows in `values` `[n, out]`.
pub fn rows_of<'a, P>(values: &'a [f32], outputs: usize, block: &Block<P>) -> &'a [f32] {
    &values[block.start * outputs..][..block.rows * outputs]
}

/// ∂R/∂logits of `block`'s rows, for their `logits`; both `[rows, out]`.
pub fn residual_of<P: Sync>(
    blocked: &Blocked<P>,
    block: &Block<P>,
    logits: &[f32],
) -> Result<Vec<f32>> {
    let shape = (block.rows, logits.len() / block.rows);
    let logits = Tensor::from_slice(logits, shape, &Device::Cpu)?;
    let error = blocked
        .targets
        .narrow(block.start, block.rows)?
        .error(&logits)?;
    to_vec(&(error / blocked.rows as f64)?)
}

/// A result `[.., stride(columns)]` as `[.., columns]`.
pub fn dense(result: &[f32], columns: usize) -> Vec<f32> {
    let rows = result.chunks_exact(stride(columns));
    let mut values = Vec::with_capacity(rows.len() * columns);
    for row in rows {
        values.extend_from_slice(&row[..columns]);
    }
    values
}

/// [`dense`], as a tensor.
pub fn matrix(result: &[f32], columns: usize) -> Result<Tensor> {
    let values = dense(result, columns);
    let shape = (values.len() / columns, columns);
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// Adds each of `values` to its counterpart in `sums`.
pub fn add(sums: &mut [f32], values: &[f32]) {
    at_full_width(|| simd::add_to(sums, values));
}

/// The first layer's weight `[outputs, inputs]` from each group's sum `[columns, stride(outputs)]`, in squares that stay in
/// the cache.
pub fn of_first_layer<'a, P: Sync>(
    blocked: &Blocked<P>,
    sums: impl Iterator<Item = &'a [f32]>,
    outputs: usize,
) -> Result<Tensor> {
    const SIDE: usize = 16;
    let (row_of_sum, inputs) = (stride(outputs), blocked.inputs());
    let mut weight = vec![0.0; outputs * inputs];
    for (columns, sum) in blocked.columns().zip(sums) {
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
pub fn in_rows(logits: Vec<Vec<f32>>, rows: usize) -> Result<Tensor> {
    let logits = logits.concat();
    let outputs = logits.len() / rows;
    Ok(Tensor::from_vec(logits, (rows, outputs), &Device::Cpu)?)
}

/// The values of a vector, and zeros to the length of a result's row.
pub fn padded(vector: &Tensor) -> Result<Vec<f32>> {
    let mut values: Vec<f32> = vector.to_vec1()?;
    values.resize(stride(values.len()), 0.0);
    Ok(values)
}

pub fn to_vec(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1()?)
}
