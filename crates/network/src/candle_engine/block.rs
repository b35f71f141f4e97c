//! The three primitives on one block of rows, in candle tensors.
//!
//! Layer l of L maps h_{l−1} `[b, in_l]` to a_l = h_{l−1}·W_lᵀ + b_l `[b, out_l]`; h_0 is the input,
//! h_l = ReLU(a_l) for l < L, and a_L are the logits. The derivative of ReLU at 0 is taken as 0.

use anyhow::Result;
use candle_core::Tensor;

use crate::{Layer, Parameters, Targets};

/// A row of ones `[1, b]`: its product with a `[b, out]` sums over rows. (candle's own sum over the
/// first dimension runs at a thirtieth of the speed.)
fn ones(like: &Tensor) -> Result<Tensor> {
    Ok(Tensor::ones(
        (1, like.dim(0)?),
        like.dtype(),
        like.device(),
    )?)
}

/// Cᵀ·h and Σ_rows C: what a cotangent C `[b, out]` of a layer's pre-activation and the layer's input
/// h `[b, in]` contribute to the gradient of that layer.
fn layer_gradient(cotangent: &Tensor, input: &Tensor) -> Result<Layer> {
    Ok(Layer {
        weight: cotangent.t()?.matmul(input)?,
        bias: ones(cotangent)?.matmul(cotangent)?.squeeze(0)?,
    })
}

/// The inputs h_0 … h_{L−1} of all layers, and the logits a_L `[b, out]`.
pub fn forward(theta: &Parameters, input: &Tensor) -> Result<(Vec<Tensor>, Tensor)> {
    let mut inputs = vec![input.clone()];
    let last = theta.layers.len() - 1;
    for (l, layer) in theta.layers.iter().enumerate() {
        let a = inputs[l]
            .matmul(&layer.weight.t()?)?
            .broadcast_add(&layer.bias)?;
        if l == last {
            return Ok((inputs, a));
        }
        // Not candle's own ReLU, which takes what is not a number for 0, as if nothing had overflowed.
        inputs.push(a.maximum(&a.zeros_like()?)?);
    }
    unreachable!("a network has at least one layer")
}

/// ReLU'(a) as 0 and 1, from h = ReLU(a).
fn mask(h: &Tensor) -> Result<Tensor> {
    Ok(h.sign()?)
}

/// The gradient, given the layers' inputs from [`forward`] and the logits' `cotangent` `[b, out]`.
///
/// With δ_L = cotangent: dW_l = δ_lᵀ·h_{l−1}, db_l = Σ δ_l, δ_{l−1} = (δ_l·W_l)∘ReLU'(a_{l−1}).
pub fn pullback(theta: &Parameters, inputs: &[Tensor], cotangent: &Tensor) -> Result<Parameters> {
    let mut delta = cotangent.clone();
    let mut layers = Vec::new();
    for (l, layer) in theta.layers.iter().enumerate().rev() {
        layers.push(layer_gradient(&delta, &inputs[l])?);
        if l > 0 {
            delta = (delta.matmul(&layer.weight)? * mask(&inputs[l])?)?;
        }
    }
    layers.reverse();
    Ok(Parameters { layers })
}

/// The Hessian-vector product of the risk along `v` = (V_l, c_l), from the forward pass's `inputs` and
/// `logits`, and the `residual` δ_L `[b, out]`; `rows` is n, the rows of the whole environment, over which the risk is
/// a mean.
///
/// Pearlmutter's R{·} is the derivative along `v`; R{h_0} = 0. Forwards:
/// R{a_l} = R{h_{l−1}}·W_lᵀ + h_{l−1}·V_lᵀ + c_l, R{h_l} = R{a_l}∘ReLU'(a_l). Backwards:
/// R{δ_L} from the risk; R{dW_l} = R{δ_l}ᵀ·h_{l−1} + δ_lᵀ·R{h_{l−1}}, R{db_l} = Σ R{δ_l},
/// R{δ_{l−1}} = (R{δ_l}·W_l + δ_l·V_l)∘ReLU'(a_{l−1}).
pub fn hessian_vector(
    theta: &Parameters,
    v: &Parameters,
    inputs: &[Tensor],
    logits: &Tensor,
    residual: &Tensor,
    rows: usize,
) -> Result<Parameters> {
    let pairs: Vec<_> = theta.layers.iter().zip(&v.layers).collect();
    let last = pairs.len() - 1;

    // ReLU'(a_l) for 0 < l < L; there is none at the input.
    let masks = inputs[1..].iter().map(mask).collect::<Result<Vec<_>>>()?;
    let mut r_inputs: Vec<Option<Tensor>> = vec![None];
    let mut r_logits = None;
    for (l, (layer, along)) in pairs.iter().enumerate() {
        let mut r_a = inputs[l]
            .matmul(&along.weight.t()?)?
            .broadcast_add(&along.bias)?;
        if let Some(r_h) = &r_inputs[l] {
            r_a = (r_a + r_h.matmul(&layer.weight.t()?)?)?;
        }
        if l == last {
            r_logits = Some(r_a);
        } else {
            r_inputs.push(Some((r_a * &masks[l])?));
        }
    }
    let r_logits = r_logits.expect("a network has at least one layer");

    let mut delta = residual.clone();
    let mut r_delta = (Targets::error_tangent(logits, &r_logits)? / rows as f64)?;
    let mut layers = Vec::new();
    for (l, (layer, along)) in pairs.iter().enumerate().rev() {
        let mut gradient = layer_gradient(&r_delta, &inputs[l])?;
        if let Some(r_h) = &r_inputs[l] {
            gradient.weight = (gradient.weight + delta.t()?.matmul(r_h)?)?;
            let mask = &masks[l - 1];
            let from_weights = r_delta.matmul(&layer.weight)?;
            r_delta = ((from_weights + delta.matmul(&along.weight)?)? * mask)?;
            // δ_0 is never asked for: R{h_0} = 0.
            if l > 1 {
                delta = (delta.matmul(&layer.weight)? * mask)?;
            }
        }
        layers.push(gradient);
    }
    layers.reverse();
    Ok(Parameters { layers })
}
