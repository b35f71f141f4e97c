//! θ and a direction as the products read them, and sums over rows as gradients.

use anyhow::Result;
use candle_core::{Device, Tensor};
use machine::Arithmetic;

use crate::fused::{PIXEL_SCALE, of_first_layer, to_vec};
use crate::held::Held;
use crate::{Layer, Parameters};

/// θ, ready for products.
pub struct Point<A: Arithmetic> {
    theta: Parameters,
    /// The number of lit columns of each group.
    columns: Vec<usize>,
    /// Each group's W₁ᵀ `[columns, h_1]`, for raw pixels.
    pub first: Vec<A::Right>,
    /// W₂ᵀ `[h_1, h_2]`.
    pub second: A::Right,
    /// A = diag(w₃)·W₂ `[h_2, h_1]`.
    pub back: A::Right,
    pub b1: Vec<f32>,
    pub b2: Vec<f32>,
    pub w3: Vec<f32>,
    pub b3: f32,
}

/// A direction at θ, ready for products.
pub struct Direction<A: Arithmetic> {
    v: Parameters,
    /// Each group's V₁ᵀ `[columns, h_1]`, for raw pixels.
    pub first: Vec<A::Right>,
    /// B, and v₃∘b₂ + w₃∘v₂ as one more column: `[h_2, h_1 + 1]`.
    pub back: A::Right,
    pub b1: Vec<f32>,
    pub b3: f32,
}

/// A strip's sums over rows, which a gradient is made of; or their derivatives along a direction.
pub struct Sums {
    /// Σ pixels⊗δ₁ `[columns, h_1]`; the pixels are raw.
    pub first: Vec<f32>,
    /// Σ δ₁ `[h_1]`.
    pub b1: Vec<f32>,
    /// M, and μ as one more column: `[h_2, h_1 + 1]`.
    pub second: Vec<f32>,
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
    pub fn new(a: &A, held: &Held<A::Bytes>, theta: &Parameters) -> Result<Self> {
        let [_, second, third] = three(theta);
        let (h2, h1) = second.weight.dims2()?;
        let back = second.weight.broadcast_mul(&third.weight.t()?)?;
        let (first, columns) = first_layers(a, held, theta)?;
        Ok(Self {
            columns,
            first,
            second: a.right(&to_vec(&second.weight)?, h1, h2, true),
            back: a.right(&to_vec(&back)?, h2, h1, false),
            b1: theta.layers[0].bias.to_vec1()?,
            b2: second.bias.to_vec1()?,
            w3: to_vec(&third.weight)?,
            b3: third.bias.to_vec1()?[0],
            theta: theta.clone(),
        })
    }

    /// Units of the first hidden layer.
    pub fn h1(&self) -> usize {
        self.b1.len()
    }

    /// Units of the second.
    pub fn h2(&self) -> usize {
        self.b2.len()
    }

    pub fn zero_sums(&self, group: usize) -> Sums {
        Sums {
            first: vec![0.0; self.columns[group] * self.h1()],
            b1: vec![0.0; self.h1()],
            second: vec![0.0; self.h2() * (self.h1() + 1)],
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
    pub fn new(a: &A, held: &Held<A::Bytes>, point: &Point<A>, v: &Parameters) -> Result<Self> {
        let ([_, w2, w3], [v1, v2, v3]) = (point.layers(), three(v));
        let (w3, v3_weight) = (w3.weight.t()?, v3.weight.t()?);
        let back = (w2.weight.broadcast_mul(&v3_weight)? + v2.weight.broadcast_mul(&w3)?)?;
        let (w3, v3_weight) = (w3.squeeze(1)?, v3_weight.squeeze(1)?);
        let bias = ((&w2.bias * &v3_weight)? + (&v2.bias * &w3)?)?;
        let back = Tensor::cat(&[&back, &bias.unsqueeze(1)?], 1)?;
        let (h2, wide) = back.dims2()?;
        Ok(Self {
            first: first_layers(a, held, v)?.0,
            back: a.right(&to_vec(&back)?, h2, wide, false),
            b1: v1.bias.to_vec1()?,
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

/// The first layer's weight as each group of `held` sees it, and each group's number of columns.
fn first_layers<A: Arithmetic>(
    a: &A,
    held: &Held<A::Bytes>,
    theta: &Parameters,
) -> Result<(Vec<A::Right>, Vec<usize>)> {
    let of_group = |narrowed: Parameters| -> Result<_> {
        let weight = (&narrowed.layers[0].weight * PIXEL_SCALE)?;
        let (h1, columns) = weight.dims2()?;
        Ok((a.right(&to_vec(&weight)?, columns, h1, true), columns))
    };
    let groups: Vec<_> = held
        .narrowed(theta)?
        .into_iter()
        .map(of_group)
        .collect::<Result<_>>()?;
    Ok(groups.into_iter().unzip())
}

impl Sums {
    /// In the form in which strips are added up and the first layer widened: M and Σ δ stand where a
    /// gradient has its second layer.
    pub fn into_parameters(self) -> Result<Parameters> {
        let matrix = |values: Vec<f32>, rows: usize| -> Result<Tensor> {
            let columns = values.len() / rows;
            Ok(Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
        };
        let h1 = self.b1.len();
        let h2 = self.second.len() / (h1 + 1);
        Ok(Parameters {
            layers: vec![
                Layer {
                    weight: of_first_layer(self.first, h1)?,
                    bias: Tensor::from_vec(self.b1, h1, &Device::Cpu)?,
                },
                Layer {
                    weight: matrix(self.second, h2)?,
                    bias: Tensor::new(&[self.b3], &Device::Cpu)?,
                },
            ],
        })
    }
}

impl Total {
    /// From the sum of [`Sums::into_parameters`].
    pub fn new(sum: Parameters) -> Result<Self> {
        let [first, second] = <[Layer; 2]>::try_from(sum.layers).expect("made of `Sums`");
        let h1 = first.bias.elem_count();
        Ok(Self {
            first,
            m: second.weight.narrow(1, 0, h1)?.contiguous()?,
            mu: second.weight.narrow(1, h1, 1)?.squeeze(1)?.contiguous()?,
            b3: second.bias,
        })
    }
}
