//! The kernel on the tiles of Intel's AMX, under Linux. A tile is 16 rows of 16 pairs of bf16 or of 16 sums; one
//! instruction adds to 16 by 16 sums the product of 16 rows by 16 pairs and 16 pairs by 16 columns.
//!
//! All but the instructions themselves is the same code whoever carries them out: the CPU, or, in tests,
//! an emulation.

mod cpu;
mod mask_tiles;
mod operands;
mod pack;
mod product;
mod tile;

#[cfg(test)]
mod emulated;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;

use super::convert::Bf16x16;
use super::matrix::Bf16Matrix;
use super::panels::{Layout, Panels};
use crate::aligned::{AlignedU32, stride};
use crate::arithmetic::{Arithmetic, F32x16, Left, RightOfTransposed};
use crate::bit_matrix::BitMatrix;
pub use cpu::Amx;
use mask_tiles::MaskTiles;
use operands::{TransposedTiles, VnniRows};
use product::Product;

/// Ones and zeros, as a left operand and, transposed, as that of a product over rows.
#[derive(Default)]
pub struct AmxMask {
    ones: MaskTiles,
    transposed: MaskTiles,
}

/// Bytes, as a left operand and, transposed, as that of a product over rows: tiles take 16 rows at a time, whatever is zero
/// in them.
pub struct AmxBytes {
    rows: Bf16Matrix,
    transposed: TransposedTiles,
}

/// Rows as the right operand of a product over them, in the VNNI layout as they are written.
pub struct AmxRows(VnniRows);

const LAYOUT: Layout = Layout {
    columns: tile::PANEL,
    pairs: tile::SIDE,
};

thread_local! {
    /// The left operand of the last product over rows: kept for its memory.
    static TRANSPOSED: RefCell<Option<TransposedTiles>> = const { RefCell::new(None) };
    /// The right one.
    static VNNI_ROWS: RefCell<Option<VnniRows>> = const { RefCell::new(None) };
    /// Tiles of ones, kept for their memory.
    static TILES_OF_ONES: RefCell<AlignedU32> = RefCell::default();
}

impl Arithmetic for Amx {
    type Block = Bf16Matrix;
    type Vector = Bf16x16;
    type Mask = AmxMask;
    type Vnni = AmxRows;
    type Bytes = AmxBytes;
    type Right = Panels;

