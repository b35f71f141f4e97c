//! The formulas on one block of rows. Products are done on so few rows at a time that what is then done
//! with each row's values finds them in the cache.

use std::ops::Range;

use kernels::{AlignedF32, Arithmetic, BitMatrix, F32x16, Left, stride};

use super::point::{Direction, Point, Sums};
use crate::blocked;
use crate::fused_engine::block_inputs::BlockInputs;
use crate::fused_engine::chunks::{chunks, row_pairs};
use crate::fused_engine::simd::{Dot, masked, relu, scaled, sum, vectors, vectors_mut, zip};
use crate::fused_engine::workspace::{Pooled, Reused, ReusedVnni};

/// What a pass at `point` has found out about the rows of `block`.
pub struct BlockPass<'a, A: Arithmetic> {
    pub point: &'a Point<A>,
    pub block: &'a blocked::Block<BlockInputs<A>>,
    pub h1: FirstHidden<'a, A>,
    /// `[rows, h_2]`.
    pub m2: &'a BitMatrix,
}

/// What is kept of a block's pass.
pub struct KeptPass<A: Arithmetic> {
    pub m2: BitMatrix,
    /// Where it is not cheaper to make again.
    pub h1: Option<Pooled<Reused<A>>>,
}

/// What the gradient of the risk leaves of a block.
pub struct Residual<A: Arithmetic> {
    /// δ = ∂R/∂z `[rows]`.
    pub delta: Vec<f32>,
    /// U `[rows, h_1]`.
    pub u: Pooled<Reused<A>>,
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
    values: [AlignedF32; 2],
    /// `[rows, h_2]`.
    m2: Option<A::Mask>,
    /// Right operand of ∂W₁'s product, `[rows, h_1]`.
    delta_1: ReusedVnni<A>,
    /// Right operand of M's or N's product, `[rows, h_1 + 1]`.
    weighted: ReusedVnni<A>,
}

