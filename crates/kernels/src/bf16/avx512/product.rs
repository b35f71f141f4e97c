//! A dense product. A tile of the result, 8 rows by up to 48 columns, stays in 24 registers
//! while the sum runs.

use std::arch::x86_64::*;

use crate::aligned::{AlignedU32, stride};
use crate::bf16::convert::Avx512;
use crate::bf16::matrix::Bf16Matrix;

/// Rows of a tile.
pub const LEFT_ROWS: usize = 8;
/// Columns of a panel of a right operand: three registers of 16 sums.
pub const PANEL: usize = 48;

/// A left operand: pairs, and where the pair of row m and place k lies.
#[derive(Clone, Copy)]
pub struct LeftPairs<'a> {
    pairs: &'a [u32],
    /// `Some(stride)`: at m·stride + k. `None`: in panels of 8 rows, at (m/8)·8·K + 8·k + m%8, for K
    /// pairs in all.
    stride: Option<usize>,
}

impl<'a> LeftPairs<'a> {
    /// Row after row, `stride` pairs apart.
    pub fn by_rows(pairs: &'a [u32], stride: usize) -> Self {
        Self {
            pairs,
            stride: Some(stride),
        }
    }

    /// In panels of 8 rows.
    pub fn interleaved(pairs: &'a [u32]) -> Self {
        Self {
            pairs,
            stride: None,
        }
    }
}

impl Avx512 {
    /// Sets `into` to the pairs of `block`'s rows (2k, 2k + 1) in panels of `width` columns, a multiple
    /// of 8: `[panel][k][column]`. The last panel is as wide as it must be, in whole multiples of 16 or
    /// of `width`, whichever is less. An odd last row is paired with zeros.
    pub fn pair_rows(self, block: &Bf16Matrix, width: usize, into: &mut AlignedU32) {
        let pairs = block.rows.div_ceil(2);
        into.grow(pairs * block.columns.next_multiple_of(16));
        // SAFETY: `self` shows that the CPU has the instructions.
        unsafe { pair_rows(block, width, into.u32s_mut()) }
    }

    /// `into` `[m, stride(n)]` = `left`·`right` over `pairs` pairs, added to `into` where `add`; `right` is in
    /// panels of [`PANEL`] columns.
    pub fn multiply(
        self,
        pairs: usize,
        left: LeftPairs,
        right: &[u32],
        into: &mut [f32],
        n: usize,
        add: bool,
    ) {
        if into.is_empty() {
            return;
        }
        let row = stride(n);
        let m = into.len() / row;
        assert_eq!(into.len(), m * row);
        assert!(right.len() >= pairs * n.next_multiple_of(16));
        let tiles = m.div_ceil(LEFT_ROWS);
        assert!(match left.stride {
            Some(stride) => stride >= pairs && left.pairs.len() >= tiles * LEFT_ROWS * stride,
            None => left.pairs.len() >= tiles * LEFT_ROWS * pairs,
        });
        for first in (0..n).step_by(PANEL) {
            let panel = &right[pairs * first..];
            let width = (row - first).min(PANEL);
            for tile in 0..tiles {
                let (start, step) = match left.stride {
                    Some(stride) => (tile * LEFT_ROWS * stride, stride),
                    None => (tile * LEFT_ROWS * pairs, 0),
                };
                let job = Tile {
                    pairs,
                    left: left.pairs[start..].as_ptr(),
                    stride: step,
                    right: panel.as_ptr(),
                    into: into[tile * LEFT_ROWS * row + first..].as_mut_ptr(),
                    row,
                    rows: (m - tile * LEFT_ROWS).min(LEFT_ROWS),
                    width,
                    add,
                };
                // SAFETY: `self` shows that the CPU has the instructions. The assertions above are
                // the bounds that `Tile` asks for: 8 left rows of `pairs` pairs, a panel of `pairs`
                // by `width` rounded up to 16, and `rows` result rows of `width`, `row` apart.
                unsafe {
                    match (width.div_ceil(16), left.stride.is_some()) {
                        (1, true) => job.run::<1, true>(),
                        (2, true) => job.run::<2, true>(),
                        (_, true) => job.run::<3, true>(),
                        (1, false) => job.run::<1, false>(),
                        (2, false) => job.run::<2, false>(),
                        (_, false) => job.run::<3, false>(),
                    }
                }
            }
        }
    }
}

