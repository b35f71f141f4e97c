//! The parameters as the fused engine's products read them, and a gradient in the making.

use anyhow::Result;
use candle_core::{Device, Tensor};
use machine::Arithmetic;

use crate::fused::{PIXEL_SCALE, of_first_layer};
use crate::{Layer, Parameters};

/// One layer of `theta`, the first narrowed to a group's columns.
pub struct Prepared<A: Arithmetic> {
    pub inputs: usize,
    pub outputs: usize,
    /// Wᵀ `[in, out]`: from a layer's input to its pre-activation.
    pub forwards: A::Right,
    /// W `[out, in]`: from the pre-activation's cotangent to the input's.
    pub backwards: A::Right,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// The layers of narrowed parameters, first layer first.
pub fn prepare<A: Arithmetic>(arithmetic: &A, narrowed: &Parameters) -> Result<Vec<Prepared<A>>> {
    let prepare_layer = |(l, layer): (usize, &Layer)| {
        let (outputs, inputs) = layer.weight.dims2()?;
        let weight = if l == 0 {
            (&layer.weight * PIXEL_SCALE)?
        } else {
            layer.weight.clone()
        };
        let weight: Vec<f32> = weight.flatten_all()?.to_vec1()?;
        Ok(Prepared {
            inputs,
            outputs,
            forwards: arithmetic.right(&weight, inputs, outputs, true),
            backwards: arithmetic.right(&weight, outputs, inputs, false),
            bias: layer.bias.to_vec1()?,
        })
    };
    narrowed
        .layers
        .iter()
        .enumerate()
        .map(prepare_layer)
        .collect()
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
    pub fn zero<A: Arithmetic>(layers: &[Prepared<A>]) -> Self {
        let zero = |layer: &Prepared<A>| LayerSum {
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
            for (sum, value) in self.bias.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}
