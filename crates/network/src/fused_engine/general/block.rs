//! The three primitives on one block of rows, in products of an [`Arithmetic`].
//!
//! The formulas, and the names of what they are about, are those of `candle_engine/block.rs`. Products are done on so
//! few rows at a time that what is then done with each row's values finds them in the cache.

use std::mem::take;
use std::ops::Range;
use std::sync::Arc;

use kernels::{AlignedF32, Arithmetic, F32x16, Left, RightOfTransposed, stride};

use super::layers::{GradientSum, LayerOperands, LayerSum};
use crate::fused_engine::block_inputs::BlockInputs;
use crate::fused_engine::chunks::chunks;
use crate::fused_engine::simd::{add_to, masked, relu, vectors, vectors_mut, zip};
use crate::fused_engine::values::dense;
use crate::fused_engine::workspace::{Pool, Pooled, Reused};

type Layers<A> = [Arc<LayerOperands<A>>];

/// A block of `rows` rows, with what its forward pass left.
pub struct BlockPass<'a, A: Arithmetic> {
    arithmetic: &'a A,
    rows: usize,
    h0: &'a BlockInputs<A>,
    hidden: Vec<&'a A::Block>,
}

/// Memory that one block after another uses.
pub struct Scratch<A: Arithmetic> {
    /// Products of a chunk of rows.
    values: AlignedF32,
    /// Each layer's δ `[rows, out]`.
    delta: Vec<Reused<A>>,
    /// Each layer's R{δ} `[rows, out]`.
    r_delta: Vec<Reused<A>>,
}

impl<A: Arithmetic> Default for Scratch<A> {
    fn default() -> Self {
        Self {
            values: AlignedF32::default(),
            delta: Vec::new(),
            r_delta: Vec::new(),
        }
    }
}

/// The memory of each of `count` layers.
fn of_layers<A: Arithmetic>(reused: &mut Vec<Reused<A>>, count: usize) -> &mut [Reused<A>] {
    reused.resize_with(count.max(reused.len()), Reused::default);
    &mut reused[..count]
}

/// What the layer above all of `hidden` multiplies, or else that above `first`, or else above h_0.
fn above<'a, A: Arithmetic>(
    h0: &'a BlockInputs<A>,
    first: Option<&'a A::Block>,
    hidden: &'a [Pooled<Reused<A>>],
) -> Left<'a, A> {
    let last = hidden.last().map(|h| h.kept());
    last.or(first).map_or(h0.left(), Left::Block)
}

/// Sets `block` `[rows, columns]`: `multiply` gives the values of some rows, and `finish` makes of each row's what the block
/// holds.
fn in_chunks<A: Arithmetic>(
    a: &A,
    block: &mut A::Block,
    (rows, columns): (usize, usize),
    values: &mut AlignedF32,
    mut multiply: impl FnMut(Range<usize>, &mut [f32]),
    mut finish: impl FnMut(usize, &[F32x16], &mut [A::Vector]),
) {
    for rows in chunks(a, rows) {
        let values = values.resized(rows.len() * stride(columns));
        multiply(rows.clone(), values);
        a.at_full_width(
            #[inline(always)]
            || {
                for (r, values) in rows.zip(values.chunks_exact(stride(columns))) {
                    finish(r, vectors(values), a.row_mut(block, r));
                }
            },
        );
    }
}

/// Sets `h` `[rows, out]` to the ReLU of `layer`'s pre-activation.
fn activate<A: Arithmetic>(
    a: &A,
    layer: &LayerOperands<A>,
    input: Left<A>,
    h: &mut A::Block,
    rows: usize,
    values: &mut AlignedF32,
) {
    let size = (rows, layer.outputs);
    let multiply = |rows, into: &mut [f32]| a.multiply(input, rows, &layer.forwards, into, false);
    in_chunks(
        a,
        h,
        size,
        values,
        multiply,
        #[inline(always)]
        |_, values, h| {
            for ((value, bias), h) in values.iter().zip(vectors(&layer.bias)).zip(h) {
                *h = a.round(&zip(value, bias, |value, bias| relu(value + bias)));
            }
        },
    );
}

/// h_2 … h_{L−1} of a pool, and the logits `[rows, out]`, for `first`, which is what [`first_hidden`] gives.
pub fn forward<A: Arithmetic>(
    a: &A,
    layers: &Layers<A>,
    h0: &BlockInputs<A>,
    first: Option<&A::Block>,
    rows: usize,
    pool: &Pool<Reused<A>>,
    scratch: &mut Scratch<A>,
) -> (Vec<Pooled<Reused<A>>>, Vec<f32>) {
    let (last, below) = layers.split_last().expect("there is a layer");
    let mut hidden: Vec<Pooled<Reused<A>>> = Vec::new();
    for layer in below.iter().skip(1) {
        let mut h = pool.take_fitting(|h| h.fits(rows, layer.outputs));
        let block = h.block(a, rows, layer.outputs);
        let input = above(h0, first, &hidden);
        activate(a, layer, input, block, rows, &mut scratch.values);
        hidden.push(h);
    }
    let logits = scratch.values.resized(rows * stride(last.outputs));
    let input = above(h0, first, &hidden);
    a.multiply(input, 0..rows, &last.forwards, logits, false);
    add_bias(logits, &last.bias);
    let logits = dense(logits, last.outputs);
    (hidden, logits)
}

