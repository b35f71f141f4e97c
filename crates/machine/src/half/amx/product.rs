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

    /// Sets register `T` to pairs that are soon read again.
    fn load_pairs<const T: usize>(&mut self, from: &[u32], stride: usize);

    /// Sets register `T` to pairs that are not soon read again.
    fn stream_pairs<const T: usize>(&mut self, from: &[u32], stride: usize);

    /// Sets register `T` to sums.
    fn load_sums<const T: usize>(&mut self, from: &[f32], stride: usize);

    /// Writes the sums in register `T`.
    fn store_sums<const T: usize>(&mut self, into: &mut [f32], stride: usize);

    /// Adds to the sums `[row, column]` in `C` the products of the pairs `[row, k]` in `A` and `[k, column]`
    /// in `B`.
    fn multiply<const C: usize, const A: usize, const B: usize>(&mut self);
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
    left: Left<'a>,
    /// `[panel][pair][column]`, panels of up to [`PANEL`] columns, padded to whole tiles.
    right: &'a [u32],
    n: usize,
    /// From a row of the result to its next.
    row: usize,
    add: bool,
}

/// A left operand in tiles, and how many pairs it is from one to another.
struct Left<'a> {
    pairs: &'a [u32],
    /// To the tile of the next 16 rows.
    down: usize,
    /// To the tile of the next 16 pairs.
    across: usize,
    /// From a tile's row to its next.
    stride: usize,
}

impl<'a> Product<'a> {
    /// The product of `left`'s rows from `first` on; `first` is a multiple of [`SIDE`].
    pub fn of_rows(left: &'a Rows, first: usize, right: &'a Panels, add: bool) -> Self {
        Self {
            steps: right.k.div_ceil(2 * SIDE),
            left: Left {
                pairs: &left.pairs.pairs()[first * left.stride..],
                down: SIDE * left.stride,
                across: SIDE,
                stride: left.stride,
            },
            right: right.pairs.pairs(),
            n: right.n,
            row: stride(right.n),
            add,
        }
    }

    /// The product of the transpose of `rows` rows, in tiles, and rows of `n` numbers, in panels; see [`super::pack`].
    pub fn over_rows(rows: usize, left: &'a Lines, right: &'a Lines, n: usize, add: bool) -> Self {
        let steps = rows.div_ceil(2 * SIDE);
        Self {
            steps,
            left: Left {
                pairs: left.pairs(),
                down: steps * SIDE * SIDE,
                across: SIDE * SIDE,
                stride: SIDE,
            },
            right: right.pairs(),
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
                    top,
                    first,
                };
                match (rows - top > SIDE, self.n - first > SIDE) {
                    (false, false) => block.run::<1, 1>(),
                    (false, true) => block.run::<1, 2>(),
                    (true, false) => block.run::<2, 1>(),
                    (true, true) => block.run::<2, 2>(),
                }
            }
        }
    }
}

/// Up to 2 by 2 tiles of a result, from row `top` and column `first` on.
///
/// Registers 0 to 3 have the sums, row after row; 4 and 5 the left operand, 6 and 7 the right one.
struct Block<'a, R> {
    product: &'a Product<'a>,
    registers: &'a mut R,
    into: &'a mut [f32],
    top: usize,
    first: usize,
}

impl<R: Registers> Block<'_, R> {
    fn run<const DOWN: usize, const ACROSS: usize>(&mut self) {
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
        let left_pairs = &left.pairs[self.top / SIDE * left.down..];
        let right_pairs = &right[steps * SIDE * self.first..];
        let row = ACROSS * SIDE;
        let registers = &mut *self.registers;
        for step in 0..*steps {
            let left_pairs = &left_pairs[step * left.across..];
            let right_pairs = &right_pairs[step * SIDE * row..];
            registers.stream_pairs::<6>(right_pairs, row);
            registers.load_pairs::<4>(left_pairs, left.stride);
            registers.multiply::<0, 4, 6>();
            if DOWN == 2 {
                registers.load_pairs::<5>(&left_pairs[left.down..], left.stride);
                registers.multiply::<2, 5, 6>();
            }
            if ACROSS == 2 {
                registers.stream_pairs::<7>(&right_pairs[SIDE..], row);
                registers.multiply::<1, 4, 7>();
            }
            if DOWN * ACROSS == 4 {
                registers.multiply::<3, 5, 7>();
            }
        }
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
    fn part<const T: usize>(&self) -> (usize, usize) {
        let row = self.product.row;
        let (top, first) = (self.top + T / 2 * SIDE, self.first + T % 2 * SIDE);
        let rows = (self.into.len() / row - top).min(SIDE);
        (top * row + first, rows)
    }

    /// Sets register `T` to what its sums start from.
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
