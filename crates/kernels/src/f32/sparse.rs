//! f32 products with a matrix of bytes that are mostly zero, as the pixels of drawn digits are.
//!
//! A row of the product is a sum of right rows, one for each byte that is not zero, kept in registers for a
//! panel of columns at a time. What is left out are terms 0·x: for finite x the sums are, to the last bit,
//! those of a dense product that adds in the same order.

use std::cell::RefCell;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::stride;

/// A matrix of bytes, by its entries that are not zero.
pub struct Sparse {
    by_row: Entries,
    by_column: Entries,
}

/// The entries that are not zero, row by row, or column by column.
struct Entries {
    columns: usize,
    /// Row r has the entries from `starts[r]` to `starts[r + 1]`.
    starts: Vec<u32>,
    /// In the upper 8 bits, how many columns right of the one before, or of column 0; in the lower, the byte.
    /// One that is farther off than 8 bits can say comes after zeros.
    entries: Vec<u16>,
}

/// Registers of a panel: as many sums as a core's multipliers work on at a time.
const WIDE: usize = 8;

/// A right operand `[k, n]` in panels of columns, each `[k, width]` and padded with zeros to whole registers.
pub struct Panels {
    k: usize,
    n: usize,
    lanes: usize,
    values: Vec<f32>,
}

/// f32 values of all bytes: a look into this is one instruction less than a conversion.
static VALUES: [f32; 256] = {
    let mut values = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        values[byte] = byte as f32;
        byte += 1;
    }
    values
};

impl Sparse {
    /// From `bytes` `[rows, columns]`.
    pub(crate) fn new(bytes: &[u8], columns: usize) -> Self {
        let rows = bytes.len().checked_div(columns).unwrap_or(0);
        assert_eq!(bytes.len(), rows * columns, "the last row is not whole");
        Self {
            by_row: Entries::new(rows, columns, |r, c| bytes[r * columns + c]),
            by_column: Entries::new(columns, rows, |c, r| bytes[r * columns + c]),
        }
    }

    /// `into` `[rows, stride(n)]` = some `rows` of this matrix · `right` `[columns, n]`.
    pub(crate) fn multiply(&self, rows: Range<usize>, right: &Panels, into: &mut [f32]) {
        self.by_row.multiply(rows, right, into, false);
    }

    /// `into` `[columns, stride(n)]` = this matrixᵀ · `right` `[rows, stride(n)]`, added to `into` where `add`.
    pub(crate) fn multiply_transposed(&self, right: &[f32], n: usize, into: &mut [f32], add: bool) {
        thread_local! {
            /// The last right operand: kept for its memory.
            static RIGHT: RefCell<Panels> = RefCell::new(Panels::new(&[], 0, 0, 0));
        }
        let (rows, columns) = (self.by_column.columns, self.by_row.columns);
        RIGHT.with_borrow_mut(|panels| {
            panels.fill(right, rows, n, stride(n));
            self.by_column.multiply(0..columns, panels, into, add);
        });
    }
}

impl Entries {
    fn new(rows: usize, columns: usize, byte: impl Fn(usize, usize) -> u8) -> Self {
        let mut starts = vec![0];
        let mut entries = Vec::new();
        for r in 0..rows {
            let mut before = 0;
            for c in 0..columns {
                let (byte, right) = (byte(r, c), c - before);
                if byte != 0 || right == 0xff {
                    entries.push((right as u16) << 8 | u16::from(byte));
                    before = c;
                }
            }
            starts.push(u32::try_from(entries.len()).expect("a block has fewer entries"));
        }
        entries.shrink_to_fit();
        Self {
            columns,
            starts,
            entries,
        }
    }

