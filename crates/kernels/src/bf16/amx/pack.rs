//! The operands of a product over rows, in the VNNI layout and in whole tiles; the left operand as the transpose of that.

use std::arch::x86_64::*;
use std::array::from_fn;
use std::mem::transmute;

use super::mask_tiles::MaskTiles;
use super::tile::{SIDE, Tile};
use crate::aligned::{AlignedU32, stride};
use crate::arithmetic::F32x16;
use crate::bf16::convert::Avx512;
use crate::bf16::matrix::Bf16Matrix;
use crate::bit_matrix::BitMatrix;

impl Avx512 {
    /// See [`tiles_of_transpose`].
    pub fn pack_left(self, block: &Bf16Matrix, into: &mut AlignedU32) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn pack(block: &Bf16Matrix, into: &mut AlignedU32) {
            tiles_of_transpose(block, into, |tile| transpose(tile));
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { pack(block, into) }
    }

    /// See [`row_pairs`].
    pub fn pack_right(self, block: &Bf16Matrix, into: &mut AlignedU32) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn pack(block: &Bf16Matrix, into: &mut AlignedU32) {
            row_pairs(block, into);
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { pack(block, into) }
    }

    /// Sets `ones` to `bits` and `transposed` to their transpose.
    pub fn pack_mask(self, bits: &BitMatrix, ones: &mut MaskTiles, transposed: &mut MaskTiles) {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn pack(bits: &BitMatrix, ones: &mut MaskTiles, transposed: &mut MaskTiles) {
            ones.fill(bits);
            transposed.fill_transposed(bits, |rows| transpose_bits(rows));
        }
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { pack(bits, ones, transposed) }
    }

    /// The numbers of two rows side by side, rounded.
    #[inline(always)]
    pub fn vnni_of(self, values: &[F32x16; 2]) -> [u32; SIDE] {
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { vnni_of(values) }
    }
}

/// See [`Avx512::vnni_of`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn vnni_of([low, high]: &[F32x16; 2]) -> [u32; SIDE] {
    // Numbers 0 and 16, 1 and 17, and so on, side by side.
    const PAIRED: [u16; 32] = {
        let mut places = [0; 32];
        let mut place = 0;
        while place < 32 {
            places[place] = (place / 2 + place % 2 * SIDE) as u16;
            place += 1;
        }
        places
    };
    // SAFETY: all are 512 bits, and every pattern is valid.
    unsafe {
        let (low, high) = (
            transmute::<F32x16, __m512>(*low),
            transmute::<F32x16, __m512>(*high),
        );
        let rounded = transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
        let places = transmute::<[u16; 32], __m512i>(PAIRED);
        transmute::<__m512i, [u32; SIDE]>(_mm512_permutexvar_epi16(places, rounded))
    }
}

/// Sets `into` to the tiles of `block`ᵀ `[columns, rows]`: `[column/16][row/32][column%16][row%32 / 2]`, padded
/// with zeros. `transpose` gives the transpose of a tile.
#[inline(always)]
pub fn tiles_of_transpose(
    block: &Bf16Matrix,
    into: &mut AlignedU32,
    transpose: impl Fn(&Tile) -> Tile,
) {
    let steps = block.rows.div_ceil(2 * SIDE);
    let down = block.columns.div_ceil(SIDE);
    into.grow(down * steps * SIDE * SIDE);
    let (lines, _) = into.u32s_mut().as_chunks_mut::<SIDE>();
    let (tiles, _) = lines.as_chunks_mut::<SIDE>();
    for step in 0..steps {
        for column in 0..down {
            // Not `from_fn`: its closure would be compiled for any CPU, and called.
            let mut tile = [[0; SIDE]; SIDE];
            for (k, pairs) in tile.iter_mut().enumerate() {
                *pairs = row_pair(block, step * SIDE + k, column * SIDE);
            }
            tiles[column * steps + step] = transpose(&tile);
        }
    }
}

/// Sets `into` to the row pairs of `block`: `[row/2][stride(columns)]`, padded with zeros to whole tiles.
#[inline(always)]
pub fn row_pairs(block: &Bf16Matrix, into: &mut AlignedU32) {
    let pairs = padded_pairs(block.rows);
    let padded = stride(block.columns);
    into.grow(pairs * padded);
    let (lines, _) = into.u32s_mut().as_chunks_mut::<SIDE>();
    for (pair, lines) in lines
        .chunks_exact_mut(padded.max(SIDE) / SIDE)
        .take(pairs)
        .enumerate()
    {
        for (place, line) in lines.iter_mut().enumerate() {
            *line = row_pair(block, pair, place * SIDE);
        }
    }
}

/// The pairs of `rows`, in whole tiles.
pub fn padded_pairs(rows: usize) -> usize {
    rows.div_ceil(2 * SIDE) * SIDE
}

/// Rows 2·`pair` and 2·`pair` + 1 of `block` from column `first` on, as pairs; zeros where there is no row.
#[inline(always)]
fn row_pair(block: &Bf16Matrix, pair: usize, first: usize) -> [u32; SIDE] {
    let row = |row: usize| -> &[u16; SIDE] {
        if row >= block.rows {
            return &[0; SIDE];
        }
        let start = row * 2 * block.stride + first;
        block.pairs.u16s()[start..].first_chunk().unwrap()
    };
    let (low, high) = (row(2 * pair), row(2 * pair + 1));
    from_fn(|column| u32::from(low[column]) | u32::from(high[column]) << 16)
}

/// The bits of each of 16 columns, for 16 columns of 32 rows.
#[target_feature(enable = "avx512f,avx512bw")]
pub fn transpose_bits(rows: &[u16; BitMatrix::ROWS]) -> [u32; SIDE] {
    // SAFETY: both are 512 bits, and every pattern is valid.
    let rows = unsafe { transmute::<[u16; BitMatrix::ROWS], __m512i>(*rows) };
    let mut columns = [0; SIDE];
    for (column, bits) in columns.iter_mut().enumerate() {
        *bits = _mm512_test_epi16_mask(rows, _mm512_set1_epi16(1 << column));
    }
    columns
}

/// The transpose of a tile: four rounds; each exchanges the off-diagonal quarters of all squares of
/// twice its `STEP`.
#[target_feature(enable = "avx512f")]
pub fn transpose(tile: &Tile) -> Tile {
    #[target_feature(enable = "avx512f")]
    fn round<const STEP: usize>(rows: [__m512i; SIDE]) -> [__m512i; SIDE] {
        from_fn(|row| {
            // Places in the upper row of the two, or, from 16 on, in the lower one.
            let places: [u32; SIDE] = from_fn(|column| match (row & STEP, column & STEP) {
                (0, 0) => column as u32,
                (0, _) => (SIDE + column - STEP) as u32,
                (_, 0) => (column + STEP) as u32,
                _ => (SIDE + column) as u32,
            });
            // SAFETY: both are 512 bits, and every pattern is valid.
            let places = unsafe { transmute::<[u32; SIDE], __m512i>(places) };
            _mm512_permutex2var_epi32(rows[row & !STEP], places, rows[row | STEP])
        })
    }
    // SAFETY: both are 16 times 512 bits, and every pattern is valid.
    let rows = unsafe { transmute::<Tile, [__m512i; SIDE]>(*tile) };
    let rows = round::<8>(round::<4>(round::<2>(round::<1>(rows))));
    // SAFETY: as above.
    unsafe { transmute::<[__m512i; SIDE], Tile>(rows) }
}
