//! A matrix of bf16: a left operand, or either operand of a product over rows.

use super::convert::{Avx512, Bf16x16};
use crate::aligned::AlignedU32;
use crate::entries::entries;

/// The number of rows is padded to a multiple of this: to whole tiles of every kernel.
pub const PADDED_ROWS: usize = 16;

/// Row-major bf16 `[rows, columns]`; rows are padded with zeros to whole cache lines, and their number
/// to whole tiles of every kernel.
pub struct Bf16Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Pairs of bf16 from one row to the next.
    pub(super) stride: usize,
    pub(super) pairs: AlignedU32,
}

impl Bf16Matrix {
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        let stride = columns.max(1).div_ceil(2).next_multiple_of(16);
        Self {
            rows,
            columns,
            stride,
            pairs: AlignedU32::zeros(entries(
                rows.div_ceil(PADDED_ROWS),
                entries(PADDED_ROWS, stride),
            )),
        }
    }

    /// Sets this to `values` `[rows, columns]`, rounded.
    pub(super) fn fill(&mut self, avx512: Avx512, values: &[f32]) {
        assert_eq!(values.len(), self.rows * self.columns, "the sizes differ");
        let rows = values.chunks_exact(self.columns.max(1));
        for (row, values) in rows.enumerate() {
            let row = self.row_mut(row).as_flattened_mut();
            avx512.round(values, &mut row[..values.len()]);
        }
    }

    /// Row `row`, 16 numbers at a time; a row is padded, so that the last 16 are whole.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &[Bf16x16] {
        let (start, count) = self.vectors_of(row);
        &self.pairs.u16s().as_chunks().0[start..][..count]
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [Bf16x16] {
        let (start, count) = self.vectors_of(row);
        &mut self.pairs.u16s_mut().as_chunks_mut().0[start..][..count]
    }

    /// Row `row` and, if there is one, the next.
    #[inline(always)]
    pub(super) fn two_mut(&mut self, row: usize) -> (&mut [Bf16x16], Option<&mut [Bf16x16]>) {
        let (start, count) = self.vectors_of(row);
        let both = row + 1 < self.rows;
        let all = &mut self.pairs.u16s_mut().as_chunks_mut().0[start..];
        let (first, rest) = all.split_at_mut(self.stride / 8);
        (&mut first[..count], both.then(|| &mut rest[..count]))
    }

    /// Where a row starts, and how many times 16 numbers it is.
    #[inline(always)]
    fn vectors_of(&self, row: usize) -> (usize, usize) {
        assert!(row < self.rows, "there is no row {row}");
        (row * self.stride / 8, self.columns.div_ceil(16))
    }
}
