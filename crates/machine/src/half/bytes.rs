//! Bytes as a kernel multiplies them: bf16 holds 0 to 255 exactly.

use std::cell::RefCell;
use std::ops::Range;

use super::sparse::Sparse;
use super::{Half, Panels, Rows};
use crate::{Arithmetic, at_full_width};

/// Bytes `[rows, columns]`.
pub struct Bytes(Form);

enum Form {
    /// For tiles, which take 16 rows at a time, whatever is zero in them.
    Whole(Whole),
    /// For AVX-512.
    Sparse(Sparse),
}

/// Bytes, kept as such and made bf16 for one product after another.
struct Whole {
    values: Vec<u8>,
    columns: usize,
}

impl Bytes {
    /// From `values` `[rows, columns]`.
    pub(super) fn new(half: &Half, values: Vec<u8>, columns: usize) -> Self {
        Self(match half.amx {
            Some(_) => Form::Whole(Whole { values, columns }),
            None => Form::Sparse(Sparse::new(&values, columns)),
        })
    }

    /// See [`Arithmetic::multiply_bytes`].
    pub(super) fn multiply(
        &self,
        half: &Half,
        rows: Range<usize>,
        right: &Panels,
        into: &mut [f32],
    ) {
        match &self.0 {
            Form::Whole(whole) => whole.with_rows(half, rows.clone(), |left| {
                half.multiply(left, 0..rows.len(), right, into, false);
            }),
            Form::Sparse(sparse) => sparse.multiply(half.tiles, rows, right, into),
        }
    }

    /// See [`Arithmetic::add_bytes_transposed`].
    pub(super) fn add_transposed(&self, half: &Half, right: &Rows, into: &mut [f32]) {
        match &self.0 {
            Form::Whole(whole) => whole.with_rows(half, 0..right.rows, |left| {
                half.add_transposed(left, right, into);
            }),
            Form::Sparse(sparse) => sparse.add_transposed(half.tiles, right, into),
        }
    }
}

impl Whole {
    /// Calls `job` with `rows` of these.
    fn with_rows<T>(&self, half: &Half, rows: Range<usize>, job: impl FnOnce(&Rows) -> T) -> T {
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
