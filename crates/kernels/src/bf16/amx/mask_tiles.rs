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
    #[inline(always)]
    pub fn fill(&mut self, bits: &Bits) {
        let steps = self.resize(bits.rows(), bits.columns());
        let tiles = self.words.as_chunks_mut::<SIDE>().0;
        for lane in 0..bits.columns().div_ceil(SIDE) {
            let rows = bits.all_rows(lane).as_flattened().as_chunks::<SIDE>().0;
            let tiles = tiles.iter_mut().skip(lane / 2).step_by(steps);
            for (tile, rows) in tiles.zip(rows) {
                for (word, &ones) in tile.iter_mut().zip(rows) {
                    *word |= u32::from(ones) << (lane % 2 * SIDE);
                }
            }
        }
    }

    /// Sets this to the transpose of `bits`, in the same memory where that is enough. `transpose` gives that of 32 rows of a
    /// lane: of each column the bits, the first row's in the lowest.
    #[inline(always)]
    pub fn fill_transposed(
        &mut self,
        bits: &Bits,
        transpose: impl Fn(&[u16; Bits::ROWS]) -> [u32; SIDE],
    ) {
        let steps = self.resize(bits.columns(), bits.rows());
        let tiles = self.words.as_chunks_mut::<SIDE>().0;
        for (lane, tiles) in tiles.chunks_exact_mut(steps.max(1)).enumerate() {
            for (tile, rows) in tiles.iter_mut().zip(bits.all_rows(lane)) {
                *tile = transpose(rows);
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
