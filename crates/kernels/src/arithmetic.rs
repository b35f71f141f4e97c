//! Matrix products in one arithmetic or another, as an engine needs them.
//!
//! Plain values are f32 in row-major order; what a product reads is held in the arithmetic's own form, a
//! [`Arithmetic::Block`], an [`Arithmetic::Bytes`] or an [`Arithmetic::Right`]. What it writes are f32 in
//! rows that are [`stride`](crate::stride) numbers apart.

use std::ops::Range;

use crate::BitMatrix;

/// 16 neighbouring numbers of a row: what fits in the widest register.
pub type F32x16 = [f32; 16];

/// A left operand, or, transposed, that of a product that sums over rows.
pub enum Left<'a, A: Arithmetic> {
    /// Numbers.
    Block(&'a A::Block),
    /// Ones and zeros.
    Mask(&'a A::Mask),
    /// Pixels.
    Bytes(&'a A::Bytes),
}

/// A right operand of a product that sums over rows.
pub enum RightOfTransposed<'a, A: Arithmetic> {
    /// One that is a left operand elsewhere.
    Block(&'a A::Block),
    /// One that is nothing else.
    Vnni(&'a A::Vnni),
}

/// An arithmetic for matrix products; sums are taken in f32 in every one.
///
/// Functions panic where sizes do not fit: an engine that asks for such a product is wrong.
pub trait Arithmetic: Sized + Send + Sync {
    /// A matrix `[rows, columns]` whose rows are those of an environment: a left operand, or either
    /// operand of a product that sums over rows.
    type Block: Send + Sync;
    /// 16 neighbouring numbers of a block's row, as it holds them; behind the last column it holds zeros.
    type Vector: Copy + Send + Sync;
    /// Ones and zeros `[rows, columns]`, as a left operand and as one of a product that sums over rows.
    type Mask: Send + Sync;
    /// A matrix `[rows, columns]` whose rows are those of an environment, in the form that suits the right operand of a
    /// product that sums over them: for bf16 the VNNI layout, or rows that the product brings into it.
    type Vnni: Send + Sync;
    /// A block of bytes: pixels, many of them zero. They are multiplied as the numbers 0 to 255.
    type Bytes: Send + Sync;
    /// A matrix `[k, n]`, a right operand: weights.
    type Right: Send + Sync;

    /// What results are marked with, such as `f32`.
    fn precision(&self) -> &'static str;

    /// How many rows to multiply at a time where something is then done with each row's f32 values:
    /// so many that a product is worth its start, so few that the values are still in the cache.
    fn chunk_rows(&self) -> usize;

    /// Whether products of bytes skip those that are zero.
    fn skips_zeros(&self) -> bool;

    /// Runs `job`, whose loops are compiled for the widest registers that this arithmetic may use, as are
    /// [`Arithmetic::widen`], [`Arithmetic::round`], [`Arithmetic::above_zero`] and [`Arithmetic::write_two_rows`] in it.
    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T;

    /// A block of zeros `[rows, columns]`.
    fn block(&self, rows: usize, columns: usize) -> Self::Block;

    /// Sets `block` to `values`, rounded to this arithmetic.
    fn fill(&self, block: &mut Self::Block, values: &[f32]);

    /// Row `row` of `block`.
    fn row<'a>(&self, block: &'a Self::Block, row: usize) -> &'a [Self::Vector];

    /// Row `row` of `block`, to be set. What is behind the last column must stay 0.
    fn row_mut<'a>(&self, block: &'a mut Self::Block, row: usize) -> &'a mut [Self::Vector];

    /// The numbers of `vector` as f32.
    fn widen(&self, vector: &Self::Vector) -> F32x16;

    /// `values` rounded to this arithmetic.
    fn round(&self, values: &F32x16) -> Self::Vector;

    /// Of which of `values` are above 0, the first in the lowest bit.
    fn above_zero(&self, values: &F32x16) -> u16;

    /// Zeros `[rows, columns]`.
    fn vnni(&self, rows: usize, columns: usize) -> Self::Vnni;

    /// Sets the rows `row`, which is even, and `row` + 1 of `pairs` to `values`, 16 numbers of each at a time, rounded to this
    /// arithmetic. Those behind the last column must be 0, and so must be those of a row that is not there.
    fn write_two_rows(
        &self,
        pairs: &mut Self::Vnni,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    );

    /// Sets one column of two rows, as [`Arithmetic::write_two_rows`] sets all.
    fn write_two_entries(
        &self,
        pairs: &mut Self::Vnni,
        row: usize,
        column: usize,
        values: [f32; 2],
    );

    /// A block of `bytes` `[rows, columns]`.
    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Self::Bytes;

    /// `values` `[k, n]` as a right operand, or, where `transposed`, the transpose of `values` `[n, k]`.
    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Self::Right;

    /// `bits` as an operand, in the memory of `kept` where that is of the size.
    fn mask<'a>(&self, bits: &BitMatrix, kept: &'a mut Option<Self::Mask>) -> &'a Self::Mask;

    /// `into` `[rows, stride(n)]` = some `rows` of `left` `[.., k]` · `right` `[k, n]`, added to `into` where
    /// `add`, which bytes cannot be; what is behind the n numbers of each row becomes 0. `rows` starts at a multiple of
    /// [`Arithmetic::chunk_rows`].
    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Self::Right,
        into: &mut [f32],
        add: bool,
    );

    /// `into` `[m, stride(n)]` = `left`ᵀ · `right`, for `left` `[rows, m]` and `right` `[rows, n]`, added to `into`
    /// where `add`.
    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: RightOfTransposed<Self>,
        into: &mut [f32],
        add: bool,
    );
}

impl<A: Arithmetic> Clone for Left<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Arithmetic> Copy for Left<'_, A> {}

/// [`Arithmetic::write_two_rows`] where these are one or two rows of a block.
#[inline(always)]
pub fn write_rows<A: Arithmetic>(
    a: &A,
    (first, mut second): (&mut [A::Vector], Option<&mut [A::Vector]>),
    values: impl Iterator<Item = [F32x16; 2]>,
) {
    // One loop, and so plain a one: what makes the values is not inlined into others, and is slow then.
    for (place, values) in values.enumerate() {
        first[place] = a.round(&values[0]);
        if let Some(second) = &mut second {
            second[place] = a.round(&values[1]);
        }
    }
}
