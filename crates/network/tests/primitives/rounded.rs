//! bf16 in plain Rust, so that its rounding is tested on CPUs without bf16, too.

use std::ops::Range;

use machine::{Arithmetic, Lanes, Matrix, OverRows, Single, Sparse, Weights};

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
    type Pairs = Matrix;
    type Bytes = Sparse;
    type Right = Weights;

    fn name(&self) -> &'static str {
        "bf16 in f32"
    }

    fn chunk_rows(&self) -> usize {
        48
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

    fn write(&self, block: &mut Matrix, row: usize, values: &[f32]) {
        Single.write(block, row, &rounded(values));
    }

    fn write_ones(&self, block: &mut Matrix, row: usize, ones: &[u8]) {
        Single.write_ones(block, row, ones);
    }

    fn lanes(&self, block: &Matrix, row: usize, first: usize) -> Lanes {
        Single.lanes(block, row, first)
    }

    fn write_lanes(&self, block: &mut Matrix, row: usize, first: usize, values: &Lanes) {
        Single.write_lanes(block, row, first, &values.map(bf16));
    }

    fn above_zero(&self, values: &Lanes) -> u16 {
        Single.above_zero(values)
    }

    fn read(&self, block: &Matrix, row: usize, values: &mut [f32]) {
        Single.read(block, row, values);
    }

    fn pairs(&self, rows: usize, columns: usize) -> Matrix {
        Single.pairs(rows, columns)
    }

    fn write_pair(&self, pairs: &mut Matrix, row: usize, first: usize, values: [&Lanes; 2]) {
        let [low, high] = values.map(|values| values.map(bf16));
        Single.write_pair(pairs, row, first, [&low, &high]);
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

    fn multiply_transposed(
        &self,
        left: &Matrix,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        Single.multiply_transposed(left, single(right), into, add);
    }

    fn multiply_bytes(&self, left: &Sparse, rows: Range<usize>, right: &Weights, into: &mut [f32]) {
        Single.multiply_bytes(left, rows, right, into);
    }

    fn multiply_bytes_transposed(
        &self,
        left: &Sparse,
        right: OverRows<Self>,
        into: &mut [f32],
        add: bool,
    ) {
        Single.multiply_bytes_transposed(left, single(right), into, add);
    }
}

fn single<'a>(right: OverRows<'a, Rounded>) -> OverRows<'a, Single> {
    match right {
        OverRows::Block(right) => OverRows::Block(right),
        OverRows::Pairs(right) => OverRows::Pairs(right),
    }
}
