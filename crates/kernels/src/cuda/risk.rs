//! The risk of logits and its derivatives, each in one pass over the rows.
//!
//! Logits and labels are `[n, k]` f32; labels are one-hot, or for one logit 0 and 1. Views, for these are called from
//! candle's custom operations too.

use anyhow::{Result, ensure};
use candle_core::{CudaStorage, DType, Tensor};

use super::{DeviceArray, THREADS, View, float_argument, int_argument, launch};

struct Rows {
    rows: usize,
    k: usize,
}

impl Rows {
    fn of(logits: View, labels: View) -> Result<Self> {
        let [rows, k] = *logits.dims else {
            anyhow::bail!("logits of {:?}, expected a matrix", logits.dims);
        };
        ensure!(rows > 0 && k > 0, "there are no logits");
        logits.expect(DType::F32, &[rows, k])?;
        labels.expect(DType::F32, &[rows, k])?;
        Ok(Self { rows, k })
    }

    fn blocks(&self) -> usize {
        self.rows.div_ceil(THREADS)
    }
}

/// `scale` times the sum over rows of what the kernel `name` makes of each; `values` numbers.
fn sum(
    name: &str,
    logits: View,
    labels: View,
    values: usize,
    dims: &[usize],
    scale: f64,
) -> Result<DeviceArray> {
    let shape = Rows::of(logits, labels)?;
    let blocks = shape.blocks();
    let partial = DeviceArray::new(logits.device, DType::F64, &[values, blocks])?;
    launch(
        logits.device,
        name,
        (blocks, 1, 1),
        &[
            logits.pointer,
            labels.pointer,
            partial.pointer()?,
            int_argument(shape.rows)?,
            int_argument(shape.k)?,
        ],
    )?;
    let out = DeviceArray::new(logits.device, DType::F32, dims)?;
    let arguments = [
        partial.pointer()?,
        out.pointer()?,
        int_argument(blocks)?,
        scale.to_bits(),
    ];
    launch(logits.device, "finish", (values, 1, 1), &arguments)?;
    Ok(out)
}

/// The mean negative log-likelihood, a scalar.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn risk(logits: View, labels: View) -> Result<CudaStorage> {
    let rows = Rows::of(logits, labels)?.rows;
    Ok(sum("risk", logits, labels, 1, &[], 1.0 / rows as f64)?.storage)
}

/// The number of rows predicted right, a scalar.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn right(logits: View, labels: View) -> Result<Tensor> {
    Ok(sum("right", logits, labels, 1, &[], 1.0)?.tensor())
}

/// ∇_s R(s·logits) at s = 1, `[k]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn scale_gradient(logits: View, labels: View) -> Result<CudaStorage> {
    let Rows { rows, k } = Rows::of(logits, labels)?;
    let scale = 1.0 / rows as f64;
    Ok(sum("scale_gradient", logits, labels, k, &[k], scale)?.storage)
}

/// `scale`·(probabilities − labels) `[n, k]`, times the scalar `factor` where it is given.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn residual(logits: View, labels: View, factor: Option<View>, scale: f64) -> Result<Tensor> {
    let Rows { rows, k } = Rows::of(logits, labels)?;
    if let Some(factor) = factor {
        factor.expect(DType::F32, &[])?;
    }
    let out = DeviceArray::new(logits.device, DType::F32, &[rows, k])?;
    launch(
        logits.device,
        "residual",
        (rows.div_ceil(THREADS), 1, 1),
        &[
            logits.pointer,
            labels.pointer,
            factor.map_or(0, |factor| factor.pointer),
            out.pointer()?,
            int_argument(rows)?,
            int_argument(k)?,
            float_argument(scale),
        ],
    )?;
    Ok(out.tensor())
}

/// `scale` times the derivative of the probabilities in the direction `tangent` `[n, k]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn residual_tangent(logits: View, tangent: View, scale: f64) -> Result<Tensor> {
    let Rows { rows, k } = Rows::of(logits, tangent)?;
    let out = DeviceArray::new(logits.device, DType::F32, &[rows, k])?;
    launch(
        logits.device,
        "residual_tangent",
        (rows.div_ceil(THREADS), 1, 1),
        &[
            logits.pointer,
            tangent.pointer,
            out.pointer()?,
            int_argument(rows)?,
            int_argument(k)?,
            float_argument(scale),
        ],
    )?;
    Ok(out.tensor())
}

/// The derivative by the logits, `[n, k]`, of Σ_o g_o·[`scale_gradient`]_o for `g` `[k]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn scale_gradient_cotangent(logits: View, labels: View, g: View) -> Result<Tensor> {
    let Rows { rows, k } = Rows::of(logits, labels)?;
    g.expect(DType::F32, &[k])?;
    let out = DeviceArray::new(logits.device, DType::F32, &[rows, k])?;
    launch(
        logits.device,
        "scale_gradient_cotangent",
        (rows.div_ceil(THREADS), 1, 1),
        &[
            logits.pointer,
            labels.pointer,
            g.pointer,
            out.pointer()?,
            int_argument(rows)?,
            int_argument(k)?,
            float_argument(1.0 / rows as f64),
        ],
    )?;
    Ok(out.tensor())
}
