//! The three primitives on one block of rows, in products of an [`Arithmetic`].
//!
//! The formulas, and the names of what they are about, are those of `plain/block.rs`. What is not a
//! product is done on a block's f32 values while they are in the cache.

use std::sync::Arc;

use machine::Arithmetic;

use super::layers::{Prepared, Sum};

/// A block of `rows` rows, with what its forward pass left.
pub struct Seen<'a, A: Arithmetic> {
    arithmetic: &'a A,
    rows: usize,
    pixels: &'a A::Bytes,
    hidden: Vec<&'a A::Block>,
}

/// h_1 … h_{L−1}, and the logits `[rows, out]`.
pub fn forward<A: Arithmetic>(
    arithmetic: &A,
    layers: &[Arc<Prepared<A>>],
    pixels: &A::Bytes,
    rows: usize,
) -> (Vec<A::Block>, Vec<f32>) {
    let mut hidden = Vec::new();
    let mut a = first_layer(arithmetic, &layers[0], pixels, rows);
    for layer in &layers[1..] {
        let h = activated(arithmetic, rows, &mut a);
        a.resize(rows * layer.outputs, 0.0);
        arithmetic.multiply(&h, 0..rows, &layer.forwards, &mut a, false);
        add_bias(&mut a, &layer.bias);
        hidden.push(h);
    }
    // Its room is that of the widest layer, and the logits of all blocks are kept together.
    a.shrink_to_fit();
    (hidden, a)
}

/// h_1, as [`forward`] gives it; a linear network has none.
pub fn first_hidden<A: Arithmetic>(
    arithmetic: &A,
    layers: &[Arc<Prepared<A>>],
    pixels: &A::Bytes,
    rows: usize,
) -> Option<A::Block> {
    let is_linear = layers.len() == 1;
    (!is_linear).then(|| {
        let mut a = first_layer(arithmetic, &layers[0], pixels, rows);
        activated(arithmetic, rows, &mut a)
    })
}

/// The first layer's pre-activation `[rows, h_1]`.
fn first_layer<A: Arithmetic>(
    arithmetic: &A,
    layer: &Prepared<A>,
    pixels: &A::Bytes,
    rows: usize,
) -> Vec<f32> {
    let mut a = vec![0.0; rows * layer.outputs];
    arithmetic.multiply_bytes(pixels, 0..rows, &layer.forwards, &mut a);
    add_bias(&mut a, &layer.bias);
    a
}

/// ReLU of the pre-activation `a`, as a block.
fn activated<A: Arithmetic>(arithmetic: &A, rows: usize, a: &mut [f32]) -> A::Block {
    for value in &mut *a {
        *value = value.max(0.0);
    }
    block_of(arithmetic, rows, a)
}

fn add_bias(a: &mut [f32], bias: &[f32]) {
    for row in a.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
}

/// `values` `[rows, columns]` as a block.
fn block_of<A: Arithmetic>(arithmetic: &A, rows: usize, values: &[f32]) -> A::Block {
    let mut block = arithmetic.block(rows, values.len() / rows);
    arithmetic.fill(&mut block, values);
    block
}

impl<'a, A: Arithmetic> Seen<'a, A> {
    /// With `pixels` h_0 `[rows, columns]` and `hidden` h_1 … h_{L−1}.
    pub fn new(
        arithmetic: &'a A,
        rows: usize,
        pixels: &'a A::Bytes,
        hidden: Vec<&'a A::Block>,
    ) -> Self {
        Self {
            arithmetic,
            rows,
            pixels,
            hidden,
        }
    }

    /// h_l, the input of layer l counted from 0, as the layers' slices count; the pixels are not among them.
    fn hidden(&self, l: usize) -> &A::Block {
        self.hidden[l - 1]
    }

    /// Adds Σ_rows `delta`⊗h_l to `sum`.
    fn add_products(&self, l: usize, delta: &A::Block, sum: &mut [f32]) {
        let a = self.arithmetic;
        if l == 0 {
            a.add_bytes_transposed(self.pixels, delta, sum);
        } else {
            a.add_transposed(delta, self.hidden(l), sum);
        }
    }

