//! Bytes, kept as such and made bf16, which holds 0 to 255 exactly, for one product after another.

use std::cell::RefCell;
use std::ops::Range;

use super::{Half, Rows};
use crate::{Arithmetic, at_full_width};

/// Bytes `[rows, columns]`.
pub struct Bytes {
    values: Vec<u8>,
    columns: usize,
}

impl Bytes {
    /// From `values` `[rows, columns]`.
    pub(super) fn new(values: Vec<u8>, columns: usize) -> Self {
        Self { values, columns }
    }

    /// Calls `job` with `rows` of these.
    pub(super) fn with_rows<T>(
        &self,
        half: &Half,
        rows: Range<usize>,
        job: impl FnOnce(&Rows) -> T,
    ) -> T {
        thread_local! {
            /// A chunk's rows and a block's rows, of the last product: kept for their memory.
            static EXPANDED: RefCell<[Option<Rows>; 2]> = const { RefCell::new([None, None]) };
        }
        EXPANDED.with_borrow_mut(|kept| {
            let kept = &mut kept[usize::from(rows.len() > Half::CHUNK_ROWS)];
            let fits = |kept: &Rows| (kept.rows, kept.columns) == (rows.len(), self.columns);
            let expanded = kept.take().filter(fits);
            let expanded = expanded.unwrap_or_else(|| Rows::zeros(rows.len(), self.columns));
            let expanded = kept.insert(expanded);
            let bytes = &self.values[rows.start * self.columns..rows.end * self.columns];
            let mut values = vec![0.0; self.columns];
            at_full_width(|| {
                for (r, bytes) in bytes.chunks_exact(self.columns.max(1)).enumerate() {
                    for (value, &byte) in values.iter_mut().zip(bytes) {
                        *value = f32::from(byte);
                    }
                    half.write(expanded, r, &values);
                }
            });
            job(expanded)
        })
    }
}
