//! A right operand: weights.

use std::sync::OnceLock;

use super::{amx, avx512};
use crate::aligned::Lines;
use crate::entries::entries;

/// How a kernel wants a right operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Columns of a panel.
    pub panel: usize,
    /// The number of row pairs is a multiple of this.
    pub pairs: usize,
}

impl Layout {
    pub const AVX512: Self = Self {
        panel: avx512::PANEL,
        pairs: 1,
    };
    pub const AMX: Self = Self {
        panel: amx::PANEL,
        pairs: amx::SIDE,
    };
}

/// A right operand `[k, n]` in panels of columns; within a panel the pairs of one row pair stand side by
/// side: `[panel][k/2][column]`. Padded with zeros.
pub struct Panels {
    pub(super) k: usize,
    pub(super) n: usize,
    pub(super) layout: Layout,
    pub(super) pairs: Lines,
    /// The same in panels of [`avx512::wide_panel`] columns, for sparse products, once there has been one.
    pub(super) wide: OnceLock<Lines>,
}

impl Panels {
    /// `halves` are the values, rounded.
    pub(super) fn new(
        halves: &[u16],
        k: usize,
        n: usize,
        transposed: bool,
        layout: Layout,
    ) -> Self {
        let of_size = halves.len() == entries(k, n);
        assert!(of_size, "the values are of another size");
        let height = k.div_ceil(2).next_multiple_of(layout.pairs);
        let mut pairs = Lines::zeros(entries(height, entries(n.div_ceil(16), 16)));
        let mut out = pairs.pairs_mut();
        let pair = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        for first in (0..n).step_by(layout.panel) {
            let columns = first..n.min(first + layout.panel);
            let width = columns.len().next_multiple_of(16);
            let (panel, rest) = out.split_at_mut(height * width);
            out = rest;
            if transposed {
                for (place, column) in columns.enumerate() {
                    let mut lines = panel.chunks_exact_mut(width);
                    let (two, last) = halves[column * k..][..k].as_chunks::<2>();
                    for (&[low, high], line) in two.iter().zip(&mut lines) {
                        line[place] = pair(low, high);
                    }
                    if let (&[low], Some(line)) = (last, lines.next()) {
                        line[place] = pair(low, 0);
                    }
                }
            } else {
                let zeros = vec![0; n];
                let row = |r: usize| if r < k { &halves[r * n..][..n] } else { &zeros };
                for (r, line) in (0..k).step_by(2).zip(panel.chunks_exact_mut(width)) {
                    let (low, high) = (&row(r)[columns.clone()], &row(r + 1)[columns.clone()]);
                    for (place, (&low, &high)) in line.iter_mut().zip(low.iter().zip(high)) {
                        *place = pair(low, high);
                    }
                }
            }
        }
        Self {
            k,
            n,
            layout,
            pairs,
            wide: OnceLock::new(),
        }
    }

    /// The pairs of AVX-512's panels, in panels of [`avx512::wide_panel`] columns.
    pub(super) fn widened(&self) -> Lines {
        assert_eq!(
            self.layout,
            Layout::AVX512,
            "the operand is another kernel's"
        );
        let (height, padded) = (self.k.div_ceil(2), self.n.next_multiple_of(16));
        // Where 16 columns from `first` on of a row pair stand, in panels of `panel` columns.
        let place = |panel: usize, pair: usize, first: usize| {
            let start = first / panel * panel;
            let width = (padded - start).min(panel);
            let place = height * start + pair * width + first - start;
            place..place + 16
        };
        let mut wide = Lines::zeros(height * padded);
        for pair in 0..height {
            for first in (0..padded).step_by(16) {
                let from = place(avx512::PANEL, pair, first);
                let to = place(avx512::wide_panel(self.n), pair, first);
                wide.pairs_mut()[to].copy_from_slice(&self.pairs.pairs()[from]);
            }
        }
        wide
    }
}
