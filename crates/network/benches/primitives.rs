//! Each primitive of each engine at the paper's sizes, in GFLOP/s (divan's "items" are floating-point
//! operations of the products). `cargo bench -p kernels` shows what the CPU's bare multiply-add instructions reach.
//!
//!     cargo bench -p network
//!
//! Of two classes the fused engine does fewer products than candle's, so there times tell more than speeds.

use std::fmt;

use anyhow::Result;
use candle_core::Device;
use divan::{Bencher, counter::ItemsCount};
use environment::{Environment, Inputs, Stream};
use kernels::Kernel;
use network::{Engine, EngineJob, EngineKind, EngineMaker, Parameters, Shape};

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
    let labels = (0..ROWS).map(|row| (row / 7 % classes) as u32).collect();
    let shape = [ROWS, classes, 14, 14];
    Environment::new("rows", &shape, Inputs::Images(images), labels, classes)
}

/// An engine, and the sizes of a network.
struct Case {
    engine: EngineKind,
    hidden: usize,
    classes: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let engine = match self.engine {
            EngineKind::Candle => "candle",
            EngineKind::Fused(kernel) => kernel.name(),
        };
        write!(f, "{engine} {} units {} classes", self.hidden, self.classes)
    }
}

/// Every engine that this CPU has, with every size.
fn cases() -> Vec<Case> {
    let kernels = Kernel::all().into_iter().map(EngineKind::Fused);
    let of_engine = |engine| {
        SIZES.map(|(hidden, classes)| Case {
            engine,
            hidden,
            classes,
        })
    };
    let engines = [EngineKind::Candle].into_iter().chain(kernels);
    engines.flat_map(of_engine).collect()
}

impl Case {
    fn run(&self, job: impl EngineJob<Output = ()>) {
        self.engine.run(self.classes, &Device::Cpu, job).unwrap();
    }

    fn parameters(&self) -> Parameters {
        let shape = Shape::new(self.classes * PIXELS, self.hidden, 2, self.classes).unwrap();
        let mut rng = environment::rng(0, Stream::InitialWeights);
        Parameters::xavier_uniform(&shape, &mut rng, &Device::Cpu).unwrap()
    }
}

/// One benchmark of one case.
struct Bench<'a, 'b, 'c> {
    bencher: Bencher<'a, 'b>,
    case: &'c Case,
}

struct Forward<'a, 'b, 'c>(Bench<'a, 'b, 'c>);

impl EngineJob for Forward<'_, '_, '_> {
    type Output = ();

    fn run<M: EngineMaker>(self, maker: M) -> Result<()> {
        let Bench { bencher, case } = self.0;
        let engine = &maker.make(&[environment(case.classes)])?;
        let theta = case.parameters();
        bencher
            .counter(FORWARD.operations(case.hidden))
            .bench_local(|| engine.forward(&theta, 0).unwrap());
        Ok(())
    }
}

struct Pullback<'a, 'b, 'c>(Bench<'a, 'b, 'c>);

impl EngineJob for Pullback<'_, '_, '_> {
    type Output = ();

    fn run<M: EngineMaker>(self, maker: M) -> Result<()> {
        let Bench { bencher, case } = self.0;
        let engine = &maker.make(&[environment(case.classes)])?;
        let theta = case.parameters();
        let pass = engine.forward(&theta, 0)?;
        let cotangent = engine.targets(0).residual(&pass.logits)?;
        bencher
            .counter(PULLBACK.operations(case.hidden))
            .bench_local(|| engine.pullback(&theta, 0, &pass, &cotangent).unwrap());
        Ok(())
    }
}

struct HessianVector<'a, 'b, 'c>(Bench<'a, 'b, 'c>);

impl EngineJob for HessianVector<'_, '_, '_> {
    type Output = ();

    fn run<M: EngineMaker>(self, maker: M) -> Result<()> {
        let Bench { bencher, case } = self.0;
        let engine = &maker.make(&[environment(case.classes)])?;
        let theta = case.parameters();
        let (pass, direction) = engine.risk_gradient(&theta, 0)?;
        let products = match case.engine {
            EngineKind::Fused(_) if case.classes == 2 => HESSIAN_VECTOR_OF_ONE_LOGIT,
            _ => HESSIAN_VECTOR,
        };
        bencher
            .counter(products.operations(case.hidden))
            .bench_local(|| engine.hessian_vector(&theta, 0, &pass, &direction).unwrap());
        Ok(())
    }
}

#[divan::bench(sample_count = 10, args = cases())]
fn forward(bencher: Bencher, case: &Case) {
    case.run(Forward(Bench { bencher, case }));
}

#[divan::bench(sample_count = 10, args = cases())]
fn pullback(bencher: Bencher, case: &Case) {
    case.run(Pullback(Bench { bencher, case }));
}

#[divan::bench(sample_count = 10, args = cases())]
fn hessian_vector(bencher: Bencher, case: &Case) {
    case.run(HessianVector(Bench { bencher, case }));
}
