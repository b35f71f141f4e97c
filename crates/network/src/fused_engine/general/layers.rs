//! The parameters as the fused engine's products read them, and a gradient in the making.

use std::iter;
use std::sync::Arc;

use anyhow::Result;
use candle_core::{Device, Tensor};
use kernels::{AlignedF32, Arithmetic, stride};

use crate::blocked::{Blocked, StripSum};
use crate::fused_engine::block_inputs::BlockInputs;
use crate::fused_engine::simd::add_to;
use crate::fused_engine::strips::Sums;
use crate::fused_engine::values::{add, matrix, of_first_layer, padded, to_vec};
use crate::fused_engine::workspace::{Pool, Pooled};
use crate::scale::Scale;
use crate::{Layer, Parameters};

/// One layer of `theta`, the first narrowed to a group's columns.
pub struct LayerOperands<A: Arithmetic> {
    pub inputs: usize,
    pub outputs: usize,
    /// Wᵀ `[in, out]`: from a layer's input to its pre-activation.
    pub forwards: A::Right,
    /// W `[out, in]`: from the pre-activation's cotangent to the input's, which is not asked for in the first
    /// layer.
    backwards: Option<A::Right>,
    /// `[stride(out)]`, zeros behind the last.
    pub bias: Vec<f32>,
}

/// `theta` as each group of `blocked` sees it, ready for products: first layer first. All layers but the
/// first, which is narrowed to the group's columns, are the same for all groups.
pub fn layer_operands<A: Arithmetic>(
    arithmetic: &A,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<Vec<Vec<Arc<LayerOperands<A>>>>> {
    let prepared = |layer: &Layer, is_first: bool| -> Result<_> {
        let (outputs, inputs) = layer.weight.dims2()?;
        let weight = match is_first {
            true => to_vec(&blocked.scale.weight(&layer.weight)?)?,
            false => to_vec(&layer.weight)?,
        };
        Ok(Arc::new(LayerOperands {
            inputs,
            outputs,
            forwards: arithmetic.right(&weight, inputs, outputs, true),
            backwards: (!is_first).then(|| arithmetic.right(&weight, outputs, inputs, false)),
            bias: padded(&layer.bias)?,
        }))
    };
    let above = theta.layers[1..].iter().map(|layer| prepared(layer, false));
    let above = above.collect::<Result<Vec<_>>>()?;
    let of_group = |narrowed: Parameters| {
        let first = prepared(&narrowed.layers[0], true)?;
        Ok(iter::once(first).chain(above.iter().cloned()).collect())
    };
    blocked.narrowed(theta)?.into_iter().map(of_group).collect()
}

impl<A: Arithmetic> LayerOperands<A> {
    /// W `[out, in]` of a layer above the first.
    pub fn backwards(&self) -> &A::Right {
        self.backwards.as_ref().expect("not the first layer")
    }
}

/// A gradient that blocks are added to.
pub struct GradientSum {
    layers: Vec<LayerSum>,
}

/// One layer's share.
pub struct LayerSum {
    inputs: usize,
    /// Whether anything has been added to `weight`: if not, it is still unspecified.
    pub started: bool,
    /// `[out, stride(in)]`; of the first layer, as products with h_0 give it, `[in, stride(out)]`.
    pub weight: Pooled<AlignedF32>,
    outputs: usize,
    /// `[stride(out)]`.
    pub bias: Vec<f32>,
}

impl GradientSum {
    /// Of layers of these sizes, to which nothing has been added.
    pub fn start<A: Arithmetic>(layers: &[Arc<LayerOperands<A>>], pool: &Pool<AlignedF32>) -> Self {
        let none = |(l, layer): (usize, &Arc<LayerOperands<A>>)| {
            let (rows, columns) = match l {
                0 => (layer.inputs, layer.outputs),
                _ => (layer.outputs, layer.inputs),
            };
            let mut weight = pool.take();
            weight.resized(rows * stride(columns));
            LayerSum {
                inputs: layer.inputs,
                started: false,
                weight,
                outputs: layer.outputs,
                bias: vec![0.0; stride(layer.outputs)],
            }
        };
        Self {
            layers: layers.iter().enumerate().map(none).collect(),
        }
    }

    /// Layer `l`, counted from 0.
    pub fn layer(&mut self, l: usize) -> &mut LayerSum {
        &mut self.layers[l]
    }

    /// The gradient, from each group's sum.
    pub fn total<P: Sync>(blocked: &Blocked<P>, sums: Vec<Self>) -> Result<Parameters> {
        let first = sums.iter().map(|sum| &**sum.layers[0].weight);
        let mut first = Some(of_first_layer(blocked, first, sums[0].layers[0].outputs)?);
        let whole = sums.into_iter().reduce(|mut whole, sum| {
            let layers = whole.layers.iter_mut().zip(&sum.layers);
            for (l, (whole, sum)) in layers.enumerate() {
                add(&mut whole.bias, &sum.bias);
                if l > 0 {
                    add(&mut whole.weight, &sum.weight);
                }
            }
            whole
        });
        let whole = whole.expect("there is a group");
        let layer = |layer: LayerSum| {
            let bias = &layer.bias[..layer.outputs];
            Ok(Layer {
                weight: match first.take() {
                    Some(first) => first,
                    None => matrix(&layer.weight, layer.inputs)?,
                },
                bias: Tensor::from_slice(bias, layer.outputs, &Device::Cpu)?,
            })
        };
        Ok(Parameters {
            layers: whole.layers.into_iter().map(layer).collect::<Result<_>>()?,
        })
    }
}

impl StripSum for GradientSum {
    fn add(&mut self, other: &Self) -> Result<()> {
        for (sum, other) in self.layers.iter_mut().zip(&other.layers) {
            add(&mut sum.weight, &other.weight);
            add(&mut sum.bias, &other.bias);
        }
        Ok(())
    }
}

impl Sums for GradientSum {
    fn finished(mut self, scale: Scale) -> Self {
        scale.gradient(&mut self.layers[0].weight);
        self
    }
}

impl LayerSum {
    /// Adds Σ_rows of `cotangent` `[rows, out]` to the bias.
    pub fn add_to_bias(&mut self, cotangent: &[f32]) {
        for row in cotangent.chunks_exact(self.outputs) {
            add_to(&mut self.bias, row);
        }
    }
}
