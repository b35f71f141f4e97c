//! bf16 products on the tiles of Intel's AMX. A tile is 16 rows of 16 pairs of bf16 or of 16 sums; one
//! instruction adds to 16 by 16 sums the product of 16 rows by 16 pairs and 16 pairs by 16 columns.
//!
//! All but the instructions themselves is the same code whoever carries them out: the CPU, or, in tests,
//! an emulation.

mod cpu;
mod mask_tiles;
mod pack;
mod product;

#[cfg(test)]
mod emulated;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use super::round::bf16;
use super::{Panels, Rows};
use crate::F32x16;
use crate::aligned::{Lines, stride};
use crate::entries::entries;
pub use cpu::Amx;
pub use mask_tiles::Ones;
pub use product::Product;
use product::{Left, Operand, Right};

/// Rows of a tile; the pairs or sums in each.
pub const SIDE: usize = 16;
/// Columns of a panel of weights: two tiles, as of a block of the result.
pub const PANEL: usize = 2 * SIDE;
/// Rows of a product at a time: two tiles, which stay in the first-level cache while the right operand streams past.
pub const CHUNK_ROWS: usize = 2 * SIDE;
/// Instructions of one round of [`Amx::repeat`], each with sums of its own.
pub const REPEATED: usize = 6;

thread_local! {
    /// Tiles of ones, kept for their memory.
    static TILES_OF_ONES: RefCell<Lines> = RefCell::default();
}

/// The transpose of rows, as the left operand of a product over them.
pub struct Transpose {
    amx: Amx,
    rows: usize,
    columns: usize,
    /// `[column/16][row/32][column%16][row%32 / 2]`, padded with zeros.
    tiles: Lines,
}

impl Transpose {
    /// Of no rows.
    pub fn none(amx: Amx) -> Self {
        Self {
            amx,
            rows: 0,
            columns: 0,
            tiles: Lines::default(),
        }
    }

    /// Sets this to the transpose of `rows`, in the same memory where that is enough.
    pub fn fill(&mut self, rows: &Rows) {
        (self.rows, self.columns) = (rows.rows, rows.columns);
        self.amx.pack_left(rows, &mut self.tiles);
    }

    /// The number of columns of what this is the transpose of.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Rows as the right operand of a product over them.
pub struct RowPairs {
    amx: Amx,
    rows: usize,
    columns: usize,
    /// `[row/2][stride(columns)]`, padded with zeros to whole tiles.
    pairs: Lines,
}

impl RowPairs {
    /// Zeros `[rows, columns]`.
    pub fn zeros(amx: Amx, rows: usize, columns: usize) -> Self {
        Self {
            amx,
            rows,
            columns,
            pairs: Lines::zeros(entries(padded_pairs(rows), stride(columns))),
        }
    }

    /// Sets this to `rows`, in the same memory where that is enough.
    pub fn fill(&mut self, rows: &Rows) {
        (self.rows, self.columns) = (rows.rows, rows.columns);
        self.amx.pack_right(rows, &mut self.pairs);
    }

    /// Sets the rows `row`, which is even, and `row` + 1 to `values`, 16 numbers of each at a time, rounded; those of a row
    /// or column that is not there must be 0.
    #[inline(always)]
    pub fn write(&mut self, row: usize, values: impl Iterator<Item = [F32x16; 2]>) {
        let amx = self.amx;
        for (lane, values) in self.pair(row).as_chunks_mut().0.iter_mut().zip(values) {
            *lane = amx.pair_of(&values);
        }
    }

    /// Sets one column of two rows.
    #[inline(always)]
    pub fn write_one(&mut self, row: usize, column: usize, [low, high]: [f32; 2]) {
        self.pair(row)[column] = u32::from(bf16(low)) | u32::from(bf16(high)) << 16;
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn pair(&mut self, row: usize) -> &mut [u32] {
        assert!(
            row < self.rows && row.is_multiple_of(2),
            "there is no pair of rows {row}"
        );
        let padded = stride(self.columns);
        &mut self.pairs.pairs_mut()[row / 2 * padded..][..padded]
    }
}

/// The pairs of `rows`, in whole tiles.
fn padded_pairs(rows: usize) -> usize {
    rows.div_ceil(2 * SIDE) * SIDE
}

impl<'a> Product<'a> {
    /// `left`'s rows from `first` on, a multiple of [`SIDE`], · `right`.
    pub fn of_rows(left: &'a Rows, first: usize, right: &'a Panels) -> Self {
        let left = Left::Tiles(Operand {
            pairs: &left.pairs.pairs()[first * left.stride..],
            stride: left.stride,
            step: SIDE,
            beside: SIDE * left.stride,
        });
        Self::new(right.k, left, Right::Panels(right.pairs.pairs()), right.n)
    }

    /// `left`'s rows from `first` on, a multiple of [`SIDE`], · `right`.
    pub fn of_ones(left: &'a Ones, first: usize, right: &'a Panels) -> Self {
        let panels = Right::Panels(right.pairs.pairs());
        Self::new(right.k, left.from(first), panels, right.n)
    }

    /// `left`·`right`, over rows.
    pub fn of_transpose(left: &'a Transpose, right: &'a RowPairs) -> Self {
        let steps = left.rows.div_ceil(2 * SIDE);
        let tiles = Left::Tiles(Operand::of_tiles(left.tiles.pairs(), steps));
        Self::over_rows(left.rows, tiles, right)
    }

    /// `left`·`right`, over rows.
    pub fn of_ones_over_rows(left: &'a Ones, right: &'a RowPairs) -> Self {
        Self::over_rows(left.columns(), left.from(0), right)
    }

    fn over_rows(rows: usize, left: Left<'a>, right: &'a RowPairs) -> Self {
        assert_eq!(rows, right.rows, "the operands' rows differ");
        Self::new(rows, left, Right::Rows(right.pairs.pairs()), right.columns)
    }
}

impl Amx {
    /// Sets `into` `[m, stride(n)]` to `product` `[m, n]`, or adds that where `add`.
    pub fn multiply(self, product: &Product, into: &mut [f32], add: bool) {
        TILES_OF_ONES.with_borrow_mut(|ones| {
            self.with_registers(
                #[inline(always)]
                |registers| product.run(registers, ones, into, add),
            );
        });
    }

    /// The bare instruction, [`REPEATED`] times in each of `rounds`, on zeros.
    pub fn repeat(self, rounds: usize) {
        self.with_registers(|registers| {
            for _ in 0..rounds {
                registers.repeat();
            }
        });
    }
}
