//! θ and a direction as the products read them, and sums over rows as gradients.

use anyhow::Result;
use candle_core::{Device, Tensor};
use kernels::{AlignedF32, Arithmetic, Left, RightOfTransposed, stride};

use crate::blocked::{Blocked, StripSum};
use crate::fused_engine::block_inputs::BlockInputs;
use crate::fused_engine::strips;
use crate::fused_engine::values::{add, matrix, of_first_layer, padded, to_vec};
use crate::fused_engine::workspace::{Pool, Pooled};
use crate::scale::Scale;
use crate::{Layer, Parameters};

/// θ, ready for products.
pub struct Point<A: Arithmetic> {
    theta: Parameters,
    /// Of both hidden layers.
    units: [usize; 2],
    /// The number of lit columns of each group.
    columns: Vec<usize>,
    /// Each group's W₁ᵀ `[columns, h_1]`, for h_0 as it is kept.
    pub first: Vec<A::Right>,
    /// W₂ᵀ `[h_1, h_2]`.
    pub second: A::Right,
    /// A = diag(w₃)·W₂ `[h_2, h_1]`.
    pub back: A::Right,
    /// `[stride(h_1)]`, zeros behind the last unit's.
    pub b1: Vec<f32>,
    /// `[stride(h_2)]`, as `b1`.
    pub b2: Vec<f32>,
    /// `[stride(h_2)]`, as `b1`.
    pub w3: Vec<f32>,
    pub b3: f32,
}

/// A direction at θ, ready for products.
pub struct Direction<A: Arithmetic> {
    v: Parameters,
    /// Each group's V₁ᵀ `[columns, h_1]`, for h_0 as it is kept.
    pub first: Vec<A::Right>,
    /// B, and v₃∘b₂ + w₃∘v₂ as one more column: `[h_2, h_1 + 1]`.
    pub back: A::Right,
    /// `[stride(h_1)]`, zeros behind the last unit's.
    pub b1: Vec<f32>,
    pub b3: f32,
}

/// A strip's sums over rows, which a gradient is made of; or their derivatives along a direction.
pub struct Sums {
    /// Units of the first hidden layer.
    h1: usize,
    /// Whether a block has been added: if not, `first` and `second` are still unspecified.
    pub started: bool,
    /// Σ h_0⊗δ₁ `[columns, stride(h_1)]`, for h_0 as it is kept.
    pub first: Pooled<AlignedF32>,
    /// Σ δ₁ `[stride(h_1)]`.
    pub b1: Vec<f32>,
    /// M, and μ as one more column: `[h_2, stride(h_1 + 1)]`.
    pub second: Pooled<AlignedF32>,
    /// Σ δ.
    pub b3: f32,
}

/// The sums over all rows.
pub struct Total {
    first: Layer,
    /// M `[h_2, h_1]`.
    m: Tensor,
    /// μ `[h_2]`.
    mu: Tensor,
    /// Σ δ `[1]`.
    b3: Tensor,
}

impl<A: Arithmetic> Point<A> {
    pub fn new(a: &A, blocked: &Blocked<BlockInputs<A>>, theta: &Parameters) -> Result<Self> {
        let [_, second, third] = three(theta);
        let (h2, h1) = second.weight.dims2()?;
        let back = second.weight.broadcast_mul(&third.weight.t()?)?;
        let (first, columns) = first_layers(a, blocked, theta)?;
        Ok(Self {
            units: [h1, h2],
            columns,
            first,
            second: a.right(&to_vec(&second.weight)?, h1, h2, true),
            back: a.right(&to_vec(&back)?, h2, h1, false),
            b1: padded(&theta.layers[0].bias)?,
            b2: padded(&second.bias)?,
            w3: padded(&third.weight.flatten_all()?)?,
            b3: third.bias.to_vec1()?[0],
            theta: theta.clone(),
        })
    }

    /// Units of the first hidden layer.
    pub fn h1(&self) -> usize {
        self.units[0]
    }

    /// Units of the second.
    pub fn h2(&self) -> usize {
        self.units[1]
    }

    /// Sums of a strip of `group`, to which nothing has been added.
    pub fn start_sums(&self, group: usize, pool: &Pool<AlignedF32>) -> Sums {
        let room = |count: usize| {
            let mut sums = pool.take();
            sums.resized(count);
            sums
        };
        Sums {
            h1: self.h1(),
            started: false,
            first: room(self.columns[group] * stride(self.h1())),
            b1: vec![0.0; stride(self.h1())],
            second: room(self.h2() * stride(self.h1() + 1)),
            b3: 0.0,
        }
    }

    /// The gradient that `sum` makes.
    pub fn gradient(&self, sum: &Total) -> Result<Parameters> {
        let [_, second, third] = self.layers();
        let w3 = third.weight.flatten_all()?;
        let by_w3 = ((&second.weight * &sum.m)?.sum(1)? + (&second.bias * &sum.mu)?)?;
        Ok(Parameters {
            layers: vec![
                sum.first.clone(),
                Layer {
                    weight: sum.m.broadcast_mul(&w3.unsqueeze(1)?)?,
                    bias: (&w3 * &sum.mu)?,
                },
                Layer {
                    weight: by_w3.unsqueeze(0)?,
                    bias: sum.b3.clone(),
                },
            ],
        })
    }