/// Writes a row of `width` sums to `into`, or adds them to what is there.
///
/// # Safety
/// The CPU must have the instructions, and `into` room for `width` numbers, more than 16·(N − 1).
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
pub unsafe fn write_sums<const N: usize>(
    sums: [__m512; N],
    into: *mut f32,
    width: usize,
    add: bool,
) {
    debug_assert!(width > 16 * (N - 1), "a register without a number");
    for (j, sum) in sums.into_iter().enumerate() {
        let kept = (width - 16 * j).min(16);
        let mask = 0xffff_u16 >> (16 - kept);
        // SAFETY: the mask keeps to the `width` numbers.
        unsafe {
            let place = into.add(16 * j);
            let sum = if add {
                _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, place))
            } else {
                sum
            };
            _mm512_mask_storeu_ps(place, mask, sum);
        }
    }
}

/// One tile of a product.
struct Tile {
    pairs: usize,
    /// 8 rows of `pairs` pairs, `stride` apart; or, of an interleaved operand, `pairs` times 8.
    left: *const u32,
    stride: usize,
    /// `[pairs][width rounded up to 16]`.
    right: *const u32,
    /// `rows` rows of `width`, `row` apart.
    into: *mut f32,
    row: usize,
    rows: usize,
    width: usize,
    add: bool,
}

impl Tile {
    /// Computes the tile with `NR` = `width`/16 rounded up; `BY_ROWS`: the left operand is row after
    /// row, else interleaved.
    ///
    /// # Safety
    /// The CPU must have the instructions, and the pointers the sizes that the fields say.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn run<const NR: usize, const BY_ROWS: bool>(&self) {
        debug_assert!(self.width.div_ceil(16) == NR, "another width");
        debug_assert!(self.rows <= LEFT_ROWS && self.row >= self.width);
        debug_assert!(!BY_ROWS || self.stride >= self.pairs);
        let mut sums = [[_mm512_setzero_ps(); NR]; LEFT_ROWS];
        let mut right = self.right;
        for k in 0..self.pairs {
            // SAFETY: k < pairs, so these are entries of the panel and of the 8 left rows.
            unsafe {
                let mut columns = [_mm512_setzero_si512(); NR];
                for (j, column) in columns.iter_mut().enumerate() {
                    *column = _mm512_loadu_si512(right.add(16 * j).cast());
                }
                right = right.add(16 * NR);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let place = if BY_ROWS {
                        r * self.stride + k
                    } else {
                        k * LEFT_ROWS + r
                    };
                    let pair = _mm512_set1_epi32(*self.left.add(place) as i32);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_dpbf16_ps(*sum, as_bf16(pair), as_bf16(column));
                    }
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate().take(self.rows) {
            // SAFETY: r < rows, and a row is `width` columns of NR registers.
            unsafe { write_sums(sums, self.into.add(r * self.row), self.width, self.add) };
        }
    }
}

#[target_feature(enable = "avx512f,avx512bf16")]
pub fn as_bf16(pairs: __m512i) -> __m512bh {
    // SAFETY: both are 512 bits, and every pattern is a valid vector of bf16.
    unsafe { std::mem::transmute(pairs) }
}

/// See [`Avx512::pair_rows`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn pair_rows(block: &Bf16Matrix, width: usize, into: &mut [u32]) {
    let pairs = block.rows.div_ceil(2);
    let padded = block.columns.next_multiple_of(16);
    let values = block.pairs.u16s();
    let none = vec![0u16; padded];
    for k in 0..pairs {
        let row = |r: usize| match r < block.rows {
            true => &values[r * 2 * block.stride..][..padded],
            false => &none[..],
        };
        let (low, high) = (row(2 * k), row(2 * k + 1));
        for first in (0..padded).step_by(16) {
            // SAFETY: `low` and `high` hold 16 numbers from `first` on, for `padded` is a multiple
            // of 16.
            let (pair, halves): (__m512i, [__m256i; 2]) = unsafe {
                let low = _mm256_loadu_si256(low[first..].as_ptr().cast());
                let high = _mm256_loadu_si256(high[first..].as_ptr().cast());
                let high = _mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(high));
                let pair = _mm512_or_si512(_mm512_cvtepu16_epi32(low), high);
                (
                    pair,
                    [
                        _mm512_castsi512_si256(pair),
                        _mm512_extracti64x4_epi64::<1>(pair),
                    ],
                )
            };
            if width.is_multiple_of(16) {
                let panel = first / width;
                let last = (padded - panel * width).min(width);
                let place = panel * width * pairs + k * last + first % width;
                let place = &mut into[place..place + 16];
                // SAFETY: `place` is 16 pairs.
                unsafe { _mm512_storeu_si512(place.as_mut_ptr().cast(), pair) };
            } else {
                for (half, values) in halves.into_iter().enumerate() {
                    let place = (first + 8 * half) * pairs + k * 8;
                    let place = &mut into[place..place + 8];
                    // SAFETY: `place` is 8 pairs.
                    unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), values) };
                }
            }
        }
    }
}
