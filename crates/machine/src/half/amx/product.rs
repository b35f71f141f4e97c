//! A product in blocks of up to 2 by 2 tiles of the result, whose sums stay in registers.

use super::{PANEL, SIDE};
use crate::half::{Panels, Rows};
use crate::lines::{Lines, stride};

/// Eight tiles, each of 16 rows of 16 pairs of bf16 or of 16 f32 sums. `T` and its like are the number of
/// a register, 0 to 7. What memory holds is row after row, `stride` numbers apart.
///
/// Functions panic where memory is too short for a whole tile.
pub trait Registers {
    /// Sets register `T` to zeros.
    fn zero<const T: usize>(&mut self);

    /// Sets register `T` to sums.
    fn load_sums<const T: usize>(&mut self, from: &[f32], stride: usize);

    /// Writes the sums in register `T`.
    fn store_sums<const T: usize>(&mut self, into: &mut [f32], stride: usize);

    /// Adds to the sums in registers 0 to 3, up to 2 by 2 tiles row after row, the products of `DOWN` tiles of the left operand
    /// and `ACROSS` of the right one, step after step. The left tiles are soon read again, the right ones are not. Registers
    /// 4 to 7 hold them meanwhile.
    fn accumulate<const DOWN: usize, const ACROSS: usize>(
        &mut self,
        steps: usize,
        left: Operand,
        right: Operand,
    );
}

/// Where the tiles of an operand lie: pairs, and how many of them it is from one place to another.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    pub pairs: &'a [u32],
    /// From a tile's row to its next.
    pub stride: usize,
    /// To the tile of the next 16 pairs that are summed over.
    pub step: usize,
    /// To the tile of the next 16 rows of a left operand, or of the next 16 columns of a right one.
    pub beside: usize,
}

impl Operand<'_> {
    /// Whether all tiles of `steps` steps, `beside` side by side, lie in the pairs.
    pub fn has(&self, steps: usize, beside: usize) -> bool {
        let to_last = |count: usize, each: usize| count.saturating_sub(1).saturating_mul(each);
        let last = to_last(steps, self.step).saturating_add(to_last(beside, self.beside));
        steps == 0 || last.saturating_add(extent(self.stride)) <= self.pairs.len()
    }
}

/// How many numbers there are from the start of a whole tile to its end: too many for any memory where that cannot be
/// counted.
pub fn extent(stride: usize) -> usize {
    (SIDE - 1).saturating_mul(stride).saturating_add(SIDE)
}

/// A product `[m, n]` over `16·steps` pairs; what pads the operands to whole tiles is 0 in the pairs, and
/// may be anything in the rows and columns of the result that are not there.
pub struct Product<'a> {
    steps: usize,
    /// Of the first 16 rows.
    left: Operand<'a>,
    right: Right<'a>,
    n: usize,
    /// From a row of the result to its next.
    row: usize,
    add: bool,
}

/// A right operand, padded to whole tiles.
enum Right<'a> {
    /// `[panel][pair][column]`, panels of up to [`PANEL`] columns.
    Panels(&'a [u32]),
    /// `[pair][column]`.
    Rows(&'a [u32]),
}

impl<'a> Product<'a> {
    /// The product of `left`'s rows from `first` on; `first` is a multiple of [`SIDE`].
    pub fn of_rows(left: &'a Rows, first: usize, right: &'a Panels, add: bool) -> Self {
        Self {
            steps: right.k.div_ceil(2 * SIDE),
            left: Operand {
                pairs: &left.pairs.pairs()[first * left.stride..],
                stride: left.stride,
                step: SIDE,
                beside: SIDE * left.stride,
            },
            right: Right::Panels(right.pairs.pairs()),
            n: right.n,
            row: stride(right.n),
            add,
        }
    }

    /// The product of the transpose of `rows` rows, in tiles, and rows of `n` numbers, in pairs; see [`super::pack`].
    pub fn over_rows(rows: usize, left: &'a Lines, right: &'a Lines, n: usize, add: bool) -> Self {
        let steps = rows.div_ceil(2 * SIDE);
        Self {
            steps,
            left: Operand {
                pairs: left.pairs(),
                stride: SIDE,
                step: SIDE * SIDE,
                beside: steps * SIDE * SIDE,
            },
            right: Right::Rows(right.pairs()),
            n,
            row: stride(n),
            add,
        }
    }

    pub fn run<R: Registers>(&self, registers: &mut R, into: &mut [f32]) {
        let rows = into.len().checked_div(self.row).unwrap_or(0);
        for top in (0..rows).step_by(2 * SIDE) {
            for first in (0..self.n).step_by(PANEL) {
                let mut block = Block {
                    product: self,
                    registers,
                    into,
                    rows: rows - top,
                    start: top * self.row + first,
                };
                match (rows - top > SIDE, self.n - first > SIDE) {
                    (false, false) => block.run::<1, 1>(top, first),
                    (false, true) => block.run::<1, 2>(top, first),
                    (true, false) => block.run::<2, 1>(top, first),
                    (true, true) => block.run::<2, 2>(top, first),
                }
            }
        }
    }
}

/// Up to 2 by 2 tiles of a result. Registers 0 to 3 have the sums, row after row.
struct Block<'a, R> {
    product: &'a Product<'a>,
    registers: &'a mut R,
    into: &'a mut [f32],
    /// Rows of the result from the first of the block's on.
    rows: usize,
    /// Where in `into` the block starts.
    start: usize,
}

