//! Ones and zeros as a left operand: they stay bits until just before tiles are loaded, so that they take up a sixteenth of
//! the cache.

use super::SIDE;
use super::product::Left;
use crate::Bits;

/// Bits `[rows, columns]` in the order of tiles.
#[derive(Default)]
pub struct Ones {
    rows: usize,
    columns: usize,
    /// `[row/16][column/32][row%16]`, a bit a column, the first in the lowest; padded with zeros.
    words: Vec<u32>,
}

impl Ones {
    /// Sets this to `bits`, in the same memory where that is enough.
    pub fn fill(&mut self, bits: &Bits) {
        let steps = self.resize(bits.rows(), bits.columns());
        let (tiles, _) = self.words.as_chunks_mut::<SIDE>();
        for row in 0..bits.rows() {
            let tiles = &mut tiles[row / SIDE * steps..][..steps];
            for (tile, lanes) in tiles.iter_mut().zip(bits.row(row).chunks(2)) {
                let high = lanes.get(1).map_or(0, |&high| u32::from(high));
                tile[row % SIDE] = u32::from(lanes[0]) | high << 16;
            }
        }
    }

    /// Sets this to the transpose of `bits`, in the same memory where that is enough.
    #[inline(always)]
    pub fn fill_transposed(&mut self, bits: &Bits) {
        let steps = self.resize(bits.columns(), bits.rows());
        let (tiles, _) = self.words.as_chunks_mut::<SIDE>();
        for step in 0..steps {
            let first = step * 2 * SIDE;
            let last = bits.rows().min(first + 2 * SIDE);
            for (lane, tile) in tiles.iter_mut().skip(step).step_by(steps).enumerate() {
                let mut columns = [0u32; SIDE];
                for row in first..last {
                    // The bits of earlier rows move down, and this row's comes in at the top.
                    let ones = u32::from(bits.lane(row, lane));
                    for (column, word) in columns.iter_mut().enumerate() {
                        *word = *word >> 1 | ones << (31 - column) & 1 << 31;
                    }
                }
                let missing = first + 2 * SIDE - last;
                for word in &mut columns {
                    *word >>= missing;
                }
                *tile = columns;
            }
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// From row `first` on, a multiple of [`SIDE`].
    pub fn from(&self, first: usize) -> Left<'_> {
        Left::Bits(&self.words[first * self.columns.div_ceil(2 * SIDE)..])
    }

    /// Zeros of that size; returns the steps of a product over the columns.
    fn resize(&mut self, rows: usize, columns: usize) -> usize {
        (self.rows, self.columns) = (rows, columns);
        let steps = columns.div_ceil(2 * SIDE);
        self.words.clear();
        self.words.resize(rows.div_ceil(SIDE) * SIDE * steps, 0);
        steps
    }
}