    fn row(&self, row: usize) -> &[u16] {
        &self.entries[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    fn multiply(&self, rows: Range<usize>, right: &Panels, into: &mut [f32], add: bool) {
        assert_eq!(self.columns, right.k, "the operands' inner sizes differ");
        assert_eq!(
            into.len(),
            rows.len() * stride(right.n),
            "the result is of another size"
        );
        if into.is_empty() {
            return;
        }
        Arch::new().dispatch(Product {
            entries: self,
            rows,
            right,
            into,
            add,
        });
    }
}

impl Panels {
    /// From row-major `values` `[k, row]`, of each row the first `n`.
    pub fn new(values: &[f32], k: usize, n: usize, row: usize) -> Self {
        let mut panels = Self {
            k: 0,
            n: 0,
            lanes: Arch::new().dispatch(LanesOfRegister),
            values: Vec::new(),
        };
        panels.fill(values, k, n, row);
        panels
    }

    /// Sets these to `values`, as [`Panels::new`] takes them, in the same memory where that is enough.
    fn fill(&mut self, values: &[f32], k: usize, n: usize, row: usize) {
        assert_eq!(values.len(), k * row, "the values are of another size");
        (self.k, self.n) = (k, n);
        self.values.clear();
        self.values.reserve(k * n.next_multiple_of(self.lanes));
        for first in (0..n).step_by(WIDE * self.lanes) {
            let columns = first..n.min(first + WIDE * self.lanes);
            let padding = columns.len().next_multiple_of(self.lanes) - columns.len();
            for row in values.chunks_exact(row) {
                self.values.extend_from_slice(&row[columns.clone()]);
                self.values.resize(self.values.len() + padding, 0.0);
            }
        }
    }
}

/// How many f32 values a register holds.
struct LanesOfRegister;

impl WithSimd for LanesOfRegister {
    type Output = usize;

    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

/// `into` = `rows` of `entries` · `right`, added to `into` where `add`.
struct Product<'a> {
    entries: &'a Entries,
    rows: Range<usize>,
    right: &'a Panels,
    into: &'a mut [f32],
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (k, n) = (self.right.k, self.right.n);
        let wide = WIDE * S::F32_LANES;
        let mut product = self;
        for first in (0..n).step_by(wide) {
            let columns = first..n.min(first + wide);
            let panel = &product.right.values[k * first..];
            match columns.len().div_ceil(S::F32_LANES) {
                1 => product.panel::<S, 1>(simd, panel, columns),
                2 => product.panel::<S, 2>(simd, panel, columns),
                3 => product.panel::<S, 3>(simd, panel, columns),
                4 => product.panel::<S, 4>(simd, panel, columns),
                5 => product.panel::<S, 5>(simd, panel, columns),
                6 => product.panel::<S, 6>(simd, panel, columns),
                7 => product.panel::<S, 7>(simd, panel, columns),
                _ => product.panel::<S, WIDE>(simd, panel, columns),
            }
        }
    }
}

impl Product<'_> {
    /// Some `columns` of the product, for which `right` begins with a panel of `N` registers a row.
    #[inline(always)]
    fn panel<S: Simd, const N: usize>(&mut self, simd: S, right: &[f32], columns: Range<usize>) {
        let n = self.right.n;
        let right = &S::as_simd_f32s(right).0.as_chunks::<N>().0[..self.right.k];
        for (r, into) in self.rows.clone().zip(self.into.chunks_exact_mut(stride(n))) {
            let mut sums = [simd.splat_f32s(0.0); N];
            let mut column = 0;
            for &entry in self.entries.row(r) {
                column += usize::from(entry >> 8);
                let byte = simd.splat_f32s(VALUES[usize::from(entry & 0xff)]);
                let right = &right[column];
                for (sum, &right) in sums.iter_mut().zip(right) {
                    *sum = simd.mul_add_f32s(byte, right, *sum);
                }
            }
            let (whole, rest) = S::as_mut_simd_f32s(&mut into[columns.clone()]);
            for (into, &sum) in whole.iter_mut().zip(&sums) {
                *into = if self.add {
                    simd.add_f32s(*into, sum)
                } else {
                    sum
                };
            }
            if !rest.is_empty() {
                let before = if self.add {
                    simd.partial_load_f32s(rest)
                } else {
                    simd.splat_f32s(0.0)
                };
                simd.partial_store_f32s(rest, simd.add_f32s(before, sums[N - 1]));
            }
        }
    }
}
