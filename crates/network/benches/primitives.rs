//! Each primitive of each engine at the paper's sizes, in GFLOP/s (divan's "items" are floating-point
//! operations of the products), beside what the CPU's bare multiply-add instruction reaches in the same
//! run.
//!
//!     cargo bench -p network
//!
//! Of two classes the fused engine does fewer products than candle's, so there times tell more than speeds.

use candle_core::{DType, Device};
use divan::{Bencher, counter::ItemsCount};
use environment::{Environment, Stream};
use kernels::{BareInstruction, Bf16, F32};
use network::{CandleEngine, Engine, FusedEngine, Parameters, Shape};

fn main() {
    kernels::use_threads(Some(1)).expect("no other thread is running");
    divan::main();
}

const ROWS: usize = 25_000;
const PIXELS: usize = 196;
/// Hidden units and classes.
const SIZES: [(usize, usize); 3] = [(256, 2), (390, 2), (256, 10)];

/// How often a primitive multiplies by a matrix of the first layer's size, and of the second's.
struct Products {
    first: usize,
    second: usize,
}

const FORWARD: Products = Products {
    first: 1,
    second: 1,
};
const PULLBACK: Products = Products {
    first: 1,
    second: 2,
};
const HESSIAN_VECTOR: Products = Products {
    first: 2,
    second: 6,
};
/// With the algebra of one logit, after a risk gradient, which keeps two products for it.
const HESSIAN_VECTOR_OF_ONE_LOGIT: Products = Products {
    first: 2,
    second: 2,
};

impl Products {
    /// Not counted: the product with the last layer, of one row per class, and the one by which the fused engine
    /// makes h_1 again. Here no pixel is black, so that one takes longer than with digits.
    fn operations(&self, hidden: usize) -> ItemsCount {
        ItemsCount::new(2 * ROWS * hidden * (self.first * PIXELS + self.second * hidden))
    }
}

/// Rows that light all pixels of one colour each.
fn environment(classes: usize) -> Environment {
    let mut images = vec![0; ROWS * classes * PIXELS];
    for (row, image) in images.chunks_exact_mut(classes * PIXELS).enumerate() {
        let lit = &mut image[row % classes * PIXELS..][..PIXELS];
        for (c, pixel) in lit.iter_mut().enumerate() {
            *pixel = (1 + (row * 31 + c * 7919) % 255) as u8;
        }
    }
    Environment {
        name: "rows".into(),
        shape: [ROWS, classes, 14, 14],
        images,
        labels: (0..ROWS).map(|row| (row / 7 % classes) as u32).collect(),
        classes,
        recipe: None,
        sha256: String::new(),
    }
}

fn parameters((hidden, classes): (usize, usize)) -> Parameters {
    let shape = Shape::new(classes * PIXELS, hidden, 2, classes).unwrap();
    let mut rng = environment::rng(0, Stream::InitialWeights);
    Parameters::xavier_uniform(&shape, &mut rng, &Device::Cpu).unwrap()
}

fn forward<E: Engine>(bencher: Bencher, engine: E, size: (usize, usize)) {
    let theta = parameters(size);
    bencher
        .counter(FORWARD.operations(size.0))
        .bench_local(|| engine.forward(&theta, 0).unwrap());
}

fn pullback<E: Engine>(bencher: Bencher, engine: E, size: (usize, usize)) {
    let theta = parameters(size);
    let pass = engine.forward(&theta, 0).unwrap();
    let cotangent = engine.targets(0).residual(&pass.logits).unwrap();
    bencher
        .counter(PULLBACK.operations(size.0))
        .bench_local(|| engine.pullback(&theta, 0, &pass, &cotangent).unwrap());
}

fn hessian_vector<E: Engine>(
    bencher: Bencher,
    engine: E,
    size: (usize, usize),
    products: Products,
) {
    let theta = parameters(size);
    let (pass, direction) = engine.risk_gradient(&theta, 0).unwrap();
    bencher
        .counter(products.operations(size.0))
        .bench_local(|| engine.hessian_vector(&theta, 0, &pass, &direction).unwrap());
}

/// The products of the fused engine's.
fn fused_hessian_vector(classes: usize) -> Products {
    if classes == 2 {
        HESSIAN_VECTOR_OF_ONE_LOGIT
    } else {
        HESSIAN_VECTOR
    }
}

fn candle((_, classes): (usize, usize)) -> CandleEngine {
    CandleEngine::new(&[environment(classes)], classes, DType::F32, &Device::Cpu).unwrap()
}

fn single((_, classes): (usize, usize)) -> FusedEngine<F32> {
    FusedEngine::new(&[environment(classes)], classes, F32).unwrap()
}

fn half((_, classes): (usize, usize)) -> FusedEngine<Bf16> {
    let half = Bf16::detect().expect("ignored elsewhere");
    FusedEngine::new(&[environment(classes)], classes, half).unwrap()
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn forward_candle(bencher: Bencher, size: (usize, usize)) {
    forward(bencher, candle(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn forward_f32(bencher: Bencher, size: (usize, usize)) {
    forward(bencher, single(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES, ignore = Bf16::detect().is_none())]
fn forward_bf16(bencher: Bencher, size: (usize, usize)) {
    forward(bencher, half(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn pullback_candle(bencher: Bencher, size: (usize, usize)) {
    pullback(bencher, candle(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn pullback_f32(bencher: Bencher, size: (usize, usize)) {
    pullback(bencher, single(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES, ignore = Bf16::detect().is_none())]
fn pullback_bf16(bencher: Bencher, size: (usize, usize)) {
    pullback(bencher, half(size), size);
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn hessian_vector_candle(bencher: Bencher, size: (usize, usize)) {
    hessian_vector(bencher, candle(size), size, HESSIAN_VECTOR);
}

#[divan::bench(sample_count = 10, args = SIZES)]
fn hessian_vector_f32(bencher: Bencher, size: (usize, usize)) {
    hessian_vector(bencher, single(size), size, fused_hessian_vector(size.1));
}

#[divan::bench(sample_count = 10, args = SIZES, ignore = Bf16::detect().is_none())]
fn hessian_vector_bf16(bencher: Bencher, size: (usize, usize)) {
    hessian_vector(bencher, half(size), size, fused_hessian_vector(size.1));
}

#[divan::bench(args = BareInstruction::all())]
fn instruction(bencher: Bencher, bare: &BareInstruction) {
    bencher
        .counter(ItemsCount::new(bare.operations()))
        .bench_local(|| bare.run());
}
