//! bf16 in plain Rust, so that its rounding is tested on CPUs without bf16, too.

use std::ops::Range;

use kernels::{
    Arithmetic, BitMatrix, F32, F32x16, Left, Matrix, RightOfTransposed, Sparse, Weights,
};

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
    type Vector = F32x16;
    type Mask = Matrix;
    type Vnni = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    fn precision(&self) -> &'static str {
        "bf16 in f32"
    }

    fn chunk_rows(&self) -> usize {
        48
    }

    /// Not so in truth: this way what keeps h_1 is tested on every CPU.
    fn skips_zeros(&self) -> bool {
        false
    }

    fn at_full_width<T>(&self, job: impl FnOnce() -> T) -> T {
        job()
    }

    fn block(&self, rows: usize, columns: usize) -> Matrix {
        F32.block(rows, columns)
    }

    fn fill(&self, block: &mut Matrix, values: &[f32]) {
        F32.fill(block, &rounded(values));
    }

    fn row<'a>(&self, block: &'a Matrix, row: usize) -> &'a [F32x16] {
        F32.row(block, row)
    }

    fn row_mut<'a>(&self, block: &'a mut Matrix, row: usize) -> &'a mut [F32x16] {
        F32.row_mut(block, row)
    }

    fn widen(&self, lane: &F32x16) -> F32x16 {
        *lane
    }

    fn round(&self, values: &F32x16) -> F32x16 {
        values.map(bf16)
    }

    fn above_zero(&self, values: &F32x16) -> u16 {
        F32.above_zero(values)
    }

    fn vnni(&self, rows: usize, columns: usize) -> Matrix {
        F32.vnni(rows, columns)
    }

    fn write_two_rows(
        &self,
        pairs: &mut Matrix,
        row: usize,
        values: impl Iterator<Item = [F32x16; 2]>,
    ) {
        let rounded = values.map(|rows| rows.map(|values| values.map(bf16)));
        F32.write_two_rows(pairs, row, rounded);
    }

    fn write_two_entries(&self, pairs: &mut Matrix, row: usize, column: usize, values: [f32; 2]) {
        F32.write_two_entries(pairs, row, column, values.map(bf16));
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Sparse {
        F32.bytes(bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Weights {
        F32.right(&rounded(values), k, n, transposed)
    }

    fn mask<'a>(&self, bits: &BitMatrix, kept: &'a mut Option<Matrix>) -> &'a Matrix {
        F32.mask(bits, kept)
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        F32.multiply(of_f32(left), rows, right, into, add);
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: RightOfTransposed<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let right = match right {
            RightOfTransposed::Block(right) => RightOfTransposed::Block(right),
            RightOfTransposed::Vnni(right) => RightOfTransposed::Vnni(right),
        };
        F32.multiply_transposed(of_f32(left), right, into, add);
    }
}

fn of_f32<'a>(left: Left<'a, Rounded>) -> Left<'a, F32> {
    match left {
        Left::Block(left) => Left::Block(left),
        Left::Mask(left) => Left::Mask(left),
        Left::Bytes(left) => Left::Bytes(left),
    }
}
