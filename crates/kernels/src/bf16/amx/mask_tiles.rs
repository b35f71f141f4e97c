//! Ones and zeros as a left operand: they stay bits until just before tiles are loaded, so that they take up a sixteenth of
//! the cache.

use super::product::Left;
use super::tile::SIDE;
use crate::bit_matrix::BitMatrix;

/// Bits `[rows, columns]` in the order of tiles.
#[derive(Default)]
pub struct MaskTiles {
    rows: usize,
    columns: usize,
    /// `[row/16][column/32][row%16]`, a bit a column, the first in the lowest; padded with zeros.
    words: Vec<u32>,
}

impl MaskTiles {
    /// Sets this to `bits`, in the same memory where that is enough.
    #[inline(always)]
    pub fn fill(&mut self, bits: &BitMatrix) {
        let steps = self.resize(bits.rows(), bits.columns());
        let tiles = self.words.as_chunks_mut::<SIDE>().0;
        for place in 0..bits.columns().div_ceil(SIDE) {
            let rows = bits
                .words_of_all_rows(place)
                .as_flattened()
                .as_chunks::<SIDE>()
                .0;
            let tiles = tiles.iter_mut().skip(place / 2).step_by(steps);
            for (tile, rows) in tiles.zip(rows) {
                for (word, &ones) in tile.iter_mut().zip(rows) {
                    *word |= u32::from(ones) << (place % 2 * SIDE);
                }
            }
        }
    }

    /// Sets this to the transpose of `bits`, in the same memory where that is enough. `transpose` gives that of 16 columns of
    /// 32 rows: of each column the bits, the first row's in the lowest.
    #[inline(always)]
    pub fn fill_transposed(
        &mut self,
        bits: &BitMatrix,
        transpose: impl Fn(&[u16; BitMatrix::ROWS]) -> [u32; SIDE],
    ) {
        let steps = self.resize(bits.columns(), bits.rows());
        let tiles = self.words.as_chunks_mut::<SIDE>().0;
        for (place, tiles) in tiles.chunks_exact_mut(steps.max(1)).enumerate() {
            for (tile, rows) in tiles.iter_mut().zip(bits.words_of_all_rows(place)) {
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
