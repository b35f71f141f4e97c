//! The fast engine for NVIDIA GPUs: the candle engine's formulas over all rows of an environment at once, with one
//! pass over memory between two matrix products.
//!
//! Layer l of L maps h_{l−1} `[n, in_l]` to a_l = h_{l−1}·W_lᵀ + b_l `[n, out_l]`; h_0 are the inputs, h_l = ReLU(a_l) for
//! l < L, and a_L are the logits. Rows lie in groups that share their lit columns, as in the other engines. Pixels
//! stay raw, 0..=255, which bf16 holds exactly; the first layer's products are scaled by 1/255. Numbers that are no
//! images are rounded to the precision's type.

use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device, Tensor};
use environment::{Environment, Inputs};
use kernels::cuda::{self, Columns, Operand, Precision, Product, padded};

use crate::blocked::Blocked;
use crate::{Engine, Layer, Parameters, Pass, Targets};

/// The engine and the environments it holds. Parameters are f32; products are as precise as was chosen.
pub struct CudaEngine {
    precision: Precision,
    device: Device,
    environments: Vec<OnDevice>,
}

struct OnDevice {
    /// Each block is a whole group, its values `[rows, padded(columns)]` of the precision's type.
    blocked: Blocked<Tensor>,
    /// Each group's input columns.
    columns: Vec<Columns>,
}

/// What [`CudaEngine`] keeps of a forward pass.
pub struct CudaTrace {
    /// h_1 … h_{L−1}, `[n, padded(out_l)]`.
    hidden: Vec<Tensor>,
    /// The weights of the layers 2 … L−1 in the precision's type, `[padded(out_l), padded(in_l)]`.
    weights: Vec<Tensor>,
}

/// Weights as products read them.
struct Weights {
    /// The first layer's, for each group.
    first: Vec<Tensor>,
    /// Those of the layers 2 … L−1.
    middle: Vec<Tensor>,
}

impl CudaEngine {
    /// Puts `environments` on `device`, a CUDA device; the network tells `classes` classes apart.
    ///
    /// # Errors
    /// Where a label is not below `classes`, or the device refuses the memory.
    pub fn new(
        environments: &[Environment],
        classes: usize,
        precision: Precision,
        device: &Device,
    ) -> Result<Self> {
        let dtype = precision.dtype();
        let to_device = |values: Inputs, columns: usize| {
            let ld = padded(columns);
            let wide = match values {
                Inputs::Images(bytes) => {
                    let rows = bytes.len() / columns;
                    Tensor::from_vec(in_wide_rows(&bytes, columns, ld), (rows, ld), device)?
                }
                Inputs::Numbers(numbers) => {
                    let rows = numbers.len() / columns;
                    Tensor::from_vec(in_wide_rows(&numbers, columns, ld), (rows, ld), device)?
                }
            };
            Ok(wide.to_dtype(dtype)?)
        };
        let hold = |environment| {
            let blocked = Blocked::new(
                environment,
                classes,
                usize::MAX,
                DType::F32,
                device,
                to_device,
            )?;
            let columns = blocked
                .columns()
                .map(|columns| Columns::new(columns, device));
            let columns = columns.collect::<Result<_>>()?;
            Ok(OnDevice { blocked, columns })
        };
        Ok(Self {
            precision,
            device: device.clone(),
            environments: environments.iter().map(hold).collect::<Result<_>>()?,
        })
    }

    /// `theta`'s weights, or those of a direction.
    fn weights(&self, e: usize, theta: &Parameters) -> Result<Weights> {
        let dtype = self.precision.dtype();
        let layers = &theta.layers;
        let first = self.environments[e]
            .columns
            .iter()
            .map(|columns| cuda::gather_columns(&layers[0].weight, columns, dtype));
        let middle = &layers[1..layers.len() - 1];
        let middle = middle.iter().map(|layer| cuda::pad(&layer.weight, dtype));
        Ok(Weights {
            first: first.collect::<Result<_>>()?,
            middle: middle.collect::<Result<_>>()?,
        })
    }

    /// The inputs times the first layer's weights, `[n, padded(out_1)]`.
    fn first_product(&self, e: usize, weights: &[Tensor]) -> Result<Product> {
        let blocked = &self.environments[e].blocked;
        let units = weights[0].dim(0)?;
        let scale = blocked.scale.factor() as f32;
        let mut a = Product::new(&weights[0], blocked.rows, units)?;
        for block in &blocked.blocks {
            let pair = (
                Operand::of(&block.values),
                Operand::of(&weights[block.group]).t(),
            );
            self.multiply(pair, scale, &mut a, block.start, false)?;
        }
        Ok(a)
    }

    fn multiply(
        &self,
        (left, right): (Operand, Operand),
        scale: f32,
        into: &mut Product,
        first: usize,
        add: bool,
    ) -> Result<()> {
        cuda::multiply(left, right, scale, self.precision, into, first, add)
    }