/// h_1 in the memory of `reused`; a linear network has none.
pub fn first_hidden<'a, A: Arithmetic>(
    a: &A,
    layers: &Layers<A>,
    h0: &BlockInputs<A>,
    rows: usize,
    reused: &'a mut Reused<A>,
    scratch: &mut Scratch<A>,
) -> Option<&'a A::Block> {
    let is_linear = layers.len() == 1;
    (!is_linear).then(|| {
        let h = reused.block(a, rows, layers[0].outputs);
        let input = h0.left();
        activate(a, &layers[0], input, h, rows, &mut scratch.values);
        &*h
    })
}

/// Adds `bias` `[stride(columns)]` to each row of `values` `[.., stride(columns)]`.
fn add_bias(values: &mut [f32], bias: &[f32]) {
    for row in values.chunks_exact_mut(bias.len()) {
        add_to(row, bias);
    }
}

/// `values` `[rows, columns]` as a block, in the memory of `reused`.
fn filled<'a, A: Arithmetic>(
    a: &A,
    reused: &'a mut Reused<A>,
    rows: usize,
    values: &[f32],
) -> &'a A::Block {
    let block = reused.block(a, rows, values.len() / rows);
    a.fill(block, values);
    block
}

impl<'a, A: Arithmetic> BlockPass<'a, A> {
    /// With `h0` `[rows, columns]` and `hidden` h_1 … h_{L−1}.
    pub fn new(
        arithmetic: &'a A,
        rows: usize,
        h0: &'a BlockInputs<A>,
        hidden: Vec<&'a A::Block>,
    ) -> Self {
        Self {
            arithmetic,
            rows,
            h0,
            hidden,
        }
    }

    /// h_l, the input of layer l counted from 0, as the layers' slices count; h_0 is not among them.
    fn hidden(&self, l: usize) -> &A::Block {
        self.hidden[l - 1]
    }

    /// Adds Σ_rows `delta`⊗h_l to `sum`.
    fn add_products(&self, l: usize, delta: &A::Block, sum: &mut LayerSum) {
        let a = self.arithmetic;
        let (left, right) = if l == 0 {
            (self.h0.left(), delta)
        } else {
            (Left::Block(delta), self.hidden(l))
        };
        a.multiply_transposed(
            left,
            RightOfTransposed::Block(right),
            &mut sum.weight,
            sum.started,
        );
        sum.started = true;
    }

    /// Sets `below` `[rows, in]` to what `multiply` gives where h_l is not 0, and adds its rows to `bias`.
    fn masked(
        &self,
        l: usize,
        inputs: usize,
        below: &mut A::Block,
        values: &mut AlignedF32,
        multiply: impl FnMut(Range<usize>, &mut [f32]),
        mut bias: Option<&mut [f32]>,
    ) {
        let (a, h) = (self.arithmetic, self.hidden(l));
        in_chunks(
            a,
            below,
            (self.rows, inputs),
            values,
            multiply,
            #[inline(always)]
            |r, values, below| {
                let of_row = values.iter().zip(a.row(h, r)).zip(below);
                if let Some(bias) = &mut bias {
                    for (((value, h), below), bias) in of_row.zip(vectors_mut(bias)) {
                        let value = masked(value, &a.widen(h));
                        *bias = zip(bias, &value, |sum, value| sum + value);
                        *below = a.round(&value);
                    }
                } else {
                    for ((value, h), below) in of_row {
                        *below = a.round(&masked(value, &a.widen(h)));
                    }
                }
            },
        );
    }

    /// Adds the gradient for the logits' `cotangent` `[rows, out]` to `sum`.
    pub fn pullback(
        &self,
        layers: &Layers<A>,
        cotangent: &[f32],
        scratch: &mut Scratch<A>,
        sum: &mut GradientSum,
    ) {
        let a = self.arithmetic;
        let Scratch { values, delta, .. } = scratch;
        let (room, mut rooms) = of_layers(delta, layers.len())
            .split_last_mut()
            .expect("there is a layer");
        let mut delta = filled(a, room, self.rows, cotangent);
        sum.layer(layers.len() - 1).add_to_bias(cotangent);
        for (l, layer) in layers.iter().enumerate().rev() {
            self.add_products(l, delta, sum.layer(l));
            if let Some((room, rest)) = take(&mut rooms).split_last_mut() {
                let below = room.block(a, self.rows, layer.inputs);
                let multiply = |rows, into: &mut [f32]| {
                    a.multiply(Left::Block(delta), rows, layer.backwards(), into, false);
                };
                let bias = Some(&mut *sum.layer(l - 1).bias);
                self.masked(l, layer.inputs, below, values, multiply, bias);
                (delta, rooms) = (below, rest);
            }
        }
    }

