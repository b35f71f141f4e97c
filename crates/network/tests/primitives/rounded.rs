//! bf16 in plain Rust, so that its rounding is tested on CPUs without bf16, too.

use std::ops::Range;

use kernels::{Arithmetic, Bits, Lanes, Left, Matrix, OverRows, Single, Sparse, Weights};

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
    type Lane = Lanes;
    type Mask = Matrix;
    type Pairs = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    fn name(&self) -> &'static str {
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
        Single.block(rows, columns)
    }

    fn fill(&self, block: &mut Matrix, values: &[f32]) {
        Single.fill(block, &rounded(values));
    }

    fn row<'a>(&self, block: &'a Matrix, row: usize) -> &'a [Lanes] {
        Single.row(block, row)
    }

    fn row_mut<'a>(&self, block: &'a mut Matrix, row: usize) -> &'a mut [Lanes] {
        Single.row_mut(block, row)
    }

    fn widen(&self, lane: &Lanes) -> Lanes {
        *lane
    }

    fn round(&self, values: &Lanes) -> Lanes {
        values.map(bf16)
    }

    fn above_zero(&self, values: &Lanes) -> u16 {
        Single.above_zero(values)
    }

    fn pairs(&self, rows: usize, columns: usize) -> Matrix {
        Single.pairs(rows, columns)
    }

    fn write_pairs(
        &self,
        pairs: &mut Matrix,
        row: usize,
        values: impl Iterator<Item = [Lanes; 2]>,
    ) {
        let rounded = values.map(|rows| rows.map(|values| values.map(bf16)));
        Single.write_pairs(pairs, row, rounded);
    }

    fn write_one_pair(&self, pairs: &mut Matrix, row: usize, column: usize, values: [f32; 2]) {
        Single.write_one_pair(pairs, row, column, values.map(bf16));
    }

    fn bytes(&self, bytes: Vec<u8>, columns: usize) -> Sparse {
        Single.bytes(bytes, columns)
    }

    fn right(&self, values: &[f32], k: usize, n: usize, transposed: bool) -> Weights {
        Single.right(&rounded(values), k, n, transposed)
    }

    fn mask<'a>(&self, bits: &Bits, kept: &'a mut Option<Matrix>) -> &'a Matrix {
        Single.mask(bits, kept)
    }

    fn multiply(
        &self,
        left: Left<Self>,
        rows: Range<usize>,
        right: &Weights,
        into: &mut [f32],
        add: bool,
    ) {
        Single.multiply(of_single(left), rows, right, into, add);
    }

    fn multiply_transposed(
        &self,
        left: Left<Self>,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        let right = match right {
            OverRows::Block(right) => OverRows::Block(right),
            OverRows::Pairs(right) => OverRows::Pairs(right),
        };
        Single.multiply_transposed(of_single(left), right, into, add);
    }
}

fn of_single<'a>(left: Left<'a, Rounded>) -> Left<'a, Single> {
    match left {
        Left::Block(left) => Left::Block(left),
        Left::Mask(left) => Left::Mask(left),
        Left::Bytes(left) => Left::Bytes(left),
    }
}
