//! The parameters θ as one vector: what gradients, directions and Adam's moments are, too.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use rand::Rng;

use crate::Shape;

/// One fully connected layer, x ↦ weight·x + bias, laid out as PyTorch's `nn.Linear`.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `[out, in]`.
    pub weight: Tensor,
    /// `[out]`.
    pub bias: Tensor,
}

/// The parameters of all layers, first layer first; or anything else of that form, such as a gradient.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `layers[l]` maps layer l's input to its pre-activation.
    pub layers: Vec<Layer>,
}

impl Parameters {
    /// Xavier-uniform weights, ±√(6 / (in + out)), and zero biases (Arjovsky et al. 2019).
    ///
    /// Drawn from `rng` layer by layer and row by row, so the seed alone decides them.
    ///
    /// # Errors
    /// Where the device refuses the memory.
    pub fn xavier_uniform(shape: &Shape, rng: &mut impl Rng, device: &Device) -> Result<Self> {
        let layers = shape
            .layers()
            .into_iter()
            .map(|(out, input)| {
                let bound = (6.0 / (out + input) as f32).sqrt();
                let weight: Vec<f32> = (0..out * input)
                    .map(|_| (2.0 * rng.random::<f32>() - 1.0) * bound)
                    .collect();
                Ok(Layer {
                    weight: Tensor::from_vec(weight, (out, input), device)?,
                    bias: Tensor::zeros(out, DType::F32, device)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers })
    }

    /// The sizes of the network these are the parameters of.
    ///
    /// # Errors
    /// Where a weight is no matrix.
    pub fn shape(&self) -> Result<Shape> {
        let mut sizes = Vec::new();
        for layer in &self.layers {
            let (out, input) = layer.weight.dims2()?;
            if sizes.is_empty() {
                sizes.push(input);
            }
            sizes.push(out);
        }
        Ok(Shape {
            inputs: sizes[0],
            hidden: sizes[1..sizes.len() - 1].to_vec(),
            outputs: sizes[sizes.len() - 1],
        })
    }

    /// All tensors, in the order weight, bias, first layer first.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers
            .iter()
            .flat_map(|layer| [&layer.weight, &layer.bias])
    }

    /// `f` of every tensor.
    ///
    /// # Errors
    /// What `f` reports.
    pub fn map(&self, f: impl Fn(&Tensor) -> candle_core::Result<Tensor>) -> Result<Self> {
        let layers = self
            .layers
            .iter()
            .map(|layer| {
                Ok(Layer {
                    weight: f(&layer.weight)?,
                    bias: f(&layer.bias)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers })
    }

    /// `f` of every tensor and its counterpart in `other`, which has the same shape.
    ///
    /// # Errors
    /// Where the numbers of layers differ, and what `f` reports.
    pub fn zip(
        &self,
        other: &Self,
        f: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
    ) -> Result<Self> {
        self.as_deep_as(other)?;
        let layers = self
            .layers
            .iter()
            .zip(&other.layers)
            .map(|(a, b)| {
                Ok(Layer {
                    weight: f(&a.weight, &b.weight)?,
                    bias: f(&a.bias, &b.bias)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { layers })
    }

    /// self + `scale`·`other`.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn add_scaled(&self, scale: f64, other: &Self) -> Result<Self> {
        self.zip(other, |a, b| a + (b * scale)?)
    }

    /// `scale`·self.
    ///
    /// # Errors
    /// What the device reports.
    pub fn scaled(&self, scale: f64) -> Result<Self> {
        self.map(|a| a * scale)
    }

    /// Σ self·`other` over all entries.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn dot(&self, other: &Self) -> Result<f64> {
        self.as_deep_as(other)?;
        let mut sum = 0.0;
        for (a, b) in self.tensors().zip(other.tensors()) {
            sum += (a * b)?
                .sum_all()?
                .to_dtype(DType::F64)?
                .to_scalar::<f64>()?;
        }
        Ok(sum)
    }

    fn as_deep_as(&self, other: &Self) -> Result<()> {
        let (found, expected) = (other.layers.len(), self.layers.len());
        ensure!(
            found == expected,
            "parameters of {found} layers, expected {expected}"
        );
        Ok(())
    }

    /// The same values as `dtype`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn to_dtype(&self, dtype: DType) -> Result<Self> {
        self.map(|a| a.to_dtype(dtype))
    }
}
