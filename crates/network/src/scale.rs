//! The one place that turns an environment's values into the network's inputs: a byte of `images` is divided by 255, and a
//! number of `inputs` is the input as it is.
//!
//! Engines divide bytes at different moments, and as each rounds, their last digits differ:
//!
//! - the candle engine divides the pixels ([`to_inputs`]);
//! - the fused engine keeps the bytes, which bf16 holds exactly. The first layer's weight takes the division before a product
//!   ([`Scale::weight`]), and that weight's gradient after it ([`Scale::gradient`]);
//! - the CUDA engine keeps the bytes too, and scales each product with them ([`Scale::factor`]).

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use environment::Inputs;
use kernels::at_full_width;

/// The byte that is the input 1.
const BRIGHTEST: f64 = 255.0;

/// What stands between the values that an engine keeps and the network's inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// The values are bytes, 255 times the inputs.
    Bytes,
    /// The values are the inputs.
    One,
}

impl Scale {
    /// That of `inputs` as they are.
    pub fn of(inputs: &Inputs) -> Self {
        match inputs {
            Inputs::Images(_) => Self::Bytes,
            Inputs::Numbers(_) => Self::One,
        }
    }

    /// What a value is multiplied by to be an input.
    pub fn factor(self) -> f64 {
        match self {
            Self::Bytes => 1.0 / BRIGHTEST,
            Self::One => 1.0,
        }
    }

    /// The first layer's `weight`, as a factor of values.
    pub fn weight(self, weight: &Tensor) -> Result<Tensor> {
        match self {
            Self::Bytes => Ok((weight * self.factor())?),
            Self::One => Ok(weight.clone()),
        }
    }

    /// A strip's share of the first layer's gradient, `sum` over products with values. This is done before strips are added
    /// up, for it rounds.
    pub fn gradient(self, sum: &mut [f32]) {
        if self == Self::One {
            return;
        }
        let factor = self.factor() as f32;
        at_full_width(
            #[inline(always)]
            || {
                for value in sum {
                    *value *= factor;
                }
            },
        );
    }
}

/// `values` `[rows, columns]` as the network's inputs, of the type `dtype`.
pub fn to_inputs(values: Inputs, columns: usize, dtype: DType, device: &Device) -> Result<Tensor> {
    match values {
        Inputs::Images(bytes) => {
            let rows = bytes.len() / columns;
            let bytes = Tensor::from_vec(bytes, (rows, columns), device)?.to_dtype(dtype)?;
            Ok((bytes / BRIGHTEST)?)
        }
        Inputs::Numbers(numbers) => {
            let rows = numbers.len() / columns;
            Ok(Tensor::from_vec(numbers, (rows, columns), device)?.to_dtype(dtype)?)
        }
    }
}
