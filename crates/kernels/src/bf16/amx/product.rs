//! A product in blocks of up to 2 by 2 tiles of the result, whose sums stay in registers.

use std::ops::Range;

use super::tile::{PANEL, SIDE};
use crate::aligned::{AlignedU32, stride};

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
    /// 4 to 7 hold them. In each step some of `next` are fetched.
    fn accumulate<const DOWN: usize, const ACROSS: usize>(
        &mut self,
        steps: usize,
        left: Operand,
        right: Operand,
        next: &mut Next,
    );

    /// Has the cache line there fetched, which will soon be read and written. There need not be any.
    fn fetch(line: *const f32);

    /// A row of a tile: 1 where a bit is set, else 0, from the lowest bit on.
    fn spread(&self, bits: u32) -> [u32; SIDE];
}

/// The sums that the next block starts from. They are fetched into the first-level cache while one block is computed; without
/// that a product that is added to what is there took a tenth longer.
pub struct Next {
    sums: *const f32,
    /// From a row to the next.
    row: usize,
    /// Of the block's cache lines, those that are still to be fetched.
    lines: Range<usize>,
    /// How many in a step.
    at_a_time: usize,
}

impl Next {
    /// Cache lines of a row of a block.
    const ACROSS: usize = PANEL / SIDE;

    /// Those after the block from row `top` and column `first` on; none behind the last block, nor where a product is not added.
    fn after(into: &[f32], product: &Product, [top, first]: [usize; 2], add: bool) -> Self {
        let Product { steps, n, row, .. } = *product;
        let here = top * row + first;
        let start = if first + PANEL < n {
            here + PANEL
        } else {
            here - first + 2 * SIDE * row
        };
        let any = add && start < into.len();
        let lines = if any { 2 * SIDE * Self::ACROSS } else { 0 };
        Self {
            sums: into.as_ptr().wrapping_add(start),
            row,
            lines: 0..lines,
            at_a_time: lines.div_ceil(steps.max(1)),
        }
    }

    /// Fetches what is to be fetched in one step.
    #[inline(always)]
    pub fn fetch<R: Registers>(&mut self) {
        let end = self.lines.end.min(self.lines.start + self.at_a_time);
        while self.lines.start < end {
            let line = self.lines.start;
            let place = line / Self::ACROSS * self.row + line % Self::ACROSS * SIDE;
            R::fetch(self.sums.wrapping_add(place));
            self.lines.start += 1;
        }
    }
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

impl<'a> Operand<'a> {
    /// Avx512 one after another, `[row/16][step]`.
    pub fn of_tiles(pairs: &'a [u32], steps: usize) -> Self {
        Self {
            pairs,
            stride: SIDE,
            step: SIDE * SIDE,
            beside: steps * SIDE * SIDE,
        }
    }

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
    left: Left<'a>,
    right: Right<'a>,
    n: usize,
    /// From a row of the result to its next.
    row: usize,
}

/// A left operand.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// Of the first 16 rows.
    Tiles(Operand<'a>),
    /// Of ones where a bit is set, in the order of tiles: made into tiles 32 rows at a time, while these are in the
    /// first-level cache.
    Bits(&'a [u32]),
}

/// A right operand, padded to whole tiles.
#[derive(Clone, Copy)]
pub enum Right<'a> {
    /// `[panel][pair][column]`, panels of up to [`PANEL`] columns.
    Panels(&'a [u32]),
    /// `[pair][column]`.
    Rows(&'a [u32]),
}

impl<'a> Product<'a> {
    /// The product `[_, n]` over `k` numbers.
    pub fn new(k: usize, left: Left<'a>, right: Right<'a>, n: usize) -> Self {
        Self {
            steps: k.div_ceil(2 * SIDE),
            left,
            right,
            n,
            row: stride(n),
        }
    }

    /// Sets `into` `[m, stride(n)]` to the product, or adds it where `add`. `ones` is memory for tiles.
    #[inline(always)]
    pub fn run<R: Registers>(
        &self,
        registers: &mut R,
        ones: &mut AlignedU32,
        into: &mut [f32],
        add: bool,
    ) {
        let rows = into.len().checked_div(self.row).unwrap_or(0);
        for top in (0..rows).step_by(2 * SIDE) {
            let left = match self.left {
                Left::Tiles(left) => Operand {
                    pairs: &left.pairs[top / SIDE * left.beside..],
                    ..left
                },
                Left::Bits(bits) => {
                    let count = (rows - top).div_ceil(SIDE).min(2) * SIDE * self.steps;
                    let bits = &bits[top * self.steps..][..count];
                    Operand::of_tiles(spread(registers, bits, ones), self.steps)
                }
            };
            for first in (0..self.n).step_by(PANEL) {
                let next = Next::after(into, self, [top, first], add);
                let mut block = Block {
                    product: self,
                    left,
                    registers,
                    into,
                    rows: rows - top,
                    start: top * self.row + first,
                    add,
                    next,
                };
                match (rows - top > SIDE, self.n - first > SIDE) {
                    (false, false) => block.run::<1, 1>(first),
                    (false, true) => block.run::<1, 2>(first),
                    (true, false) => block.run::<2, 1>(first),
                    (true, true) => block.run::<2, 2>(first),
                }
            }
        }
    }
}

/// A row of a tile for each of `bits`, in the memory of `ones`.
#[inline(always)]
fn spread<'a, R: Registers>(registers: &R, bits: &[u32], ones: &'a mut AlignedU32) -> &'a [u32] {
    ones.grow(bits.len() * SIDE);
    let (lines, _) = ones.u32s_mut().as_chunks_mut::<SIDE>();
    for (line, &bits) in lines.iter_mut().zip(bits) {
        *line = registers.spread(bits);
    }
    ones.u32s()
}

/// Up to 2 by 2 tiles of a result. Registers 0 to 3 have the sums, row after row.
struct Block<'a, R> {
    product: &'a Product<'a>,
    /// From the block's first row on.
    left: Operand<'a>,
    registers: &'a mut R,
    into: &'a mut [f32],
    /// Rows of the result from the first of the block's on.
    rows: usize,
    /// Where in `into` the block starts.
    start: usize,
    /// Whether the sums start from what is there.
    add: bool,
    next: Next,
}

impl<R: Registers> Block<'_, R> {
    /// Computes the block from column `first` on.
    #[inline(always)]
    fn run<const DOWN: usize, const ACROSS: usize>(&mut self, first: usize) {
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
        let Product { steps, right, .. } = self.product;
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
            .accumulate::<DOWN, ACROSS>(*steps, self.left, right, &mut self.next);
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
        if !self.add {
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
