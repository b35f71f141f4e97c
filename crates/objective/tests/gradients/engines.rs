//! Every objective's gradient in the fused engine, and in the candle engine on CUDA, against the same in the
//! candle engine on the CPU, in f64.

use candle_core::{DType, Device};
use environment::Environment;
use kernels::{Arithmetic, F32, Kernel, KernelVisitor};
use network::{Engine, FusedEngine};
use objective::Objective;

use crate::finite_differences::objectives;
use crate::problem::{Problem, distance, problem_of};

/// Asserts that the relative error of every gradient is below `tolerance` in the engine that `engine` makes of
/// environments and a number of classes, on `device`.
fn compare<E: Engine>(
    name: &str,
    device: &Device,
    tolerance: f64,
    engine: impl Fn(&[Environment], usize) -> E,
) {
    for (count, classes) in [(2, 2), (3, 4)] {
        // Enough rows that no single ReLU, rounded to the other side of its kink, counts.
        let problem = problem_of(1500, count, classes, 3);
        let engine = engine(&problem.environments, classes);
        for objective in objectives() {
            let error = error(&problem, &objective, &engine, device);
            assert!(error < tolerance, "{}, {name}: {error}", objective.name());
        }
    }
}

/// The relative error of the gradient.
fn error(problem: &Problem, objective: &Objective, engine: &impl Engine, device: &Device) -> f64 {
    let weight = 3.0;
    let expected = objective
        .evaluate(&problem.engine, &problem.theta, weight)
        .unwrap();
    let theta = problem.theta.to_dtype(DType::F32).unwrap();
    let theta = theta.map(|t| t.to_device(device)).unwrap();
    let found = objective.evaluate(engine, &theta, weight).unwrap();
    let found = found.gradient.map(|t| t.to_device(&Device::Cpu)).unwrap();
    let found = found.to_dtype(DType::F64).unwrap();
    let expected: Vec<_> = expected.gradient.tensors().cloned().collect();
    let (error, size) = distance(&found, &expected);
    error / size
}

/// A few dozen f32 roundings of 6e-8; what cancels loses a digit: 2e-6 at most was measured.
#[test]
fn f32_is_the_candle_engine_within_rounding() {
    compare("f32", &Device::Cpu, 1e-5, |environments, classes| {
        FusedEngine::new(environments, classes, F32).unwrap()
    });
}

/// bf16 rounds operands at 0.2 %. The labels are random, so a gradient is what is left of terms that mostly
/// cancel, which magnifies it: 4.4 % at most was measured.
#[test]
fn bf16_is_the_candle_engine_within_its_own_rounding() {
    struct Compare;
    impl KernelVisitor for Compare {
        type Output = ();

        fn visit<A: Arithmetic + Copy>(self, kernel: A) {
            compare("bf16", &Device::Cpu, 0.1, |environments, classes| {
                FusedEngine::new(environments, classes, kernel).unwrap()
            });
        }
    }

    if let Some(kernel) = Kernel::bf16() {
        kernel.accept(Compare);
    }
}

/// Both engines on a GPU. `make check-cuda` runs it: it needs one. Rounding is as above; tf32 keeps 10 bits of operands, and
/// so rounds them at 0.05 %, a quarter of bf16's.
#[cfg(feature = "cuda")]
#[test]
fn cuda_is_the_candle_engine_within_rounding() {
    use kernels::cuda::Precision::{Bf16, F32, Tf32};

    let device = Device::new_cuda(0).unwrap();
    kernels::cuda::prepare(device.as_cuda_device().unwrap()).unwrap();
    compare("CUDA, candle", &device, 1e-5, |environments, classes| {
        network::CandleEngine::new(environments, classes, DType::F32, &device).unwrap()
    });
    for (precision, tolerance) in [(F32, 1e-5), (Tf32, 0.03), (Bf16, 0.1)] {
        let name = format!("CUDA, {}", precision.name());
        compare(&name, &device, tolerance, |environments, classes| {
            network::CudaEngine::new(environments, classes, precision, &device).unwrap()
        });
    }
}
