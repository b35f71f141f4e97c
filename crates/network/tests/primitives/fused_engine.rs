//! The fused engine against the candle engine.

use candle_core::{DType, Device, Tensor};
use kernels::{Arithmetic, F32, Kernel, KernelVisitor};
use network::{CandleEngine, Engine, FusedEngine, Parameters, Shape};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::problem::{environment, numbers, parameters};
use crate::rounded::Rounded;

/// (rows, units, hidden layers, classes): sizes that fill no tile, linear and deep, several blocks.
const CASES: [(usize, usize, usize, usize); 10] = [
    (1, 1, 1, 2),
    (40, 16, 2, 2),
    (41, 17, 2, 10),
    (700, 50, 3, 3),
    (40, 48, 0, 2),
    (33, 100, 0, 7),
    (2000, 33, 2, 2),
    (2000, 20, 1, 10),
    (3001, 15, 4, 5),
    (450, 48, 2, 2),
];

/// ‖a − b‖ / ‖b‖.
fn relative(a: &Parameters, b: &Parameters) -> f64 {
    let error = a.add_scaled(-1.0, b).unwrap();
    let norm = |p: &Parameters| p.dot(p).unwrap().sqrt();
    norm(&error) / norm(b)
}

fn relative_of(a: &Tensor, b: &Tensor) -> f64 {
    let norm = |t: &Tensor| {
        t.sqr()
            .unwrap()
            .sum_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap()
            .sqrt()
    };
    f64::from(norm(&(a - b).unwrap()) / norm(b))
}

/// Each primitive on every case, with the greatest relative error allowed.
fn compare<A: Arithmetic + Clone>(arithmetic: A, tolerance: f64) {
    let kinds = CASES
        .iter()
        .zip(0..)
        .flat_map(|(case, seed)| [(case, seed, true), (case, seed, false)]);
    for (&(rows, units, layers, classes), seed, images) in kinds {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let environment = match images {
            true => environment(rows, classes.min(3), classes, &mut rng),
            false => numbers(rows, classes, &mut rng),
        };
        let shape = Shape::new(environment.width(), units, layers, classes).unwrap();
        let theta = parameters(&shape, &mut rng).to_dtype(DType::F32).unwrap();
        let v = parameters(&shape, &mut rng).to_dtype(DType::F32).unwrap();
        let environments = std::slice::from_ref(&environment);
        let candle = CandleEngine::new(environments, classes, DType::F32, &Device::Cpu).unwrap();
        let fused = FusedEngine::new(environments, classes, arithmetic.clone()).unwrap();

        let expected = candle.forward(&theta, 0).unwrap();
        let found = fused.forward(&theta, 0).unwrap();
        // Bytes are exact in bf16; numbers are rounded like all operands, and with them the kinks of few rows move.
        let tolerance = if images { tolerance } else { 2.0 * tolerance };
        let case = format!(
            "{} {rows} rows of {}, {units}x{layers}, {classes} classes",
            arithmetic.precision(),
            environment.inputs.kind().tensor()
        );
        let check = |what: &str, error: f64| {
            assert!(error <= tolerance, "{case}: {what} is off by {error}");
        };
        check("the logits", relative_of(&found.logits, &expected.logits));

        // The same cotangent for both, so that only the pullback is compared.
        let cotangent = candle.targets(0).residual(&expected.logits).unwrap();
        check(
            "the pullback",
            relative(
                &fused.pullback(&theta, 0, &found, &cotangent).unwrap(),
                &candle.pullback(&theta, 0, &expected, &cotangent).unwrap(),
            ),
        );
        let product = candle.hessian_vector(&theta, 0, &expected, &v).unwrap();
        // From a pass that kept nothing for it, and from one that did.
        let along = fused.hessian_vector(&theta, 0, &found, &v).unwrap();
        check("the Hessian-vector product", relative(&along, &product));
        let (_, gradient) = candle.risk_gradient(&theta, 0).unwrap();
        let (kept, gradient_kept) = fused.risk_gradient(&theta, 0).unwrap();
        // Halved, for its cotangent comes of logits that are off themselves.
        check(
            "the risk's gradient",
            relative(&gradient_kept, &gradient) / 2.0,
        );
        check(
            "the logits of the pass kept",
            relative_of(&kept.logits, &expected.logits),
        );
        check(
            "the pullback of the pass kept",
            relative(
                &fused.pullback(&theta, 0, &kept, &cotangent).unwrap(),
                &gradient,
            ),
        );
        let along = fused.hessian_vector(&theta, 0, &kept, &v).unwrap();
        check("the product after the gradient", relative(&along, &product));
        let (logits, gradient_alone) = fused.logits_and_risk_gradient(&theta, 0).unwrap();
        check(
            "the gradient of a pass not kept",
            relative(&gradient_alone, &gradient) / 2.0,
        );
        check("its logits", relative_of(&logits, &expected.logits));
    }
}

/// Both sum in f32, in another order: some 1e-7 for each of a few hundred terms and four layers. A ReLU
/// at its kink may fall to the other side, but moves nothing then.
#[test]
fn f32_is_the_candle_engine_within_rounding() {
    compare(F32, 2e-5);
}

/// bf16 has 8 significant bits: an operand is off by up to 2⁻⁹ = 0.2 %, at random, and a primitive is a
/// chain of up to ten products. Measured: at most 1.2 %. (Where the rows are few, a ReLU within rounding of
/// its kink that falls to the other side counts for more.)
#[test]
fn bf16_is_the_candle_engine_within_its_own_rounding() {
    struct Compare;
    impl KernelVisitor for Compare {
        type Output = ();

        fn visit<A: Arithmetic + Copy>(self, kernel: A) {
            compare(kernel, 2e-2);
        }
    }

    compare(Rounded, 2e-2);
    for kernel in Kernel::all() {
        if kernel.precision() == "bf16" {
            kernel.accept(Compare);
        }
    }
}
