//! Every objective's gradient in the fused engine against the same in the reference engine, in f64.

use machine::{Arithmetic, Half, Single};
use network::Fused;
use objective::Objective;

use crate::finite_differences::objectives;
use crate::problem::{Problem, distance, problem_of};

fn compare<A: Arithmetic + Clone>(arithmetic: A, tolerance: f64) {
    for (count, classes) in [(2, 2), (3, 4)] {
        // Enough rows that no single ReLU, rounded to the other side of its kink, counts.
        let problem = problem_of(1500, count, classes, 3);
        for objective in objectives() {
            let error = error(&problem, &objective, arithmetic.clone(), classes);
            let name = objective.name();
            assert!(error < tolerance, "{name}, {}: {error}", arithmetic.name());
        }
    }
}

/// The relative error of the gradient.
fn error<A: Arithmetic>(
    problem: &Problem,
    objective: &Objective,
    arithmetic: A,
    classes: usize,
) -> f64 {
    let fused = Fused::new(&problem.environments, classes, arithmetic).unwrap();
    let weight = 3.0;
    let expected = objective
        .evaluate(&problem.engine, &problem.theta, weight)
        .unwrap();
    let theta = problem.theta.to_dtype(candle_core::DType::F32).unwrap();
    let found = objective.evaluate(&fused, &theta, weight).unwrap();
    let found = found.gradient.to_dtype(candle_core::DType::F64).unwrap();
    let expected: Vec<_> = expected.gradient.tensors().cloned().collect();
    let (error, size) = distance(&found, &expected);
    error / size
}

/// A few dozen f32 roundings of 6e-8; what cancels loses a digit: 2e-6 at most was measured.
#[test]
fn f32_is_the_reference_within_rounding() {
    compare(Single, 1e-5);
}

/// bf16 rounds operands at 0.2 %. The labels are random, so a gradient is what is left of terms that mostly
/// cancel, which magnifies it: 4.4 % at most was measured.
#[test]
fn bf16_is_the_reference_within_its_own_rounding() {
    if let Some(half) = Half::detect() {
        compare(half, 0.1);
    }
}