    fn precision(&self) -> &'static str {
        "bf16"
    }

    /// 32 rows, two tiles, of 390 f32 values are 50 KB and stay in a first-level cache; the right operand is read from the
    /// second as fast as it is multiplied.
    fn chunk_rows(&self) -> usize {
        tile::CHUNK_ROWS
    }

    fn skips_zeros(&self) -> bool {
        false
    }

    #[inline(always)]
    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        self.avx512().at_full_width(job)
    }

    fn block(&self, rows: usize, columns: usize) -> Bf16Matrix {
        Bf16Matrix::zeros(rows, columns)
    }

    fn fill(&self, block: &mut Bf16Matrix, values: &[f32]) {
        block.fill(self.avx512(), values);
    }

    #[inline(always)]
    fn row<'a>(&self, block: &'a Bf16Matrix, row: usize) -> &'a [Bf16x16] {
        block.row(row)
    }

    #[inline(always)]
    fn row_mut<'a>(&self, block: &'a mut Bf16Matrix, row: usize) -> &'a mut [Bf16x16] {
        block.row_mut(row)
    }

    #[inline(always)]
    fn widen(&self, vector: &Bf16x16) -> F32x16 {
        self.avx512().widen(vector)
    }

    #[inline(always)]
    fn round(&self, values: &F32x16) -> Bf16x16 {
        self.avx512().round_x16(values)
    }

    #[inline(always)]
    fn above_zero(&self, values: &F32x16) -> u16 {
        self.avx512().above_zero(values)
    }

    fn vnni(&self, rows: usize, columns: usize) -> AmxRows {
        AmxRows(VnniRows::zeros(self.avx512(), rows, columns))
    }

    #[inline(always)]
    fn write_two_rows(
        &self,
        into: &mut AmxRows,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    ) {
        into.0.write(row, values);
    }

    #[inline(always)]
    fn write_two_entries(&self, into: &mut AmxRows, row: usize, column: usize, values: [f32; 2]) {
        into.0.write_one(row, column, values);
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> AmxBytes {
        let mut rows = self.block(bytes.len().checked_div(columns).unwrap_or(0), columns);
        let values: Vec<f32> = bytes.into_iter().map(f32::from).collect();
        self.fill(&mut rows, &values);
        let mut transposed = TransposedTiles::none(self.avx512());
        transposed.fill(&rows);
        AmxBytes { rows, transposed }
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Panels {
        Panels::new(&self.avx512().rounded(values), k, n, transposed, LAYOUT)
    }

    fn mask<'a>(&self, bits: &BitMatrix, kept: &'a mut Option<AmxMask>) -> &'a AmxMask {
        let mask = kept.get_or_insert_default();
        self.avx512()
            .pack_mask(bits, &mut mask.ones, &mut mask.transposed);
        mask
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Panels,
        into: &mut [f32],
        add: bool,
    ) {
        assert_eq!(
            into.len(),
            rows.len() * stride(right.n),
            "the result is of another size"
        );
        let left = match left {
            Left::Mask(AmxMask { ones, .. }) => {
                right.check_left([ones.rows(), ones.columns()], &rows);
                return self.run(&Product::of_mask(ones, rows.start, right), into, add);
            }
            Left::Bytes(AmxBytes { rows, .. }) => {
                assert!(!add, "bytes cannot be added");
                rows
            }
            Left::Block(left) => left,
        };
        right.check_left([left.rows, left.columns], &rows);
        self.run(&Product::of_rows(left, rows.start, right), into, add);
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: RightOfTransposed<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        self.with_vnni_rows(right, |right| {
            let mut multiply = |m: usize, product: Product| {
                assert_eq!(
                    into.len(),
                    m * stride(right.columns()),
                    "the result is of another size"
                );
                self.run(&product, into, add);
            };
            match left {
                Left::Mask(AmxMask { transposed, .. }) => {
                    let product = Product::of_mask_over_rows(transposed, right);
                    multiply(transposed.rows(), product);
                }
                Left::Bytes(AmxBytes { transposed, .. }) => {
                    let product = Product::of_transpose(transposed, right);
                    multiply(transposed.columns(), product);
                }
                Left::Block(left) => TRANSPOSED.with_borrow_mut(|kept| {
                    let none = || TransposedTiles::none(self.avx512());
                    let transposed = kept.get_or_insert_with(none);
                    transposed.fill(left);
                    multiply(left.columns, Product::of_transpose(transposed, right));
                }),
            }
        });
    }
}

impl Amx {
    /// Calls `job` with `right` in the VNNI layout.
    fn with_vnni_rows(self, right: RightOfTransposed<Self>, job: impl FnOnce(&VnniRows)) {
        match right {
            RightOfTransposed::Vnni(AmxRows(right)) => job(right),
            RightOfTransposed::Block(right) => VNNI_ROWS.with_borrow_mut(|kept| {
                let packed = kept.get_or_insert_with(|| VnniRows::zeros(self.avx512(), 0, 0));
                packed.fill(right);
                job(packed);
            }),
        }
    }

    /// Sets `into` `[m, stride(n)]` to `product` `[m, n]`, or adds that where `add`.
    fn run(self, product: &Product, into: &mut [f32], add: bool) {
        TILES_OF_ONES.with_borrow_mut(|ones| {
            self.with_registers(
                #[inline(always)]
                |registers| product.run(registers, ones, into, add),
            );
        });
    }
}