    /// R{h_1} … R{h_{L−1}} and R{logits} `[rows, out]`, along `v`.
    fn forward_along(
        &self,
        layers: &Layers<A>,
        v: &Layers<A>,
        pool: &Pool<Reused<A>>,
        values: &mut AlignedF32,
    ) -> (Vec<Pooled<Reused<A>>>, Vec<f32>) {
        let a = self.arithmetic;
        let mut r_hidden: Vec<Pooled<Reused<A>>> = Vec::new();
        let mut r_logits = Vec::new();
        for (l, (layer, along)) in layers.iter().zip(v).enumerate() {
            let multiply = |rows: Range<usize>, into: &mut [f32]| {
                match r_hidden.last() {
                    Some(r_h) => {
                        let h = self.hidden(l);
                        a.multiply(Left::Block(h), rows.clone(), &along.forwards, into, false);
                        let r_h = Left::Block(r_h.kept());
                        a.multiply(r_h, rows, &layer.forwards, into, true);
                    }
                    None => {
                        let h0 = self.h0.left();
                        a.multiply(h0, rows, &along.forwards, into, false)
                    }
                }
                add_bias(into, &along.bias);
            };
            if l + 1 < layers.len() {
                let mut r_h = pool.take_fitting(|h| h.fits(self.rows, layer.outputs));
                let block = r_h.block(a, self.rows, layer.outputs);
                self.masked(l + 1, layer.outputs, block, values, multiply, None);
                r_hidden.push(r_h);
            } else {
                let along = values.resized(self.rows * stride(layer.outputs));
                multiply(0..self.rows, along);
                r_logits = dense(along, layer.outputs);
            }
        }
        (r_hidden, r_logits)
    }

    /// Adds the Hessian-vector product along `v` to `sum`. `residual` `[rows, out]` is δ_L, and
    /// `residual_along` gives R{δ_L} for R{logits}.
    #[expect(clippy::too_many_arguments, reason = "all of them are of other kinds")]
    pub fn hessian_vector<E>(
        &self,
        layers: &Layers<A>,
        v: &Layers<A>,
        residual: &[f32],
        residual_along: impl FnOnce(Vec<f32>) -> Result<Vec<f32>, E>,
        pool: &Pool<Reused<A>>,
        scratch: &mut Scratch<A>,
        sum: &mut GradientSum,
    ) -> Result<(), E> {
        let a = self.arithmetic;
        let Scratch {
            values,
            delta,
            r_delta,
        } = scratch;
        let (r_hidden, r_logits) = self.forward_along(layers, v, pool, values);
        let r_residual = residual_along(r_logits)?;
        let (room, mut rooms) = of_layers(delta, layers.len())
            .split_last_mut()
            .expect("there is a layer");
        let (r_room, mut r_rooms) = of_layers(r_delta, layers.len())
            .split_last_mut()
            .expect("there is a layer");
        let mut delta = filled(a, room, self.rows, residual);
        let mut r_delta = filled(a, r_room, self.rows, &r_residual);
        sum.layer(layers.len() - 1).add_to_bias(&r_residual);
        for (l, (layer, along)) in layers.iter().zip(v).enumerate().rev() {
            self.add_products(l, r_delta, sum.layer(l));
            let (Some((room, rest)), Some((r_room, r_rest))) = (
                take(&mut rooms).split_last_mut(),
                take(&mut r_rooms).split_last_mut(),
            ) else {
                break;
            };
            let r_h = RightOfTransposed::Block(r_hidden[l - 1].kept());
            let weight = &mut sum.layer(l).weight;
            a.multiply_transposed(Left::Block(delta), r_h, weight, true);
            let r_below = r_room.block(a, self.rows, layer.inputs);
            let multiply = |rows: Range<usize>, into: &mut [f32]| {
                let (r_delta, delta) = (Left::Block(r_delta), Left::Block(delta));
                a.multiply(r_delta, rows.clone(), layer.backwards(), into, false);
                a.multiply(delta, rows, along.backwards(), into, true);
            };
            let bias = Some(&mut *sum.layer(l - 1).bias);
            self.masked(l, layer.inputs, r_below, values, multiply, bias);
            // δ_0 is never asked for: R{h_0} = 0.
            if l > 1 {
                let below = room.block(a, self.rows, layer.inputs);
                let multiply = |rows, into: &mut [f32]| {
                    a.multiply(Left::Block(delta), rows, layer.backwards(), into, false);
                };
                self.masked(l, layer.inputs, below, values, multiply, None);
                delta = below;
            }
            (r_delta, rooms, r_rooms) = (r_below, rest, r_rest);
        }
        Ok(())
    }
}
