//! Each product at the paper's sizes, in GFLOP/s (divan's "items" are floating-point operations),
//! beside what the CPU's bare multiply-add instructions reach in the same run.
//!
//!     cargo bench -p kernels

mod peak;

use std::fmt;

use divan::{Bencher, counter::ItemsCount};
use kernels::{AlignedF32, Arithmetic, Kernel, KernelVisitor, Left, RightOfTransposed, stride};
use peak::BareInstruction;

fn main() {
    divan::main();
}

/// Rows of a block; columns of a layer's input and output.
const ROWS: usize = 512;
const SIZES: [(usize, usize); 4] = [(175, 256), (256, 256), (175, 390), (390, 390)];

/// A kernel that this CPU has, and the sizes of a product.
struct Case {
    kernel: Kernel,
    size: (usize, usize),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (k, n) = self.size;
        write!(f, "{} {k}x{n}", self.kernel.name())
    }
}

/// Every kernel with each of `sizes`.
fn cases(sizes: &[(usize, usize)]) -> Vec<Case> {
    let of_kernel = |kernel| sizes.iter().map(move |&size| Case { kernel, size });
    Kernel::all().into_iter().flat_map(of_kernel).collect()
}

/// Calls the function with the bencher, the case's kernel and its size.
macro_rules! with_kernel {
    ($bench:ident, $bencher:expr, $case:expr) => {{
        struct Bench<'a, 'b>(Bencher<'a, 'b>, (usize, usize));

        impl KernelVisitor for Bench<'_, '_> {
            type Output = ();

            fn visit<A: Arithmetic + Copy>(self, kernel: A) {
                $bench(self.0, &kernel, self.1);
            }
        }

        $case.kernel.accept(Bench($bencher, $case.size));
    }};
}

/// Neither zeros nor denormals: both would flatter.
fn values(count: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 300.0)
        .collect()
}

fn multiply<A: Arithmetic>(bencher: Bencher, a: &A, (k, n): (usize, usize)) {
    let mut block = a.block(ROWS, k);
    a.fill(&mut block, &values(ROWS * k));
    let right = a.right(&values(k * n), k, n, true);
    let mut into = AlignedF32::zeros(ROWS * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * k * n))
        .bench_local(|| a.multiply(Left::Block(&block), 0..ROWS, &right, &mut into, false));
}

fn multiply_transposed<A: Arithmetic>(bencher: Bencher, a: &A, (m, n): (usize, usize)) {
    let (mut left, mut right) = (a.block(ROWS, n), a.block(ROWS, m));
    a.fill(&mut left, &values(ROWS * n));
    a.fill(&mut right, &values(ROWS * m));
    let mut into = AlignedF32::zeros(n * stride(m));
    bencher
        .counter(ItemsCount::new(2 * ROWS * m * n))
        .bench_local(|| {
            a.multiply_transposed(
                Left::Block(&left),
                RightOfTransposed::Block(&right),
                &mut into,
                true,
            )
        });
}

/// As many zeros as the pixels of MNIST's digits have: four of five.
fn bytes(rows: usize, columns: usize) -> Vec<u8> {
    let byte = |i: usize| match i * 7919 % 1009 {
        lit @ 0..200 => lit as u8 + 1,
        _ => 0,
    };
    (0..rows * columns).map(byte).collect()
}

/// The operations counted are a dense product's.
fn multiply_bytes<A: Arithmetic>(bencher: Bencher, a: &A, (k, n): (usize, usize)) {
    let left = a.bytes(bytes(ROWS, k), k);
    let right = a.right(&values(k * n), k, n, true);
    let mut into = AlignedF32::zeros(ROWS * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * k * n))
        .bench_local(|| a.multiply(Left::Bytes(&left), 0..ROWS, &right, &mut into, false));
}

/// The operations counted are a dense product's.
fn multiply_bytes_transposed<A: Arithmetic>(bencher: Bencher, a: &A, (m, n): (usize, usize)) {
    let left = a.bytes(bytes(ROWS, m), m);
    let mut right = a.block(ROWS, n);
    a.fill(&mut right, &values(ROWS * n));
    let mut into = AlignedF32::zeros(m * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * m * n))
        .bench_local(|| {
            a.multiply_transposed(
                Left::Bytes(&left),
                RightOfTransposed::Block(&right),
                &mut into,
                true,
            )
        });
}

fn fill<A: Arithmetic>(bencher: Bencher, a: &A, (rows, columns): (usize, usize)) {
    let mut block = a.block(rows, columns);
    let values = values(rows * columns);
    bencher
        .counter(ItemsCount::new(rows * columns))
        .bench_local(|| a.fill(&mut block, &values));
}

#[divan::bench(name = "multiply", args = cases(&SIZES))]
fn bench_multiply(bencher: Bencher, case: &Case) {
    with_kernel!(multiply, bencher, case);
}

#[divan::bench(name = "multiply_transposed", args = cases(&SIZES))]
fn bench_multiply_transposed(bencher: Bencher, case: &Case) {
    with_kernel!(multiply_transposed, bencher, case);
}

#[divan::bench(name = "multiply_bytes", args = cases(&SIZES[..1]))]
fn bench_multiply_bytes(bencher: Bencher, case: &Case) {
    with_kernel!(multiply_bytes, bencher, case);
}

#[divan::bench(name = "multiply_bytes_transposed", args = cases(&SIZES[..1]))]
fn bench_multiply_bytes_transposed(bencher: Bencher, case: &Case) {
    with_kernel!(multiply_bytes_transposed, bencher, case);
}

#[divan::bench(name = "fill", args = cases(&[(ROWS, 390)]))]
fn bench_fill(bencher: Bencher, case: &Case) {
    with_kernel!(fill, bencher, case);
}

#[divan::bench(args = BareInstruction::all())]
fn instruction(bencher: Bencher, bare: &BareInstruction) {
    bencher
        .counter(ItemsCount::new(bare.operations()))
        .bench_local(|| bare.run());
}
