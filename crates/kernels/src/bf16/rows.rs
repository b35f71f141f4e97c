//! Rows of bf16: a left operand, or either operand of a product over rows.

use super::amx;
use super::avx512::LEFT_ROWS;
use crate::aligned::Lines;
use crate::entries::entries;

/// Row-major bf16 `[rows, columns]`; rows are padded with zeros to whole cache lines, and their number
/// to whole tiles of every kernel.
pub struct Rows {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Pairs of bf16 from one row to the next.
    pub(super) stride: usize,
    pub(super) pairs: Lines,
}

impl Rows {
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        let stride = columns.max(1).div_ceil(2).next_multiple_of(16);
        Self {
            rows,
            columns,
            stride,
            pairs: Lines::zeros(entries(
                rows.div_ceil(LEFT_ROWS.max(amx::SIDE)),
                entries(LEFT_ROWS.max(amx::SIDE), stride),
            )),
        }
    }

    /// Row `row` in lanes of 16 numbers; a row is padded, so that the last one is whole.
    #[inline(always)]
    pub(super) fn row(&self, row: usize) -> &[Lane] {
        let (start, lanes) = self.lanes_of(row);
        &self.pairs.halves().as_chunks().0[start..][..lanes]
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [Lane] {
        let (start, lanes) = self.lanes_of(row);
        &mut self.pairs.halves_mut().as_chunks_mut().0[start..][..lanes]
    }

    /// Row `row` and, if there is one, the next.
    #[inline(always)]
    pub(super) fn two_mut(&mut self, row: usize) -> (&mut [Lane], Option<&mut [Lane]>) {
        let (start, lanes) = self.lanes_of(row);
        let both = row + 1 < self.rows;
        let all = &mut self.pairs.halves_mut().as_chunks_mut().0[start..];
        let (first, rest) = all.split_at_mut(self.stride / 8);
        (&mut first[..lanes], both.then(|| &mut rest[..lanes]))
    }

    /// Where a row starts, and its lanes.
    #[inline(always)]
    fn lanes_of(&self, row: usize) -> (usize, usize) {
        assert!(row < self.rows, "there is no row {row}");
        (row * self.stride / 8, self.columns.div_ceil(16))
    }
}

/// 16 numbers of a row in bf16.
pub type Lane = [u16; 16];