impl<A: Arithmetic> Default for Scratch<A> {
    fn default() -> Self {
        Self {
            values: Default::default(),
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
    block: &blocked::Block<BlockInputs<A>>,
    h1: &mut A::Block,
    scratch: &mut Scratch<A>,
) -> (Vec<f32>, BitMatrix) {
    let h2 = point.h2();
    let mut m2 = BitMatrix::zeros(block.rows, h2);
    let mut logits = Vec::with_capacity(block.rows);
    for rows in chunks(a, block.rows) {
        activate_first(a, point, block, rows.clone(), h1, &mut scratch.values[0]);
        let values = scratch.values[0].resized(rows.len() * stride(h2));
        a.multiply(Left::Block(h1), rows.clone(), &point.second, values, false);
        a.at_full_width(
            #[inline(always)]
            || {
                for (r, values) in rows.zip(values.chunks_exact(stride(h2))) {
                    let mut z = Dot::of(h2);
                    let constants = vectors(&point.b2).iter().zip(vectors(&point.w3));
                    for (place, (value, (bias, w3))) in
                        vectors(values).iter().zip(constants).enumerate()
                    {
                        let h = zip(value, bias, |value, bias| relu(value + bias));
                        z.add(&h, w3);
                        m2.set_word(r, place, a.above_zero(&h));
                    }
                    logits.push(point.b3 + z.total());
                }
            },
        );
    }
    (logits, m2)
}

impl<A: Arithmetic> FirstHidden<'_, A> {
    /// h₁; only its `rows` of `block` are valid.
    fn rows(
        &mut self,
        a: &A,
        point: &Point<A>,
        block: &blocked::Block<BlockInputs<A>>,
        rows: Range<usize>,
        values: &mut AlignedF32,
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
    block: &blocked::Block<BlockInputs<A>>,
    rows: Range<usize>,
    h1: &mut A::Block,
    values: &mut AlignedF32,
) {
    let h1_units = point.h1();
    let values = values.resized(rows.len() * stride(h1_units));
    let first = &point.first[block.group];
    a.multiply(block.values.left(), rows.clone(), first, values, false);
    a.at_full_width(
        #[inline(always)]
        || {
            for (r, values) in rows.zip(values.chunks_exact(stride(h1_units))) {
                let biased = vectors(values).iter().zip(vectors(&point.b1));
                for ((value, bias), h) in biased.zip(a.row_mut(h1, r)) {
                    *h = a.round(&zip(value, bias, |value, bias| relu(value + bias)));
                }
            }
        },
    );
}

impl<'a, A: Arithmetic> BlockPass<'a, A> {
    /// After `passed`; where that has not kept h₁, it is to be made again in the memory of `reused`.
    pub fn of(
        a: &A,
        point: &'a Point<A>,
        block: &'a blocked::Block<BlockInputs<A>>,
        passed: &'a KeptPass<A>,
        reused: &'a mut Reused<A>,
    ) -> Self {
        Self {
            point,
            block,
            h1: match &passed.h1 {
                Some(h1) => FirstHidden::Known(h1.kept()),
                None => FirstHidden::Again(reused.block(a, block.rows, point.h1())),
            },
            m2: &passed.m2,
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
        let m2 = a.mask(self.m2, &mut scratch.m2);
        let delta_1 = scratch.delta_1.vnni(a, block.rows, h1);
        let weighted = scratch.weighted.vnni(a, block.rows, h1 + 1);
        for rows in chunks(a, block.rows) {
            let values = &mut scratch.values[0];
            let kept = self.h1.rows(a, point, block, rows.clone(), values);
            let values = values.resized(rows.len() * stride(h1));
            a.multiply(Left::Mask(m2), rows.clone(), &point.back, values, false);
            a.at_full_width(
                #[inline(always)]
                || {
                    for (row, values) in row_pairs(rows, values, stride(h1)) {
                        // An odd last row is its own second, with a δ of 0.
                        let second = usize::from(!values[1].is_empty());
                        let rows = [row, row + second];
                        let delta = [delta[row], second as f32 * delta[rows[1]]];
                        let values = [vectors(values[0]), vectors(values[second])];
                        let h = [a.row(kept, rows[0]), a.row(kept, rows[1])];
                        if let Some(u) = u.as_deref_mut() {
                            for i in 0..=second {
                                let of_row = values[i].iter().zip(h[i]);
                                for (u, (value, h)) in a.row_mut(u, rows[i]).iter_mut().zip(of_row)
                                {
                                    *u = a.round(&masked(value, &a.widen(h)));
                                }
                            }
                        }
                        let of_rows = h[0].iter().zip(h[1]).zip(values[0].iter().zip(values[1]));
                        let of_rows = of_rows.zip(vectors_mut(&mut sums.b1));
                        let of_delta_1 = of_rows.map(
                            #[inline(always)]
                            |((h, values), b1)| {
                                let of_delta_1 = [
                                    scaled(delta[0], &masked(values.0, &a.widen(h.0))),
                                    scaled(delta[1], &masked(values.1, &a.widen(h.1))),
                                ];
                                *b1 = sum(b1, &of_delta_1);
                                of_delta_1
                            },
                        );
                        a.write_two_rows(delta_1, row, of_delta_1);
                        let of_weighted = h[0].iter().zip(h[1]).map(
                            #[inline(always)]
                            |h| {
                                [
                                    scaled(delta[0], &a.widen(h.0)),
                                    scaled(delta[1], &a.widen(h.1)),
                                ]
                            },
                        );
                        a.write_two_rows(weighted, row, of_weighted);
                        a.write_two_entries(weighted, row, h1, delta);
                        sums.b3 = sums.b3 + delta[0] + delta[1];
                    }
                },
            );
        }
        sums.add_products(a, m2, weighted, &block.values, delta_1);
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
        let m2 = a.mask(self.m2, &mut scratch.m2);
        let r_delta_1 = scratch.delta_1.vnni(a, block.rows, h1);
        let weighted = scratch.weighted.vnni(a, block.rows, h1 + 1);
        let [r_h, q] = &mut scratch.values;
        for rows in chunks(a, block.rows) {
            let kept = self.h1.rows(a, point, block, rows.clone(), r_h);
            let r_h = r_h.resized(rows.len() * stride(h1));
            let q = q.resized(rows.len() * stride(h1 + 1));
            let first = &direction.first[block.group];
            a.multiply(block.values.left(), rows.clone(), first, r_h, false);
            a.multiply(Left::Mask(m2), rows.clone(), &direction.back, q, false);
            a.at_full_width(
                #[inline(always)]
                || {
                    let both = row_pairs(rows.clone(), r_h, stride(h1)).zip(row_pairs(
                        rows,
                        q,
                        stride(h1 + 1),
                    ));
                    for ((row, mut r_h), (_, mut q)) in both {
                        let (mut delta_of, mut r_delta) = ([0.0; 2], [0.0; 2]);
                        for (i, (r_h, q)) in r_h.iter_mut().zip(&mut q).enumerate() {
                            if r_h.is_empty() {
                                continue;
                            }
                            let r = row + i;
                            let (mut by_q, mut by_r_h) = (Dot::of(h1), Dot::of(h1));
                            let r_z = direction.b3 + q[h1];
                            let biased = vectors_mut(r_h)
                                .zip(vectors(&direction.b1))
                                .zip(vectors_mut(q));
                            let kept = a.row(kept, r).iter().zip(a.row(u, r));
                            for (((r_h, bias), q), (h, u)) in biased.zip(kept) {
                                let h = a.widen(h);
                                *r_h = masked(&zip(r_h, bias, |r_a, bias| r_a + bias), &h);
                                *q = masked(q, &h);
                                by_q.add(q, &h);
                                by_r_h.add(r_h, &a.widen(u));
                            }
                            let r_z = r_z + by_q.total() + by_r_h.total();
                            (delta_of[i], r_delta[i]) = (delta[r], curvature[r] * r_z);
                            sums.b3 += r_delta[i];
                        }
                        let second = usize::from(!r_h[1].is_empty());
                        let rows = [row, row + second];
                        let (r_h, q) = (
                            [vectors(r_h[0]), vectors(r_h[second])],
                            [vectors(q[0]), vectors(q[second])],
                        );
                        let h = [a.row(kept, rows[0]), a.row(kept, rows[1])];
                        let u = [a.row(u, rows[0]), a.row(u, rows[1])];
                        let along = |i: usize, x: &A::Vector, y: &F32x16| {
                            zip(&a.widen(x), y, |x, y| r_delta[i] * x + delta_of[i] * y)
                        };
                        let of_rows = u[0].iter().zip(u[1]).zip(q[0].iter().zip(q[1]));
                        let of_rows = of_rows.zip(vectors_mut(&mut sums.b1));
                        let of_delta_1 = of_rows.map(
                            #[inline(always)]
                            |((u, q), b1)| {
                                let of_delta_1 = [along(0, u.0, q.0), along(1, u.1, q.1)];
                                *b1 = sum(b1, &of_delta_1);
                                of_delta_1
                            },
                        );
                        a.write_two_rows(r_delta_1, row, of_delta_1);
                        let of_rows = h[0].iter().zip(h[1]).zip(r_h[0].iter().zip(r_h[1]));
                        let of_weighted = of_rows.map(
                            #[inline(always)]
                            |(h, r_h)| [along(0, h.0, r_h.0), along(1, h.1, r_h.1)],
                        );
                        a.write_two_rows(weighted, row, of_weighted);
                        a.write_two_entries(weighted, row, h1, r_delta);
                    }
                },
            );
        }
        sums.add_products(a, m2, weighted, &block.values, r_delta_1);
    }
}
