//! Pixels, mostly zero, as pairs of bf16: what a product multiplies are the pairs in which
//! something is not zero. Those left out are terms 0·x, so for finite x the sums are to the last bit those of
//! the dense product.

use std::arch::x86_64::*;
use std::cell::RefCell;
use std::ops::Range;

use super::product::{PANEL, as_bf16, write_sums};
use crate::aligned::{AlignedU32, stride};
use crate::bf16::convert::Avx512;
use crate::bf16::matrix::Bf16Matrix;
use crate::bf16::panels::Panels;

/// The most registers of a panel of a sparse product's right operand.
const WIDE: usize = 8;

/// Columns of a panel of the right operand `[.., n]` of a sparse product: as many for all, so that none is so narrow that
/// each instruction waits for the one before.
pub fn wide_panel(n: usize) -> usize {
    let registers = n.max(1).div_ceil(16);
    registers.div_ceil(registers.div_ceil(WIDE)) * 16
}

/// A matrix of bytes, by its pairs of neighbours in a row and by its pairs of neighbours in a column.
pub struct SparseBytes {
    rows: usize,
    columns: usize,
    by_row: Entries,
    by_column: Entries,
}

/// The pairs that are not zero, row by row, or column by column.
struct Entries {
    /// Row r has the entries from `starts[r]` to `starts[r + 1]`.
    starts: Vec<u32>,
    /// In the upper 16 bits, how many pairs right of the one before, or of pair 0; below, the second byte, then
    /// the first. One that is farther off than 16 bits can say comes after zeros.
    entries: Vec<u32>,
}

/// bf16 of all bytes, exactly.
static BF16_OF_BYTES: [u16; 256] = {
    let mut values = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        values[byte] = ((byte as f32).to_bits() >> 16) as u16;
        byte += 1;
    }
    values
};

impl Entries {
    fn new(rows: usize, columns: usize, byte: impl Fn(usize, usize) -> u8) -> Self {
        let mut starts = vec![0];
        let mut entries = Vec::new();
        for r in 0..rows {
            let mut before = 0;
            for pair in 0..columns.div_ceil(2) {
                let second = (2 * pair + 1 < columns).then(|| byte(r, 2 * pair + 1));
                let bytes = [byte(r, 2 * pair), second.unwrap_or(0)];
                let right = pair - before;
                if bytes != [0, 0] || right == 0xffff {
                    entries.push((right as u32) << 16 | u32::from(u16::from_le_bytes(bytes)));
                    before = pair;
                }
            }
            starts.push(u32::try_from(entries.len()).expect("a block has fewer entries"));
        }
        entries.shrink_to_fit();
        Self { starts, entries }
    }

    /// The entries of row `row`.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.entries[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

impl SparseBytes {
    /// From `bytes` `[rows, columns]`.
    pub fn new(bytes: &[u8], columns: usize) -> Self {
        let rows = bytes.len().checked_div(columns).unwrap_or(0);
        assert_eq!(bytes.len(), rows * columns, "the last row is not whole");
        Self {
            rows,
            columns,
            by_row: Entries::new(rows, columns, |r, c| bytes[r * columns + c]),
            by_column: Entries::new(columns, rows, |c, r| bytes[r * columns + c]),
        }
    }

    /// `into` `[rows, stride(n)]` = some `rows` of this matrix · `right` `[columns, n]`.
    pub(super) fn multiply(
        &self,
        avx512: Avx512,
        rows: Range<usize>,
        right: &WidePanels,
        into: &mut [f32],
    ) {
        assert_eq!(self.columns, right.k, "the operands' inner sizes differ");
        assert!(rows.end <= self.rows, "there are no rows {rows:?}");
        multiply(avx512, &self.by_row, rows, right, into, false);
    }

    /// `into` `[columns, stride(n)]` = this matrixᵀ · `right` `[rows, n]`, added to `into` where `add`.
    pub(super) fn multiply_transposed(
        &self,
        avx512: Avx512,
        right: &Bf16Matrix,
        into: &mut [f32],
        add: bool,
    ) {
        thread_local! {
            /// The last right operand as panels: kept for their memory.
            static RIGHT: RefCell<WidePanels> = RefCell::default();
        }
        assert_eq!(self.rows, right.rows, "the operands' rows differ");
        RIGHT.with_borrow_mut(|panels| {
            panels.fill(avx512, right);
            multiply(avx512, &self.by_column, 0..self.columns, panels, into, add);
        });
    }
}

/// A right operand `[k, n]` of a sparse product: `[panel][k/2][column]` in pairs, in panels of [`wide_panel`] columns.
#[derive(Default)]
pub struct WidePanels {
    k: usize,
    n: usize,
    pairs: AlignedU32,
}

impl WidePanels {
    /// From the narrower panels of a dense product, of [`PANEL`] columns.
    pub fn new(panels: &Panels) -> Self {
        let Panels { k, n, .. } = *panels;
        let (height, padded) = (k.div_ceil(2), n.next_multiple_of(16));
        // Where 16 columns from `first` on of a row pair stand, in panels of `panel` columns.
        let place = |panel: usize, pair: usize, first: usize| {
            let start = first / panel * panel;
            let width = (padded - start).min(panel);
            let place = height * start + pair * width + first - start;
            place..place + 16
        };
        let mut pairs = AlignedU32::zeros(height * padded);
        for pair in 0..height {
            for first in (0..padded).step_by(16) {
                let from = place(PANEL, pair, first);
                let to = place(wide_panel(n), pair, first);
                pairs.u32s_mut()[to].copy_from_slice(&panels.pairs.u32s()[from]);
            }
        }
        Self { k, n, pairs }
    }

