//! The one place that turns a pixel's byte, 0 to 255, into the network's input: byte / 255, from 0 to 1.
//!
//! Engines do so at different moments, and as each rounds, their last digits differ:
//!
//! - the candle engine divides the pixels ([`to_inputs`]);
//! - the fused engine keeps the bytes, which bf16 holds exactly. The first layer's weight takes the division before a product
//!   ([`divide_weight`]), and that weight's gradient after it ([`divide_gradient`]);
//! - the CUDA engine keeps the bytes too, and scales each product with them ([`SCALE`]).

use anyhow::Result;
use candle_core::Tensor;
use kernels::at_full_width;

/// The byte that is the input 1.
const BRIGHTEST: f64 = 255.0;
/// What a factor of bytes is multiplied by in place of them.
pub const SCALE: f64 = 1.0 / BRIGHTEST;

/// `bytes`, of a type of float, as inputs.
pub fn to_inputs(bytes: &Tensor) -> Result<Tensor> {
    Ok((bytes / BRIGHTEST)?)
}

/// The first layer's `weight`, as a factor of bytes.
pub fn divide_weight(weight: &Tensor) -> Result<Tensor> {
    Ok((weight * SCALE)?)
}

/// A strip's share of the first layer's gradient, `sum` over products with bytes. This is done before strips are added up, for
/// it rounds.
pub fn divide_gradient(sum: &mut [f32]) {
    at_full_width(
        #[inline(always)]
        || {
            for value in sum {
                *value *= SCALE as f32;
            }
        },
    );
}