    /// Σ of left·right over `pairs`, `[rows, columns]`.
    fn sum_of_products(
        &self,
        pairs: &[(Operand, Operand)],
        shape: (usize, usize),
    ) -> Result<Product> {
        let like = self.environments[0].blocked.targets.indicator();
        let mut sum = Product::new(like, shape.0, shape.1)?;
        for (number, pair) in pairs.iter().enumerate() {
            self.multiply(*pair, 1.0, &mut sum, 0, number > 0)?;
        }
        Ok(sum)
    }

    /// The first layer's gradient from δ_1 `[n, padded(out_1)]` and its sum over rows.
    fn first_gradient(
        &self,
        e: usize,
        delta: &Tensor,
        bias: Tensor,
        inputs: usize,
    ) -> Result<Layer> {
        let OnDevice { blocked, columns } = &self.environments[e];
        let (units, ld) = (bias.dim(0)?, delta.dim(1)?);
        let parts = blocked.blocks.iter().map(|block| {
            let mut part = Product::new(delta, ld, block.values.dim(1)?)?;
            let delta = Operand::of(delta).rows(block.start, block.rows).t();
            let values = Operand::of(&block.values);
            let scale = blocked.scale.factor() as f32;
            self.multiply((delta, values), scale, &mut part, 0, false)?;
            Ok((part.tensor(), &columns[block.group]))
        });
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let weight = cuda::scatter_columns(units, inputs, parts.into_iter(), &self.device)?;
        Ok(Layer { weight, bias })
    }

    /// The gradient of a layer between hidden ones: Σ of deltaᵀ·h over `pairs`, and the sum of the deltas.
    fn middle_gradient(
        &self,
        pairs: &[(&Tensor, &Tensor)],
        bias: Tensor,
        inputs: usize,
    ) -> Result<Layer> {
        let units = bias.dim(0)?;
        let operands: Vec<_> = pairs
            .iter()
            .map(|(delta, h)| (Operand::of(delta).t(), Operand::of(h)))
            .collect();
        let sum = self.sum_of_products(&operands, (padded(units), padded(inputs)))?;
        let weight = cuda::unpad(&sum.tensor(), units, inputs)?;
        Ok(Layer { weight, bias })
    }

    fn check(&self, e: usize, theta: &Parameters) -> Result<()> {
        self.environments[e].blocked.check(theta, DType::F32)?;
        ensure!(
            theta.layers.len() > 1,
            "the CUDA engine needs a hidden layer; take --engine candle"
        );
        Ok(())
    }
}

/// `values` `[rows, columns]` as `[rows, ld]`, with zeros behind the columns.
fn in_wide_rows<T: Copy + Default>(values: &[T], columns: usize, ld: usize) -> Vec<T> {
    let mut wide = vec![T::default(); values.len() / columns * ld];
    for (wide, row) in wide.chunks_exact_mut(ld).zip(values.chunks_exact(columns)) {
        wide[..columns].copy_from_slice(row);
    }
    wide
}