    fn block(&self, values: &[f32]) -> A::Block {
        block_of(self.arithmetic, self.rows, values)
    }

    /// Adds the gradient for the logits' `cotangent` `[rows, out]` to `sum`.
    pub fn pullback(&self, layers: &[Arc<Prepared<A>>], cotangent: &[f32], sum: &mut Sum) {
        let a = self.arithmetic;
        let mut values = cotangent.to_vec();
        for (l, layer) in layers.iter().enumerate().rev() {
            let delta = self.block(&values);
            let sum = sum.layer(l);
            sum.add_to_bias(&values);
            self.add_products(l, &delta, &mut sum.weight);
            if l > 0 {
                values.resize(self.rows * layer.inputs, 0.0);
                a.multiply(&delta, 0..self.rows, layer.backwards(), &mut values, false);
                a.clear_where_zero(self.hidden(l), &mut values);
            }
        }
    }

    /// R{h_1} … R{h_{L−1}} and R{logits} `[rows, out]`, along `v`.
    fn forward_along(
        &self,
        layers: &[Arc<Prepared<A>>],
        v: &[Arc<Prepared<A>>],
    ) -> (Vec<A::Block>, Vec<f32>) {
        let a = self.arithmetic;
        let mut r_hidden: Vec<A::Block> = Vec::new();
        let mut values = Vec::new();
        for (l, (layer, along)) in layers.iter().zip(v).enumerate() {
            values.resize(self.rows * layer.outputs, 0.0);
            let rows = 0..self.rows;
            match r_hidden.last() {
                Some(r_h) => {
                    let h = self.hidden(l);
                    a.multiply(h, rows.clone(), &along.forwards, &mut values, false);
                    a.multiply(r_h, rows, &layer.forwards, &mut values, true);
                }
                None => a.multiply_bytes(self.pixels, rows, &along.forwards, &mut values),
            }
            add_bias(&mut values, &along.bias);
            if l + 1 < layers.len() {
                a.clear_where_zero(self.hidden(l + 1), &mut values);
                r_hidden.push(self.block(&values));
            }
        }
        (r_hidden, values)
    }

    /// Adds the Hessian-vector product along `v` to `sum`. `residual` `[rows, out]` is δ_L, and
    /// `residual_along` gives R{δ_L} for R{logits}.
    pub fn hessian_vector<E>(
        &self,
        layers: &[Arc<Prepared<A>>],
        v: &[Arc<Prepared<A>>],
        residual: &[f32],
        residual_along: impl FnOnce(Vec<f32>) -> Result<Vec<f32>, E>,
        sum: &mut Sum,
    ) -> Result<(), E> {
        let a = self.arithmetic;
        let (r_hidden, r_logits) = self.forward_along(layers, v);
        let mut values = residual_along(r_logits)?;
        let mut delta = self.block(residual);
        for (l, (layer, along)) in layers.iter().zip(v).enumerate().rev() {
            let r_delta = self.block(&values);
            let sum = sum.layer(l);
            sum.add_to_bias(&values);
            self.add_products(l, &r_delta, &mut sum.weight);
            if l > 0 {
                a.add_transposed(&delta, &r_hidden[l - 1], &mut sum.weight);
                values.resize(self.rows * layer.inputs, 0.0);
                // δ_0 is never asked for: R{h_0} = 0.
                let below = (l > 1).then(|| {
                    a.multiply(&delta, 0..self.rows, layer.backwards(), &mut values, false);
                    a.clear_where_zero(self.hidden(l), &mut values);
                    self.block(&values)
                });
                a.multiply(
                    &r_delta,
                    0..self.rows,
                    layer.backwards(),
                    &mut values,
                    false,
                );
                a.multiply(&delta, 0..self.rows, along.backwards(), &mut values, true);
                a.clear_where_zero(self.hidden(l), &mut values);
                if let Some(below) = below {
                    delta = below;
                }
            }
        }
        Ok(())
    }
}
