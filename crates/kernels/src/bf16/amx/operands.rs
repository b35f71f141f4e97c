//! What products on tiles multiply.

use super::mask_tiles::MaskTiles;
use super::pack::padded_pairs;
use super::product::{Left, Operand, Product, Right};
use super::tile::SIDE;
use crate::aligned::{AlignedU32, stride};
use crate::arithmetic::F32x16;
use crate::bf16::convert::Avx512;
use crate::bf16::matrix::Bf16Matrix;
use crate::bf16::panels::Panels;
use crate::bf16::round::to_bf16;
use crate::entries::entries;

/// The transpose of rows, as the left operand of a product over them.
pub struct TransposedTiles {
    avx512: Avx512,
    rows: usize,
    columns: usize,
    /// `[column/16][row/32][column%16][row%32 / 2]`, padded with zeros.
    tiles: AlignedU32,
}

impl TransposedTiles {
    /// Of no rows.
    pub fn none(avx512: Avx512) -> Self {
        Self {
            avx512,
            rows: 0,
            columns: 0,
            tiles: AlignedU32::default(),
        }
    }

    /// Sets this to the transpose of `rows`, in the same memory where that is enough.
    pub fn fill(&mut self, rows: &Bf16Matrix) {
        (self.rows, self.columns) = (rows.rows, rows.columns);
        self.avx512.pack_left(rows, &mut self.tiles);
    }

    /// The number of columns of what this is the transpose of.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Rows as the right operand of a product over them, in the VNNI layout.
pub struct VnniRows {
    avx512: Avx512,
    rows: usize,
    columns: usize,
    /// `[row/2][stride(columns)]`, padded with zeros to whole tiles.
    pairs: AlignedU32,
}

impl VnniRows {
    /// Zeros `[rows, columns]`.
    pub fn zeros(avx512: Avx512, rows: usize, columns: usize) -> Self {
        Self {
            avx512,
            rows,
            columns,
            pairs: AlignedU32::zeros(entries(padded_pairs(rows), stride(columns))),
        }
    }

    /// Sets this to `rows`, in the same memory where that is enough.
    pub fn fill(&mut self, rows: &Bf16Matrix) {
        (self.rows, self.columns) = (rows.rows, rows.columns);
        self.avx512.pack_right(rows, &mut self.pairs);
    }

    /// Sets the rows `row`, which is even, and `row` + 1 to `values`, 16 numbers of each at a time, rounded; those of a row
    /// or column that is not there must be 0.
    #[inline(always)]
    pub fn write(&mut self, row: usize, values: impl Iterator<Item = [F32x16; 2]>) {
        let avx512 = self.avx512;
        for (pairs, values) in self.pair(row).as_chunks_mut().0.iter_mut().zip(values) {
            *pairs = avx512.vnni_of(&values);
        }
    }

    /// Sets one column of two rows.
    #[inline(always)]
    pub fn write_one(&mut self, row: usize, column: usize, [low, high]: [f32; 2]) {
        self.pair(row)[column] = u32::from(to_bf16(low)) | u32::from(to_bf16(high)) << 16;
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
        &mut self.pairs.u32s_mut()[row / 2 * padded..][..padded]
    }
}

impl<'a> Product<'a> {
    /// `left`'s rows from `first` on, a multiple of [`SIDE`], · `right`.
    pub fn of_rows(left: &'a Bf16Matrix, first: usize, right: &'a Panels) -> Self {
        let left = Left::Tiles(Operand {
            pairs: &left.pairs.u32s()[first * left.stride..],
            stride: left.stride,
            step: SIDE,
            beside: SIDE * left.stride,
        });
        Self::new(right.k, left, Right::Panels(right.pairs.u32s()), right.n)
    }

    /// `left`'s rows from `first` on, a multiple of [`SIDE`], · `right`.
    pub fn of_mask(left: &'a MaskTiles, first: usize, right: &'a Panels) -> Self {
        let panels = Right::Panels(right.pairs.u32s());
        Self::new(right.k, left.from(first), panels, right.n)
    }

    /// `left`·`right`, over rows.
    pub fn of_transpose(left: &'a TransposedTiles, right: &'a VnniRows) -> Self {
        let steps = left.rows.div_ceil(2 * SIDE);
        let tiles = Left::Tiles(Operand::of_tiles(left.tiles.u32s(), steps));
        Self::over_rows(left.rows, tiles, right)
    }

    /// `left`·`right`, over rows.
    pub fn of_mask_over_rows(left: &'a MaskTiles, right: &'a VnniRows) -> Self {
        Self::over_rows(left.columns(), left.from(0), right)
    }

    fn over_rows(rows: usize, left: Left<'a>, right: &'a VnniRows) -> Self {
        assert_eq!(rows, right.rows, "the operands' rows differ");
        Self::new(rows, left, Right::Rows(right.pairs.u32s()), right.columns)
    }
}