impl Engine for CudaEngine {
    type Trace = CudaTrace;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].blocked.targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<CudaTrace>> {
        self.check(e, theta)?;
        let dtype = self.precision.dtype();
        let Weights { first, middle } = self.weights(e, theta)?;
        let mut next = Some(self.first_product(e, &first)?);
        let mut hidden = Vec::new();
        let (last, inner) = theta.layers.split_last().context("there are no layers")?;
        for (l, layer) in inner.iter().enumerate() {
            let a = next.take().context("a hidden layer has a product")?;
            let h = cuda::bias_relu(a, &layer.bias, dtype)?;
            if let Some(weight) = middle.get(l) {
                let pair = (Operand::of(&h), Operand::of(weight).t());
                next = Some(self.sum_of_products(&[pair], (h.dim(0)?, weight.dim(0)?))?);
            }
            hidden.push(h);
        }
        let h = hidden.last().context("there is no hidden layer")?;
        let logits = cuda::logits(h, &last.weight, &last.bias, None)?;
        let trace = CudaTrace {
            hidden,
            weights: middle,
        };
        Ok(Pass { logits, trace })
    }

    /// With δ_L = cotangent: dW_l = δ_lᵀ·h_{l−1}, db_l = Σ δ_l, δ_{l−1} = (δ_l·W_l)∘ReLU'(a_{l−1}).
    fn pullback(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<CudaTrace>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        self.environments[e].blocked.check_cotangent(cotangent)?;
        let CudaTrace { hidden, weights } = &pass.trace;
        let cotangent = &cotangent.contiguous()?;
        let (last, _) = theta.layers.split_last().context("there are no layers")?;
        let top = hidden.last().context("there is no hidden layer")?;
        let (weight, bias) = cuda::weighted_sums(&[(cotangent, top)], last.weight.dim(1)?)?;
        let mut layers = vec![Layer { weight, bias }];
        let (mut delta, mut sum) = cuda::outer_mask((cotangent, &last.weight), None, top)?;
        for l in (0..weights.len()).rev() {
            let inputs = theta.layers[l + 1].weight.dim(1)?;
            layers.push(self.middle_gradient(&[(&delta, &hidden[l])], sum, inputs)?);
            let pair = (Operand::of(&delta), Operand::of(&weights[l]));
            let below = self.sum_of_products(&[pair], (delta.dim(0)?, weights[l].dim(1)?))?;
            (delta, sum) = cuda::mask(below, &hidden[l], inputs)?;
        }
        let inputs = theta.layers[0].weight.dim(1)?;
        layers.push(self.first_gradient(e, &delta, sum, inputs)?);
        layers.reverse();
        Ok(Parameters { layers })
    }

    /// R{·} is the derivative along the direction (V, c); R{h_0} = 0. Forwards R{a_l} = R{h_{l−1}}·W_lᵀ + h_{l−1}·V_lᵀ + c_l,
    /// R{h_l} = R{a_l}∘ReLU'(a_l). Backwards R{dW_l} = R{δ_l}ᵀ·h_{l−1} + δ_lᵀ·R{h_{l−1}}, R{db_l} = Σ R{δ_l},
    /// R{δ_{l−1}} = (R{δ_l}·W_l + δ_l·V_l)∘ReLU'(a_{l−1}).
    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<CudaTrace>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let blocked = &self.environments[e].blocked;
        blocked.check_direction(theta, direction, DType::F32)?;
        let CudaTrace { hidden, weights } = &pass.trace;
        let along = self.weights(e, direction)?;

        let mut next = Some(self.first_product(e, &along.first)?);
        let mut r_hidden: Vec<Tensor> = Vec::new();
        for (l, h) in hidden.iter().enumerate() {
            let r_a = next.take().context("a hidden layer has a product")?;
            let r_h = cuda::bias_mask(r_a, &direction.layers[l].bias, h)?;
            if let Some(weight) = weights.get(l) {
                let pairs = [
                    (Operand::of(&r_h), Operand::of(weight).t()),
                    (Operand::of(h), Operand::of(&along.middle[l]).t()),
                ];
                next = Some(self.sum_of_products(&pairs, (h.dim(0)?, weight.dim(0)?))?);
            }
            r_hidden.push(r_h);
        }

        let (last, _) = theta.layers.split_last().context("there are no layers")?;
        let (last_along, _) = direction
            .layers
            .split_last()
            .context("there are no layers")?;
        let (w, v) = (&last.weight, &last_along.weight);
        let (top, r_top) = hidden
            .last()
            .zip(r_hidden.last())
            .context("there is no hidden layer")?;
        let r_logits = cuda::logits(r_top, w, &last_along.bias, Some((top, v)))?;
        let c = &blocked.targets.residual(&pass.logits)?;
        let r_c = &blocked.targets.residual_tangent(&pass.logits, &r_logits)?;

        // In both sums what comes of R{δ} first, for its bias is the gradient's.
        let (weight, bias) = cuda::weighted_sums(&[(r_c, top), (c, r_top)], w.dim(1)?)?;
        let mut layers = vec![Layer { weight, bias }];
        let (mut delta, _) = cuda::outer_mask((c, w), None, top)?;
        let (mut r_delta, mut sum) = cuda::outer_mask((r_c, w), Some((c, v)), top)?;
        for l in (0..weights.len()).rev() {
            let inputs = theta.layers[l + 1].weight.dim(1)?;
            let pairs = [(&r_delta, &hidden[l]), (&delta, &r_hidden[l])];
            layers.push(self.middle_gradient(&pairs, sum, inputs)?);
            let shape = (delta.dim(0)?, weights[l].dim(1)?);
            let from_both = [
                (Operand::of(&r_delta), Operand::of(&weights[l])),
                (Operand::of(&delta), Operand::of(&along.middle[l])),
            ];
            let r_below = self.sum_of_products(&from_both, shape)?;
            // δ_1 is the last that is asked for, by R{dW_2}.
            if l > 0 {
                let pair = (Operand::of(&delta), Operand::of(&weights[l]));
                let below = self.sum_of_products(&[pair], shape)?;
                (delta, _) = cuda::mask(below, &hidden[l], inputs)?;
            }
            (r_delta, sum) = cuda::mask(r_below, &hidden[l], inputs)?;
        }
        let inputs = theta.layers[0].weight.dim(1)?;
        layers.push(self.first_gradient(e, &r_delta, sum, inputs)?);
        layers.reverse();
        Ok(Parameters { layers })
    }
}