    /// Sets this to `rows`, in the same memory where that is enough.
    fn fill(&mut self, avx512: Avx512, rows: &Bf16Matrix) {
        (self.k, self.n) = (rows.rows, rows.columns);
        avx512.pair_rows(rows, wide_panel(rows.columns), &mut self.pairs);
    }
}

/// `into` `[rows, stride(n)]` = `rows` of `left` · `right`, added to `into` where `add`.
fn multiply(
    _avx512: Avx512,
    left: &Entries,
    rows: Range<usize>,
    right: &WidePanels,
    into: &mut [f32],
    add: bool,
) {
    let WidePanels { k, n, ref pairs } = *right;
    let (height, right) = (k.div_ceil(2), pairs.u32s());
    let stride = stride(n);
    assert_eq!(
        into.len(),
        rows.len() * stride,
        "the result is of another size"
    );
    let wide = wide_panel(n);
    for first in (0..n).step_by(wide) {
        let width = (stride - first).min(wide);
        let panel = &right[height * first..][..height * width];
        for (row, into) in rows.clone().zip(into.chunks_exact_mut(stride)) {
            let (entries, into) = (left.row(row), &mut into[first..first + width]);
            // SAFETY: `_avx512` shows that the CPU has the instructions.
            unsafe {
                match width / 16 {
                    1 => sparse_row::<1>(entries, panel, into, add),
                    2 => sparse_row::<2>(entries, panel, into, add),
                    3 => sparse_row::<3>(entries, panel, into, add),
                    4 => sparse_row::<4>(entries, panel, into, add),
                    5 => sparse_row::<5>(entries, panel, into, add),
                    6 => sparse_row::<6>(entries, panel, into, add),
                    7 => sparse_row::<7>(entries, panel, into, add),
                    _ => sparse_row::<WIDE>(entries, panel, into, add),
                }
            }
        }
    }
}

/// `into` = the sum of `entries`' products with the rows of `panel` `[pairs][16·N]`, added to `into` where `add`; `into` is at
/// most 16·N numbers, and more than 16·(N − 1).
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
fn sparse_row<const N: usize>(entries: &[u32], panel: &[u32], into: &mut [f32], add: bool) {
    let mut sums = [_mm512_setzero_ps(); N];
    let mut place = 0;
    for &entry in entries {
        place += entry as usize >> 16;
        let [first, second, ..] = entry.to_le_bytes();
        let to_bf16 = |byte: u8| u32::from(BF16_OF_BYTES[usize::from(byte)]);
        let pair = _mm512_set1_epi32((to_bf16(first) | to_bf16(second) << 16) as i32);
        let columns = &panel[place * 16 * N..][..16 * N];
        for (j, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `columns` holds 16·N pairs, and j < N.
            let column = unsafe { _mm512_loadu_si512(columns.as_ptr().add(16 * j).cast()) };
            *sum = _mm512_dpbf16_ps(*sum, as_bf16(pair), as_bf16(column));
        }
    }
    assert!(into.len() > 16 * (N - 1) && into.len() <= 16 * N);
    // SAFETY: `into` is one row of `into.len()` numbers, and N registers hold all of them.
    unsafe { write_sums(sums, into.as_mut_ptr(), into.len(), add) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_the_pairs_that_are_not_zero() {
        // More zeros in a row than 16 bits can count pairs.
        let columns = 3 * 2 * 0xffff + 1;
        let mut bytes = vec![0; columns];
        let lit = [(0, 1), (5, 2), (6, 3), (7, 4), (columns - 1, 255)];
        for (column, byte) in lit {
            bytes[column] = byte;
        }
        let entries = Entries::new(1, columns, |_, c| bytes[c]);
        let mut found = vec![0; columns + 1];
        let mut pair = 0;
        for &entry in entries.row(0) {
            pair += entry as usize >> 16;
            found[2 * pair..][..2].copy_from_slice(&entry.to_le_bytes()[..2]);
        }
        assert_eq!(found[..columns], bytes);
        // Pairs 0, 2, 3, the last one, and two on the way to it.
        assert_eq!(entries.row(0).len(), 6);
    }

    #[test]
    fn bytes_are_exact() {
        for (byte, bits) in BF16_OF_BYTES.into_iter().enumerate() {
            assert_eq!(f32::from_bits(u32::from(bits) << 16), byte as f32);
        }
    }
}