impl<R: Registers> Block<'_, R> {
    /// Computes the block from row `top` and column `first` on.
    #[inline(always)]
    fn run<const DOWN: usize, const ACROSS: usize>(&mut self, top: usize, first: usize) {
        self.begin::<0>();
        if ACROSS == 2 {
            self.begin::<1>();
        }
        if DOWN == 2 {
            self.begin::<2>();
        }
        if DOWN * ACROSS == 4 {
            self.begin::<3>();
        }
        let Product {
            steps, left, right, ..
        } = self.product;
        let left = Operand {
            pairs: &left.pairs[top / SIDE * left.beside..],
            ..*left
        };
        let (pairs, stride) = match *right {
            Right::Panels(pairs) => (&pairs[steps * SIDE * first..], ACROSS * SIDE),
            // Of no rows there are no pairs.
            Right::Rows(pairs) => (pairs.get(first..).unwrap_or_default(), self.product.row),
        };
        let right = Operand {
            pairs,
            stride,
            step: SIDE * stride,
            beside: SIDE,
        };
        self.registers
            .accumulate::<DOWN, ACROSS>(*steps, left, right);
        self.end::<0>();
        if ACROSS == 2 {
            self.end::<1>();
        }
        if DOWN == 2 {
            self.end::<2>();
        }
        if DOWN * ACROSS == 4 {
            self.end::<3>();
        }
    }

    /// Where in `into` the sums of register `T` start, and how many of their rows the result has.
    #[inline(always)]
    fn part<const T: usize>(&self) -> (usize, usize) {
        let down = T / 2 * SIDE;
        let start = self.start + down * self.product.row + T % 2 * SIDE;
        (start, (self.rows - down).min(SIDE))
    }

    /// Sets register `T` to what its sums start from.
    #[inline(always)]
    fn begin<const T: usize>(&mut self) {
        if !self.product.add {
            return self.registers.zero::<T>();
        }
        let row = self.product.row;
        let (start, rows) = self.part::<T>();
        let part = &self.into[start..];
        if rows == SIDE {
            return self.registers.load_sums::<T>(part, row);
        }
        let mut whole = [0.0; SIDE * SIDE];
        for (whole, row) in whole
            .chunks_exact_mut(SIDE)
            .zip(part.chunks(row))
            .take(rows)
        {
            whole.copy_from_slice(&row[..SIDE]);
        }
        self.registers.load_sums::<T>(&whole, SIDE);
    }

    /// Writes the sums of register `T` to the result.
    #[inline(always)]
    fn end<const T: usize>(&mut self) {
        let row = self.product.row;
        let (start, rows) = self.part::<T>();
        let part = &mut self.into[start..];
        if rows == SIDE {
            return self.registers.store_sums::<T>(part, row);
        }
        let mut whole = [0.0; SIDE * SIDE];
        self.registers.store_sums::<T>(&mut whole, SIDE);
        for (whole, row) in whole
            .chunks_exact(SIDE)
            .zip(part.chunks_mut(row))
            .take(rows)
        {
            row[..SIDE].copy_from_slice(whole);
        }
    }
}
