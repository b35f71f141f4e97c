//! The parameters θ as one vector: what gradients, directions and Adam's moments are, too.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use rand::Rng;
use rayon::prelude::*;

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

/// `f` of tensors of one shape, part by part, and threads take some parts each: what `f` makes on the way stays in the
/// cache. With ten classes whole tensors are 3 MB, and Adam took a tenth of a step.
fn in_parts<const N: usize, const M: usize>(
    tensors: [&Tensor; N],
    f: impl Fn([&Tensor; N]) -> candle_core::Result<[Tensor; M]> + Sync,
) -> candle_core::Result<[Tensor; M]> {
    const PART: usize = 1 << 14;
    let (shape, device) = (tensors[0].shape(), tensors[0].device());
    let count = shape.elem_count();
    if count <= PART || !device.is_cpu() || tensors.iter().any(|tensor| tensor.shape() != shape) {
        return f(tensors);
    }
    let flat = tensors.map(Tensor::flatten_all);
    let flat = flat.into_iter().collect::<candle_core::Result<Vec<_>>>()?;
    let part = |number: usize| {
        let first = number * PART;
        let narrow = |tensor: &Tensor| tensor.narrow(0, first, PART.min(count - first));
        let parts = flat
            .iter()
            .map(narrow)
            .collect::<candle_core::Result<Vec<_>>>()?;
        f(std::array::from_fn(|n| &parts[n]))
    };
    let parts = (0..count.div_ceil(PART)).into_par_iter().map(part);
    let parts = parts.collect::<candle_core::Result<Vec<_>>>()?;
    let whole = |m: usize| {
        let parts: Vec<_> = parts.iter().map(|part| &part[m]).collect();
        Tensor::cat(&parts, 0)?.reshape(shape)
    };
    let whole = (0..M).map(whole).collect::<candle_core::Result<Vec<_>>>()?;
    Ok(whole.try_into().expect("as many as `f` makes"))
}

/// The values of scalar tensors of any number type; a GPU is waited for once.
///
/// # Errors
/// Where one is no scalar, and what the device reports.
pub fn scalars<'a>(tensors: impl Iterator<Item = &'a Tensor>) -> Result<Vec<f64>> {
    let tensors: Vec<_> = tensors.collect();
    let of_one_kind = |tensor: &&&Tensor| tensor.device().is_cuda() && tensor.dtype() == DType::F32;
    if tensors.iter().filter(of_one_kind).count() == tensors.len() && !tensors.is_empty() {
        let values: Vec<f32> = Tensor::stack(&tensors, 0)?.to_vec1()?;
        return Ok(values.into_iter().map(f64::from).collect());
    }
    let value = |tensor: &&Tensor| tensor.to_dtype(DType::F64)?.to_scalar::<f64>();
    let values = tensors.iter().map(value);
    Ok(values.collect::<candle_core::Result<_>>()?)
}

#[cfg(feature = "cuda")]
impl Parameters {
    /// Whether the CUDA kernels read them.
    pub fn on_cuda(&self) -> bool {
        let fits = |tensor: &Tensor| {
            tensor.device().is_cuda() && tensor.dtype() == DType::F32 && tensor.is_contiguous()
        };
        self.tensors().all(fits)
    }

    /// θ and the moments after an update of Adam, for [θ, gradient, mean, square] on a CUDA device.
    ///
    /// # Errors
    /// Where the shapes differ, and what the device reports.
    pub fn adam_on_cuda(all: [&Self; 4], by: &kernels::cuda::AdamStep) -> Result<[Self; 3]> {
        let tensors = all.map(Self::all);
        let [theta, mean, square] =
            kernels::cuda::adam(std::array::from_fn(|set| &*tensors[set]), by)?
                .map(Self::of_tensors);
        Ok([theta?, mean?, square?])
    }

    fn all(&self) -> Vec<&Tensor> {
        self.tensors().collect()
    }

    fn of_tensors(tensors: Vec<Tensor>) -> Result<Self> {
        let layers = tensors.chunks_exact(2).map(|layer| Layer {
            weight: layer[0].clone(),
            bias: layer[1].clone(),
        });
        Ok(Self {
            layers: layers.collect(),
        })
    }
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

