//! Pixels, most of which are zero, as pairs of bf16: what a product multiplies are the pairs in which
//! something is not zero. Those left out are terms 0·x, so for finite x the sums are to the last bit those of
//! the dense product.

use std::cell::RefCell;
use std::ops::Range;

use super::avx512::{Tiles, wide_panel};
use super::{Panels, Rows};
use crate::aligned::Lines;

/// A matrix of bytes, by its pairs of neighbours in a row and by its pairs of neighbours in a column.
pub struct Sparse {
    rows: usize,
    columns: usize,
    by_row: Entries,
    by_column: Entries,
}

/// The pairs that are not zero, row by row, or column by column.
pub struct Entries {
    /// Row r has the entries from `starts[r]` to `starts[r + 1]`.
    starts: Vec<u32>,
    /// In the upper 16 bits, how many pairs right of the one before, or of pair 0; below, the second byte, then
    /// the first. One that is farther off than 16 bits can say comes after zeros.
    entries: Vec<u32>,
}

/// bf16 of all bytes, exactly.
pub static HALVES: [u16; 256] = {
    let mut halves = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        halves[byte] = ((byte as f32).to_bits() >> 16) as u16;
        byte += 1;
    }
    halves
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

impl Sparse {
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

    /// `into` `[rows, n]` = some `rows` of this matrix · `right` `[columns, n]`.
    pub fn multiply(&self, tiles: Tiles, rows: Range<usize>, right: &Panels, into: &mut [f32]) {
        assert_eq!(self.columns, right.k, "the operands' inner sizes differ");
        assert!(rows.end <= self.rows, "there are no rows {rows:?}");
        let panels = right.wide.get_or_init(|| right.widened());
        let pairs = self.columns.div_ceil(2);
        tiles.multiply_sparse(
            &self.by_row,
            rows,
            pairs,
            panels.pairs(),
            into,
            right.n,
            false,
        );
    }

    /// `into` `[columns, stride(n)]` = this matrixᵀ · `right` `[rows, n]`, added to `into` where `add`.
    pub fn multiply_transposed(&self, tiles: Tiles, right: &Rows, into: &mut [f32], add: bool) {
        thread_local! {
            /// The last right operand as panels: kept for their memory.
            static RIGHT: RefCell<Lines> = RefCell::new(Lines::zeros(0));
        }
        assert_eq!(self.rows, right.rows, "the operands' rows differ");
        RIGHT.with_borrow_mut(|panels| {
            tiles.pair_rows(right, wide_panel(right.columns), panels);
            let (columns, pairs) = (0..self.columns, self.rows.div_ceil(2));
            let panels = panels.pairs();
            tiles.multiply_sparse(
                &self.by_column,
                columns,
                pairs,
                panels,
                into,
                right.columns,
                add,
            );
        });
    }
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
        for (byte, half) in HALVES.into_iter().enumerate() {
            assert_eq!(f32::from_bits(u32::from(half) << 16), byte as f32);
        }
    }
}
