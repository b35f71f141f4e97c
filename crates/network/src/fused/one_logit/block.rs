//! The formulas on one block of rows. Products are done on so few rows at a time that what is then done
//! with each row's values finds them in the cache.

use std::ops::Range;

use machine::{Arithmetic, at_full_width};

use super::point::{Direction, Point, Sums};
use crate::fused::chunks::{chunks, clear_where_zero, relu, room};
use crate::fused::mask::Mask;
use crate::fused::reused::Reused;
use crate::held;

/// What a pass at `point` has found out about the rows of `block`.
pub struct Seen<'a, A: Arithmetic> {
    pub point: &'a Point<A>,
    pub block: &'a held::Block<A::Bytes>,
    pub h1: FirstHidden<'a, A>,
    /// `[rows, h_2]`.
    pub m2: &'a Mask,
}

/// h₁ `[rows, h_1]`; the mask m₁ is where it is not 0.
pub enum FirstHidden<'a, A: Arithmetic> {
    Known(&'a A::Block),
    /// To be made again in this memory, some rows just before they are needed.
    Again(&'a mut A::Block),
}

/// Memory that one block after another uses.
pub struct Scratch<A: Arithmetic> {
    /// Products of a chunk of rows.
    values: [Vec<f32>; 2],
    /// Single rows.
    row: [Vec<f32>; 2],
    /// `[rows, h_2]`.
    m2: Reused<A>,
    /// Right operand of ∂W₁'s product, `[rows, h_1]`.
    delta_1: Reused<A>,
    /// Right operand of M's or N's product, `[rows, h_1 + 1]`.
    weighted: Reused<A>,
}

impl<A: Arithmetic> Default for Scratch<A> {
    fn default() -> Self {
        Self {
            values: Default::default(),
            row: Default::default(),
            m2: Default::default(),
            delta_1: Default::default(),
            weighted: Default::default(),
        }
    }
}

/// The logits `[rows]` of `block`, and m₂; sets `h1` `[rows, h_1]`.
pub fn forward<A: Arithmetic>(
    a: &A,
    point: &Point<A>,
    block: &held::Block<A::Bytes>,
    h1: &mut A::Block,
    scratch: &mut Scratch<A>,
) -> (Vec<f32>, Mask) {
    let h2 = point.h2();
    let mut m2 = Mask::new(block.rows, h2);
    let mut logits = Vec::with_capacity(block.rows);
    for rows in chunks::<A>(block.rows) {
        activate_first(a, point, block, rows.clone(), h1, &mut scratch.values[0]);
        let values = room(&mut scratch.values[0], rows.len() * h2);
        a.multiply(h1, rows.clone(), &point.second, values, false);
        at_full_width(|| {
            for (r, values) in rows.zip(values.chunks_exact_mut(h2)) {
                for (value, bias) in values.iter_mut().zip(&point.b2) {
                    *value = relu(*value + bias);
                }
                logits.push(point.b3 + dot(values, &point.w3));
                m2.write(r, values);
            }
        });
    }
    (logits, m2)
}

impl<A: Arithmetic> FirstHidden<'_, A> {
    /// h₁, of which only `rows` of `block` are valid.
    fn rows(
        &mut self,
        a: &A,
        point: &Point<A>,
        block: &held::Block<A::Bytes>,
        rows: Range<usize>,
        values: &mut Vec<f32>,
    ) -> &A::Block {
        match self {
            FirstHidden::Known(h1) => h1,
            FirstHidden::Again(h1) => {
                activate_first(a, point, block, rows, h1, values);
                h1
            }
        }
    }
}

/// Sets some `rows` of `block`'s `h1`.
fn activate_first<A: Arithmetic>(
    a: &A,
    point: &Point<A>,
    block: &held::Block<A::Bytes>,
    rows: Range<usize>,
    h1: &mut A::Block,
    values: &mut Vec<f32>,
) {
    let values = room(values, rows.len() * point.h1());
    let first = &point.first[block.group];
    a.multiply_bytes(&block.pixels, rows.clone(), first, values);
    at_full_width(|| {
        for (r, values) in rows.zip(values.chunks_exact_mut(point.h1())) {
            for (value, bias) in values.iter_mut().zip(&point.b1) {
                *value = relu(*value + bias);
            }
            a.write(h1, r, values);
        }
    });
}

impl<'a, A: Arithmetic> Seen<'a, A> {
    /// With h₁ to be made again in the memory of `reused`.
    pub fn again(
        a: &A,
        point: &'a Point<A>,
        block: &'a held::Block<A::Bytes>,
        m2: &'a Mask,
        reused: &'a mut Reused<A>,
    ) -> Self {
        Self {
            point,
            block,
            h1: FirstHidden::Again(reused.block(a, block.rows, point.h1())),
            m2,
        }
    }