    /// `f` of every tensor of `all`, which have one shape, and its counterparts. Of large ones on a CPU `f` sees a part at a
    /// time, as vectors: it must work element by element.
    ///
    /// # Errors
    /// Where the numbers of layers differ, and what `f` reports.
    pub fn combine<const N: usize, const M: usize>(
        all: [&Self; N],
        f: impl Fn([&Tensor; N]) -> candle_core::Result<[Tensor; M]> + Sync,
    ) -> Result<[Self; M]> {
        for other in &all[1..] {
            all[0].as_deep_as(other)?;
        }
        let mut found = [const { Vec::new() }; M];
        for l in 0..all[0].layers.len() {
            let weights = in_parts(all.map(|one| &one.layers[l].weight), &f)?;
            let biases = in_parts(all.map(|one| &one.layers[l].bias), &f)?;
            for (layers, (weight, bias)) in found.iter_mut().zip(weights.into_iter().zip(biases)) {
                layers.push(Layer { weight, bias });
            }
        }
        Ok(found.map(|layers| Self { layers }))
    }

    /// [`Parameters::combine`] of two that makes one.
    ///
    /// # Errors
    /// As there.
    pub fn zip(
        &self,
        other: &Self,
        f: impl Fn(&Tensor, &Tensor) -> candle_core::Result<Tensor> + Sync,
    ) -> Result<Self> {
        let [found] = Self::combine([self, other], |[a, b]| Ok([f(a, b)?]))?;
        Ok(found)
    }

    /// self + `scale`·`other`.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn add_scaled(&self, scale: f64, other: &Self) -> Result<Self> {
        #[cfg(feature = "cuda")]
        if self.on_cuda() {
            let second = Some((scale, &*other.all()));
            return Self::of_tensors(kernels::cuda::linear((1.0, &self.all()), second)?);
        }
        self.zip(other, |a, b| a + (b * scale)?)
    }

    /// `scale`·self.
    ///
    /// # Errors
    /// What the device reports.
    pub fn scaled(&self, scale: f64) -> Result<Self> {
        #[cfg(feature = "cuda")]
        if self.on_cuda() {
            return Self::of_tensors(kernels::cuda::linear((scale, &self.all()), None)?);
        }
        self.map(|a| a * scale)
    }

    /// Σ self·`other` over all entries.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn dot(&self, other: &Self) -> Result<f64> {
        let [product] = Self::dots([(self, other)])?;
        Ok(product)
    }

    /// [`Parameters::dot`] of each pair; a GPU is waited for once.
    ///
    /// # Errors
    /// As there.
    pub fn dots<const N: usize>(pairs: [(&Self, &Self); N]) -> Result<[f64; N]> {
        let mut products: Vec<Vec<Tensor>> = Vec::new();
        for (one, other) in pairs {
            one.as_deep_as(other)?;
            #[cfg(feature = "cuda")]
            if one.on_cuda() {
                products.push(vec![kernels::cuda::dot(&one.all(), &other.all())?]);
                continue;
            }
            let product = |(a, b): (&Tensor, &Tensor)| (a * b)?.sum_all();
            let each = one.tensors().zip(other.tensors()).map(product);
            products.push(each.collect::<candle_core::Result<_>>()?);
        }
        let values = scalars(products.concat().iter())?;
        let mut values = values.into_iter();
        let sums = products
            .iter()
            .map(|terms| values.by_ref().take(terms.len()).sum());
        Ok(sums
            .collect::<Vec<f64>>()
            .try_into()
            .expect("a sum for each pair"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of_one_layer(out: usize, input: usize, first: f32) -> Parameters {
        let values = (0..out * input).map(|i| first + i as f32).collect();
        Parameters {
            layers: vec![Layer {
                weight: Tensor::from_vec(values, (out, input), &Device::Cpu).unwrap(),
                bias: Tensor::full(first, out, &Device::Cpu).unwrap(),
            }],
        }
    }

    /// 39,999 numbers are two parts and a rest.
    #[test]
    fn large_tensors_are_combined_in_parts_as_small_ones_are_whole() {
        let (a, b) = (of_one_layer(201, 199, 0.25), of_one_layer(201, 199, 7.5));
        let combined = Parameters::combine([&a, &b], |[a, b]| Ok([(a * b)?, (a - b)?])).unwrap();
        let ops: [fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>; 2] =
            [|a, b| a * b, |a, b| a - b];
        for (found, op) in combined.iter().zip(ops) {
            for ((found, a), b) in found.tensors().zip(a.tensors()).zip(b.tensors()) {
                let expected = op(a, b).unwrap();
                assert_eq!(found.dims(), expected.dims());
                let all = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                assert!(all(found) == all(&expected));
            }
        }
    }

    #[test]
    fn other_shapes_and_depths_are_refused() {
        let a = of_one_layer(201, 199, 0.0);
        assert!(a.add_scaled(1.0, &of_one_layer(199, 201, 0.0)).is_err());
        let mut deeper = a.clone();
        deeper.layers.extend(a.layers.clone());
        let refused = a.add_scaled(1.0, &deeper).unwrap_err().to_string();
        assert_eq!(refused, "parameters of 2 layers, expected 1");
    }
}