    /// The derivative of [`Point::gradient`] along `direction`, where the sums are `at` and their
    /// derivatives `along`: the product rule on w₃∘M and on rowsum(W₂∘M) + b₂∘μ.
    pub fn gradient_along(
        &self,
        direction: &Direction<A>,
        at: &Total,
        along: &Total,
    ) -> Result<Parameters> {
        let v = direction.layers();
        let v3 = v[2].weight.flatten_all()?;
        let mut gradient = self.gradient(along)?;
        let [_, second, third] = gradient.layers.as_mut_slice() else {
            unreachable!("a gradient has the layers of its point");
        };
        second.weight = (&second.weight + at.m.broadcast_mul(&v3.unsqueeze(1)?)?)?;
        second.bias = (&second.bias + (&v3 * &at.mu)?)?;
        let by_w3 = ((&v[1].weight * &at.m)?.sum(1)? + (&v[1].bias * &at.mu)?)?;
        third.weight = (&third.weight + by_w3.unsqueeze(0)?)?;
        Ok(gradient)
    }

    fn layers(&self) -> &[Layer; 3] {
        three(&self.theta)
    }
}

impl<A: Arithmetic> Direction<A> {
    pub fn new(
        a: &A,
        blocked: &Blocked<BlockInputs<A>>,
        point: &Point<A>,
        v: &Parameters,
    ) -> Result<Self> {
        let ([_, w2, w3], [v1, v2, v3]) = (point.layers(), three(v));
        let (w3, v3_weight) = (w3.weight.t()?, v3.weight.t()?);
        let back = (w2.weight.broadcast_mul(&v3_weight)? + v2.weight.broadcast_mul(&w3)?)?;
        let (w3, v3_weight) = (w3.squeeze(1)?, v3_weight.squeeze(1)?);
        let bias = ((&w2.bias * &v3_weight)? + (&v2.bias * &w3)?)?;
        let back = Tensor::cat(&[&back, &bias.unsqueeze(1)?], 1)?;
        let (h2, wide) = back.dims2()?;
        Ok(Self {
            first: first_layers(a, blocked, v)?.0,
            back: a.right(&to_vec(&back)?, h2, wide, false),
            b1: padded(&v1.bias)?,
            b3: v3.bias.to_vec1()?[0],
            v: v.clone(),
        })
    }

    fn layers(&self) -> &[Layer; 3] {
        three(&self.v)
    }
}

fn three(parameters: &Parameters) -> &[Layer; 3] {
    parameters
        .layers
        .as_slice()
        .try_into()
        .expect("three layers")
}

/// The first layer's weight as each group of `blocked` sees it, and each group's number of columns.
fn first_layers<A: Arithmetic>(
    a: &A,
    blocked: &Blocked<BlockInputs<A>>,
    theta: &Parameters,
) -> Result<(Vec<A::Right>, Vec<usize>)> {
    let of_group = |narrowed: Parameters| -> Result<_> {
        let weight = blocked.scale.weight(&narrowed.layers[0].weight)?;
        let (h1, columns) = weight.dims2()?;
        Ok((a.right(&to_vec(&weight)?, columns, h1, true), columns))
    };
    let groups: Vec<_> = blocked
        .narrowed(theta)?
        .into_iter()
        .map(of_group)
        .collect::<Result<_>>()?;
    Ok(groups.into_iter().unzip())
}

impl Sums {
    /// Adds the sums over a block's rows: of `m2` `[rows, h_2]` by `weighted` `[rows, h_1 + 1]`, and of `h0` by
    /// `delta_1` `[rows, h_1]`.
    pub fn add_products<A: Arithmetic>(
        &mut self,
        a: &A,
        m2: &A::Mask,
        weighted: &A::Vnni,
        h0: &BlockInputs<A>,
        delta_1: &A::Vnni,
    ) {
        let (weighted, delta_1) = (
            RightOfTransposed::Vnni(weighted),
            RightOfTransposed::Vnni(delta_1),
        );
        a.multiply_transposed(Left::Mask(m2), weighted, &mut self.second, self.started);
        a.multiply_transposed(h0.left(), delta_1, &mut self.first, self.started);
        self.started = true;
    }
}

impl strips::Sums for Sums {
    fn finished(mut self, scale: Scale) -> Self {
        scale.gradient(&mut self.first);
        self
    }
}

impl StripSum for Sums {
    fn add(&mut self, other: &Self) -> Result<()> {
        add(&mut self.first, &other.first);
        add(&mut self.b1, &other.b1);
        add(&mut self.second, &other.second);
        self.b3 += other.b3;
        Ok(())
    }
}

impl Total {
    /// From each group's sums.
    pub fn new<P: Sync>(blocked: &Blocked<P>, sums: Vec<Sums>) -> Result<Self> {
        let h1 = sums[0].h1;
        let first = sums.iter().map(|sums| &**sums.first);
        let weight = of_first_layer(blocked, first, h1)?;
        let whole = sums.into_iter().reduce(|mut whole, sums| {
            add(&mut whole.b1, &sums.b1);
            add(&mut whole.second, &sums.second);
            whole.b3 += sums.b3;
            whole
        });
        let whole = whole.expect("there is a group");
        let second = matrix(&whole.second, h1 + 1)?;
        Ok(Self {
            first: Layer {
                weight,
                bias: Tensor::from_slice(&whole.b1[..h1], h1, &Device::Cpu)?,
            },
            m: second.narrow(1, 0, h1)?.contiguous()?,
            mu: second.narrow(1, h1, 1)?.squeeze(1)?.contiguous()?,
            b3: Tensor::new(&[whole.b3], &Device::Cpu)?,
        })
    }
}
