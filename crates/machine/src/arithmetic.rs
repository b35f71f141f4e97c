//! Matrix products in one arithmetic or another, as an engine needs them.
//!
//! Plain values are f32 in row-major order; what a product reads is held in the arithmetic's own form, a
//! [`Arithmetic::Block`], an [`Arithmetic::Bytes`] or an [`Arithmetic::Right`].

use std::ops::Range;

/// An arithmetic for matrix products; sums are taken in f32 in every one.
///
/// Functions panic where sizes do not fit: an engine that asks for such a product is wrong.
pub trait Arithmetic: Send + Sync {
    /// A matrix `[rows, columns]` whose rows are those of an environment: a left operand, or either
    /// operand of a product that sums over rows.
    type Block: Send + Sync;
    /// A block of bytes, many of which may be zero: pixels. They are multiplied as the numbers 0 to 255.
    type Bytes: Send + Sync;
    /// A matrix `[k, n]`, a right operand: weights.
    type Right: Send + Sync;

    /// How many rows to multiply at a time where something is then done with each row's f32 values:
    /// so many that a product is worth its start, so few that the values are still in the cache.
    const CHUNK_ROWS: usize;

    /// What results are marked with, such as `f32`.
    fn name(&self) -> &'static str;

    /// A block of zeros `[rows, columns]`.
    fn block(&self, rows: usize, columns: usize) -> Self::Block;

    /// Sets `block` to `values`, rounded to this arithmetic.
    fn fill(&self, block: &mut Self::Block, values: &[f32]);

    /// Sets row `row` of `block` to `values` `[columns]`, rounded to this arithmetic.
    fn write(&self, block: &mut Self::Block, row: usize, values: &[f32]);

    /// Sets `values` `[columns]` to row `row` of `block`.
    fn read(&self, block: &Self::Block, row: usize, values: &mut [f32]);

    /// A block of `bytes` `[rows, columns]`.
    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Self::Bytes;

    /// `values` `[k, n]` as a right operand, or, where `transposed`, the transpose of `values` `[n, k]`.
    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Self::Right;

    /// `into` `[rows, n]` = some `rows` of `left` `[.., k]` · `right` `[k, n]`, added to `into` where
    /// `add`. `rows` starts at a multiple of [`Arithmetic::CHUNK_ROWS`].
    fn multiply(
        &self,
        left: &Self::Block,
        rows: Range<usize>,
        right: &Self::Right,
        into: &mut [f32],
        add: bool,
    );

    /// `into` `[m, n]` += `left`ᵀ · `right`, for `left` `[rows, m]` and `right` `[rows, n]`.
    fn add_transposed(&self, left: &Self::Block, right: &Self::Block, into: &mut [f32]);

    /// [`Arithmetic::multiply`] for bytes.
    fn multiply_bytes(
        &self,
        left: &Self::Bytes,
        rows: Range<usize>,
        right: &Self::Right,
        into: &mut [f32],
    );

    /// [`Arithmetic::add_transposed`] for bytes.
    fn add_bytes_transposed(&self, left: &Self::Bytes, right: &Self::Block, into: &mut [f32]);
}
