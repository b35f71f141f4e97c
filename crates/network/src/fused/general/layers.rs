//! The parameters as the fused engine's products read them, and a gradient in the making.

use std::iter;
use std::sync::Arc;

use anyhow::Result;
use candle_core::{Device, Tensor};
use machine::Arithmetic;

use crate::fused::{PIXEL_SCALE, of_first_layer, to_vec};
use crate::held::Held;
use crate::{Layer, Parameters};

/// One layer of `theta`, the first narrowed to a group's columns.
pub struct Prepared<A: Arithmetic> {
    pub inputs: usize,
    pub outputs: usize,
    /// Wᵀ `[in, out]`: from a layer's input to its pre-activation.
    pub forwards: A::Right,
    /// W `[out, in]`: from the pre-activation's cotangent to the input's, which is not asked for in the first
    /// layer.
    backwards: Option<A::Right>,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// `theta` as each group of `held` sees it, ready for products: first layer first. All layers but the
/// first, which is narrowed to the group's columns, are the same for all groups.
pub fn prepare<A: Arithmetic>(
    arithmetic: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
) -> Result<Vec<Vec<Arc<Prepared<A>>>>> {
    let prepared = |layer: &Layer, is_first: bool| -> Result<_> {
        let (outputs, inputs) = layer.weight.dims2()?;
        let scale = if is_first { PIXEL_SCALE } else { 1.0 };
        let weight = to_vec(&(&layer.weight * scale)?)?;
        Ok(Arc::new(Prepared {
            inputs,
            outputs,
            forwards: arithmetic.right(&weight, inputs, outputs, true),
            backwards: (!is_first).then(|| arithmetic.right(&weight, outputs, inputs, false)),
            bias: layer.bias.to_vec1()?,
        }))
    };
    let above = theta.layers[1..].iter().map(|layer| prepared(layer, false));
    let above = above.collect::<Result<Vec<_>>>()?;
    let of_group = |narrowed: Parameters| {
        let first = prepared(&narrowed.layers[0], true)?;
        Ok(iter::once(first).chain(above.iter().cloned()).collect())
    };
    held.narrowed(theta)?.into_iter().map(of_group).collect()
}

impl<A: Arithmetic> Prepared<A> {
    /// W `[out, in]` of a layer above the first.
    pub fn backwards(&self) -> &A::Right {
        self.backwards.as_ref().expect("not the first layer")
    }
}

/// A gradient that blocks are added to.
pub struct Sum {
    layers: Vec<LayerSum>,
}

/// One layer's share.
pub struct LayerSum {
    inputs: usize,
    /// `[out, in]`; of the first layer, as products of pixels give it, `[in, out]`.
    pub weight: Vec<f32>,
    /// `[out]`.
    pub bias: Vec<f32>,
}

impl Sum {
    /// Zero, for layers of these sizes.
    pub fn zero<A: Arithmetic>(layers: &[Arc<Prepared<A>>]) -> Self {
        let zero = |layer: &Arc<Prepared<A>>| LayerSum {
            inputs: layer.inputs,
            weight: vec![0.0; layer.outputs * layer.inputs],
            bias: vec![0.0; layer.outputs],
        };
        Self {
            layers: layers.iter().map(zero).collect(),
        }
    }

    /// Layer `l`, counted from 0.
    pub fn layer(&mut self, l: usize) -> &mut LayerSum {
        &mut self.layers[l]
    }

    /// The sum as a gradient of the narrowed parameters.
    pub fn into_parameters(self) -> Result<Parameters> {
        let layer = |(l, layer): (usize, LayerSum)| {
            let outputs = layer.bias.len();
            let (inputs, weight) = (layer.inputs, layer.weight);
            Ok(Layer {
                weight: if l == 0 {
                    of_first_layer(weight, outputs)?
                } else {
                    Tensor::from_vec(weight, (outputs, inputs), &Device::Cpu)?
                },
                bias: Tensor::from_vec(layer.bias, outputs, &Device::Cpu)?,
            })
        };
        let layers = self.layers.into_iter().enumerate().map(layer);
        Ok(Parameters {
            layers: layers.collect::<Result<_>>()?,
        })
    }
}

impl LayerSum {
    /// Adds Σ_rows of `cotangent` `[rows, out]` to the bias.
    pub fn add_to_bias(&mut self, cotangent: &[f32]) {
        for row in cotangent.chunks_exact(self.bias.len()) {
            add(&mut self.bias, row);
        }
    }
}

/// Adds each of `values` to its counterpart in `sums`.
pub fn add(sums: &mut [f32], values: &[f32]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}
