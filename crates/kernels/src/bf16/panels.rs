//! A right operand, weights, in panels of columns, each in the VNNI layout.

use std::ops::Range;

use crate::aligned::AlignedU32;
use crate::entries::entries;

/// How a kernel reads a right operand.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns of a panel.
    pub columns: usize,
    /// The number of pairs of rows is padded to a multiple of this.
    pub pairs: usize,
}

/// A right operand `[k, n]` in panels of columns, `[panel][k/2][column]` in pairs. Padded with zeros.
pub struct Panels {
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) pairs: AlignedU32,
}

impl Panels {
    /// `values`, rounded, are `[k, n]`, or `[n, k]` where `transposed`.
    pub(super) fn new(
        values: &[u16],
        k: usize,
        n: usize,
        transposed: bool,
        layout: Layout,
    ) -> Self {
        let of_size = values.len() == entries(k, n);
        assert!(of_size, "the values are of another size");
        let height = k.div_ceil(2).next_multiple_of(layout.pairs);
        let mut pairs = AlignedU32::zeros(entries(height, entries(n.div_ceil(16), 16)));
        let mut out = pairs.u32s_mut();
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        for first in (0..n).step_by(layout.columns) {
            let columns = first..n.min(first + layout.columns);
            let width = columns.len().next_multiple_of(16);
            let (panel, rest) = out.split_at_mut(height * width);
            out = rest;
            if transposed {
                for (place, column) in columns.enumerate() {
                    let mut lines = panel.chunks_exact_mut(width);
                    let (two, last) = values[column * k..][..k].as_chunks::<2>();
                    for (&[low, high], line) in two.iter().zip(&mut lines) {
                        line[place] = pair(low, high);
                    }
                    if let (&[low], Some(line)) = (last, lines.next()) {
                        line[place] = pair(low, 0);
                    }
                }
            } else {
                let zeros = vec![0; n];
                let row = |r: usize| if r < k { &values[r * n..][..n] } else { &zeros };
                for (r, line) in (0..k).step_by(2).zip(panel.chunks_exact_mut(width)) {
                    let (low, high) = (&row(r)[columns.clone()], &row(r + 1)[columns.clone()]);
                    for (place, (&low, &high)) in line.iter_mut().zip(low.iter().zip(high)) {
                        *place = pair(low, high);
                    }
                }
            }
        }
        Self { k, n, pairs }
    }

    /// Panics unless some `rows` of a left operand of `[left_rows, left_columns]` can be multiplied by this.
    pub fn check_left(&self, [left_rows, left_columns]: [usize; 2], rows: &Range<usize>) {
        assert_eq!(left_columns, self.k, "the operands' inner sizes differ");
        assert!(rows.end <= left_rows, "there are no rows {rows:?}");
    }
}
