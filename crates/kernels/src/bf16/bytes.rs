//! Bytes as a kernel multiplies them: bf16 holds 0 to 255 exactly.

use super::amx::Transpose;
use super::sparse::Sparse;
use super::{Bf16, Rows};
use crate::Arithmetic;

/// Bytes `[rows, columns]`.
pub struct Bytes(pub(super) Form);

pub enum Form {
    /// For tiles, which take 16 rows at a time, whatever is zero in them: as a left operand, and its transpose as one.
    Whole(Rows, Transpose),
    /// For AVX-512.
    Sparse(Sparse),
}

impl Bytes {
    /// From `values` `[rows, columns]`.
    pub(super) fn new(half: &Bf16, values: Vec<u8>, columns: usize) -> Self {
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
}
