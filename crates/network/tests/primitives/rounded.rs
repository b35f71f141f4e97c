//! bf16 in plain Rust, so that its rounding is tested on CPUs without bf16, too.

use std::ops::Range;

use machine::{Arithmetic, Matrix, Single, Sparse, Weights};

/// Operands rounded to bf16, products in f32, few rows at a time.
#[derive(Clone)]
pub struct Rounded;

/// To nearest, ties to even; no test here has a NaN.
fn bf16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}

fn rounded(values: &[f32]) -> Vec<f32> {
    values.iter().map(|&value| bf16(value)).collect()
}

impl Arithmetic for Rounded {
    type Block = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    const CHUNK_ROWS: usize = 48;

    fn name(&self) -> &'static str {
        "bf16 in f32"
    }

    fn block(&self, rows: usize, columns: usize) -> Matrix {
        Single.block(rows, columns)
    }

    fn fill(&self, block: &mut Matrix, values: &[f32]) {
        Single.fill(block, &rounded(values));
    }

    fn write(&self, block: &mut Matrix, row: usize, values: &[f32]) {
        Single.write(block, row, &rounded(values));
    }

    fn read(&self, block: &Matrix, row: usize, values: &mut [f32]) {
        Single.read(block, row, values);
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Sparse {
        Single.bytes(bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Weights {
        Single.right(&rounded(values), k, n, transposed)
    }

    fn multiply(
        &self,
        left: &Matrix,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        Single.multiply(left, rows, right, into, add);
    }

    fn add_transposed(&self, left: &Matrix, right: &Matrix, into: &mut [f32]) {
        Single.add_transposed(left, right, into);
    }

    fn multiply_bytes(&self, left: &Sparse, rows: Range<usize>, right: &Weights, into: &mut [f32]) {
        Single.multiply_bytes(left, rows, right, into);
    }

    fn add_bytes_transposed(&self, left: &Sparse, right: &Matrix, into: &mut [f32]) {
        Single.add_bytes_transposed(left, right, into);
    }
}
