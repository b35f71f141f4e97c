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

/// `f` of `a` and `b`, part by part: what `f` makes on the way stays in the cache. With ten classes whole tensors are 3 MB, and
/// Adam took a tenth of a step.
fn in_parts(
    a: &Tensor,
    b: &Tensor,
    f: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>,
) -> candle_core::Result<Tensor> {
    const PART: usize = 1 << 14;
    let count = a.elem_count();
    if count <= PART || !a.device().is_cpu() || a.dims() != b.dims() {
        return f(a, b);
    }
    let (a_flat, b_flat) = (a.flatten_all()?, b.flatten_all()?);
    let part = |first: usize| {
        let length = PART.min(count - first);
        f(
            &a_flat.narrow(0, first, length)?,
            &b_flat.narrow(0, first, length)?,
        )
    };
    let parts = (0..count).step_by(PART).map(part);
    let parts = parts.collect::<candle_core::Result<Vec<_>>>()?;
    Tensor::cat(&parts, 0)?.reshape(a.shape())
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

    /// `f` of every tensor and its counterpart in `other`, which has the same shape. Of large ones on a CPU `f` sees a part at a
    /// time, as a vector: it must work element by element.
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
                    weight: in_parts(&a.weight, &b.weight, &f)?,
                    bias: in_parts(&a.bias, &b.bias, &f)?,
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
