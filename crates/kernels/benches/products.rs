//! Each product at the paper's sizes, in GFLOP/s (divan's "items" are floating-point operations),
//! beside what the CPU's bare multiply-add instructions reach in the same run.
//!
//!     cargo bench -p kernels

use divan::{Bencher, counter::ItemsCount};
use kernels::{Arithmetic, BareInstruction, Bf16, F32, Floats, Left, OverRows, stride};

fn main() {
    divan::main();
}

/// Rows of a block; columns of a layer's input and output.
const ROWS: usize = 512;
const SIZES: [(usize, usize); 4] = [(175, 256), (256, 256), (175, 390), (390, 390)];

/// The bf16 kernel of that name, where the CPU has it.
fn half(kernel: &str) -> Option<Bf16> {
    let mut kernels = Bf16::kernels().into_iter();
    kernels.find(|half| half.kernel() == kernel)
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
    let mut into = Floats::zeros(ROWS * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * k * n))
        .bench_local(|| a.multiply(Left::Block(&block), 0..ROWS, &right, &mut into, false));
}

fn multiply_transposed<A: Arithmetic>(bencher: Bencher, a: &A, (m, n): (usize, usize)) {
    let (mut left, mut right) = (a.block(ROWS, n), a.block(ROWS, m));
    a.fill(&mut left, &values(ROWS * n));
    a.fill(&mut right, &values(ROWS * m));
    let mut into = Floats::zeros(n * stride(m));
    bencher
        .counter(ItemsCount::new(2 * ROWS * m * n))
        .bench_local(|| {
            a.multiply_transposed(Left::Block(&left), OverRows::Block(&right), &mut into, true)
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
    let mut into = Floats::zeros(ROWS * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * k * n))
        .bench_local(|| a.multiply(Left::Bytes(&left), 0..ROWS, &right, &mut into, false));
}

/// The operations counted are a dense product's.
fn multiply_bytes_transposed<A: Arithmetic>(bencher: Bencher, a: &A, (m, n): (usize, usize)) {
    let left = a.bytes(bytes(ROWS, m), m);
    let mut right = a.block(ROWS, n);
    a.fill(&mut right, &values(ROWS * n));
    let mut into = Floats::zeros(m * stride(n));
    bencher
        .counter(ItemsCount::new(2 * ROWS * m * n))
        .bench_local(|| {
            a.multiply_transposed(Left::Bytes(&left), OverRows::Block(&right), &mut into, true)
        });
}

fn fill<A: Arithmetic>(bencher: Bencher, a: &A) {
    let mut block = a.block(ROWS, 390);
    let values = values(ROWS * 390);
    bencher
        .counter(ItemsCount::new(ROWS * 390))
        .bench_local(|| a.fill(&mut block, &values));
}

#[divan::bench(args = SIZES)]
fn multiply_f32(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &F32, size);
}

#[divan::bench(args = SIZES, ignore = half("avx512-bf16").is_none())]
fn multiply_bf16(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &half("avx512-bf16").unwrap(), size);
}

#[divan::bench(args = SIZES, ignore = half("amx").is_none())]
fn multiply_bf16_amx(bencher: Bencher, size: (usize, usize)) {
    multiply(bencher, &half("amx").unwrap(), size);
}

#[divan::bench(args = SIZES)]
fn multiply_transposed_f32(bencher: Bencher, size: (usize, usize)) {
    multiply_transposed(bencher, &F32, size);
}

#[divan::bench(args = SIZES, ignore = half("avx512-bf16").is_none())]
fn multiply_transposed_bf16(bencher: Bencher, size: (usize, usize)) {
    multiply_transposed(bencher, &half("avx512-bf16").unwrap(), size);
}

#[divan::bench(args = SIZES, ignore = half("amx").is_none())]
fn multiply_transposed_bf16_amx(bencher: Bencher, size: (usize, usize)) {
    multiply_transposed(bencher, &half("amx").unwrap(), size);
}

#[divan::bench(args = &SIZES[..1])]
fn multiply_bytes_f32(bencher: Bencher, size: (usize, usize)) {
    multiply_bytes(bencher, &F32, size);
}

#[divan::bench(args = &SIZES[..1], ignore = Bf16::detect().is_none())]
fn multiply_bytes_bf16(bencher: Bencher, size: (usize, usize)) {
    multiply_bytes(bencher, &Bf16::detect().unwrap(), size);
}

#[divan::bench(args = &SIZES[..1])]
fn multiply_bytes_transposed_f32(bencher: Bencher, size: (usize, usize)) {
    multiply_bytes_transposed(bencher, &F32, size);
}

#[divan::bench(args = &SIZES[..1], ignore = Bf16::detect().is_none())]
fn multiply_bytes_transposed_bf16(bencher: Bencher, size: (usize, usize)) {
    multiply_bytes_transposed(bencher, &Bf16::detect().unwrap(), size);
}

#[divan::bench(ignore = Bf16::detect().is_none())]
fn fill_bf16(bencher: Bencher) {
    fill(bencher, &Bf16::detect().unwrap());
}

#[divan::bench(args = BareInstruction::all())]
fn instruction(bencher: Bencher, bare: &BareInstruction) {
    bencher
        .counter(ItemsCount::new(bare.operations()))
        .bench_local(|| bare.run());
}
