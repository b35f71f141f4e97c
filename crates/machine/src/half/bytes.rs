//! Bytes as a kernel multiplies them: bf16 holds 0 to 255 exactly.

use std::ops::Range;

use super::amx::Transpose;
use super::sparse::Sparse;
use super::{Half, Panels, Rows, rows, with_row_pairs};
use crate::{Arithmetic, OverRows};

/// Bytes `[rows, columns]`.
pub struct Bytes(Form);

enum Form {
    /// For tiles, which take 16 rows at a time, whatever is zero in them: as a left operand, and its transpose as one.
    Whole(Rows, Transpose),
    /// For AVX-512.
    Sparse(Sparse),
}

impl Bytes {
    /// From `values` `[rows, columns]`.
    pub(super) fn new(half: &Half, values: Vec<u8>, columns: usize) -> Self {
        let Some(amx) = half.amx else {
            return Self(Form::Sparse(Sparse::new(&values, columns)));
        };
        let mut rows = Rows::zeros(values.len().checked_div(columns).unwrap_or(0), columns);
        let values: Vec<f32> = values.into_iter().map(f32::from).collect();
        half.fill(&mut rows, &values);
        let mut transpose = Transpose::none(amx);
        transpose.fill(&rows);
        Self(Form::Whole(rows, transpose))
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
            Form::Whole(left, _) => half.multiply(left, rows, right, into, false),
            Form::Sparse(sparse) => sparse.multiply(half.tiles, rows, right, into),
        }
    }

    /// See [`Arithmetic::multiply_bytes_transposed`].
    pub(super) fn multiply_transposed(
        &self,
        half: &Half,
        right: OverRows<Half>,
        into: &mut [f32],
        add: bool,
    ) {
        match &self.0 {
            Form::Whole(_, left) => {
                with_row_pairs(left.amx(), right, |right| left.multiply(right, into, add));
            }
            Form::Sparse(sparse) => sparse.multiply_transposed(half.tiles, rows(right), into, add),
        }
    }
}