    /// Adds the block's sums for `delta` `[rows]` to `sums`, and sets `u` `[rows, h_1]` to U.
    pub fn pullback(
        mut self,
        a: &A,
        delta: &[f32],
        mut u: Option<&mut A::Block>,
        scratch: &mut Scratch<A>,
        sums: &mut Sums,
    ) {
        let Self { point, block, .. } = self;
        let h1 = point.h1();
        let Scratch {
            values,
            row: [h, wide],
            m2,
            delta_1,
            weighted,
        } = scratch;
        let m2 = self.m2.operand(a, m2);
        let delta_1 = delta_1.block(a, block.rows, h1);
        let weighted = weighted.block(a, block.rows, h1 + 1);
        let (h, wide) = (room(h, h1), room(wide, h1 + 1));
        for rows in chunks::<A>(block.rows) {
            let kept = self.h1.rows(a, point, block, rows.clone(), &mut values[0]);
            let values = room(&mut values[0], rows.len() * h1);
            a.multiply(m2, rows.clone(), &point.back, values, false);
            at_full_width(|| {
                for (r, values) in rows.zip(values.chunks_exact_mut(h1)) {
                    let delta = delta[r];
                    a.read(kept, r, h);
                    clear_where_zero(values, h);
                    if let Some(u) = u.as_deref_mut() {
                        a.write(u, r, values);
                    }
                    for (value, sum) in values.iter_mut().zip(&mut sums.b1) {
                        *value *= delta;
                        *sum += *value;
                    }
                    a.write(delta_1, r, values);
                    for (wide, h) in wide.iter_mut().zip(&*h) {
                        *wide = delta * h;
                    }
                    wide[h1] = delta;
                    a.write(weighted, r, wide);
                    sums.b3 += delta;
                }
            });
        }
        a.add_transposed(m2, weighted, &mut sums.second);
        a.add_bytes_transposed(&block.pixels, delta_1, &mut sums.first);
    }

    /// Adds the derivatives of the block's sums along `direction` to `sums`, for the residual `delta`
    /// `[rows]` = ∂R/∂z, the `curvature` `[rows]` = ∂²R/∂z² and `u` `[rows, h_1]`.
    #[expect(clippy::too_many_arguments, reason = "all of them are of other kinds")]
    pub fn along(
        mut self,
        a: &A,
        direction: &Direction<A>,
        u: &A::Block,
        delta: &[f32],
        curvature: &[f32],
        scratch: &mut Scratch<A>,
        sums: &mut Sums,
    ) {
        let Self { point, block, .. } = self;
        let h1 = point.h1();
        let Scratch {
            values,
            row,
            m2,
            delta_1,
            weighted,
        } = scratch;
        let m2 = self.m2.operand(a, m2);
        let r_delta_1 = delta_1.block(a, block.rows, h1);
        let weighted = weighted.block(a, block.rows, h1 + 1);
        let [h, u_row] = row.each_mut().map(|row| room(row, h1));
        let [r_a1, q] = values;
        for rows in chunks::<A>(block.rows) {
            let kept = self.h1.rows(a, point, block, rows.clone(), r_a1);
            let r_a1 = room(r_a1, rows.len() * h1);
            let q = room(q, rows.len() * (h1 + 1));
            let first = &direction.first[block.group];
            a.multiply_bytes(&block.pixels, rows.clone(), first, r_a1);
            a.multiply(m2, rows.clone(), &direction.back, q, false);
            at_full_width(|| {
                let of_rows = r_a1.chunks_exact_mut(h1).zip(q.chunks_exact_mut(h1 + 1));
                for (r, (r_h, q)) in rows.zip(of_rows) {
                    a.read(kept, r, h);
                    a.read(u, r, u_row);
                    for (r_a1, bias) in r_h.iter_mut().zip(&direction.b1) {
                        *r_a1 += bias;
                    }
                    clear_where_zero(r_h, h);
                    clear_where_zero(q, h);
                    let r_z = direction.b3 + q[h1] + dot(q, h) + dot(r_h, u_row);
                    let (delta, r_delta) = (delta[r], curvature[r] * r_z);
                    sums.b3 += r_delta;
                    for (((q, u), h), (r_h, sum)) in
                        (q.iter_mut().zip(&*u_row).zip(&*h)).zip(r_h.iter_mut().zip(&mut sums.b1))
                    {
                        *r_h = r_delta * h + delta * *r_h;
                        let r_delta_1 = r_delta * u + delta * *q;
                        *sum += r_delta_1;
                        *q = r_delta_1;
                    }
                    a.write(r_delta_1, r, &q[..h1]);
                    q[..h1].copy_from_slice(r_h);
                    q[h1] = r_delta;
                    a.write(weighted, r, q);
                }
            });
        }
        a.add_transposed(m2, weighted, &mut sums.second);
        a.add_bytes_transposed(&block.pixels, r_delta_1, &mut sums.first);
    }
}

/// Σ xᵢyᵢ over the shorter, in 16 sums side by side, for a register's width.
fn dot(x: &[f32], y: &[f32]) -> f32 {
    const LANES: usize = 16;
    let length = x.len().min(y.len());
    let ((x, x_rest), (y, y_rest)) = (
        x[..length].as_chunks::<LANES>(),
        y[..length].as_chunks::<LANES>(),
    );
    let mut sums = [0.0; LANES];
    for (x, y) in x.iter().zip(y) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    let rest: f32 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}
