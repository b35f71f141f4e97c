//! The three primitives against oracles that share no code with them: loops in f64, finite
//! differences, and the symmetry of the Hessian.

use candle_core::{DType, Device, Tensor};
use environment::{Environment, Inputs};
use network::{CandleEngine, Engine, Parameters, RowOrder, Shape};

use crate::problem::{environment, numbers, parameters};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

struct Case {
    environment: Environment,
    engine: CandleEngine,
    theta: Parameters,
    direction: Parameters,
}

fn case(rows: usize, layers: usize, classes: usize, seed: u64) -> Case {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let environment = environment(rows, classes.min(3), classes, &mut rng);
    case_of(environment, layers, classes, &mut rng)
}

/// [`case`] with inputs that are no images.
fn case_of_numbers(rows: usize, layers: usize, classes: usize, seed: u64) -> Case {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let environment = numbers(rows, classes, &mut rng);
    case_of(environment, layers, classes, &mut rng)
}

fn case_of(environment: Environment, layers: usize, classes: usize, rng: &mut ChaCha8Rng) -> Case {
    let shape = Shape::new(environment.width(), 5, layers, classes).unwrap();
    let environments = std::slice::from_ref(&environment);
    let engine = CandleEngine::new(environments, classes, DType::F64, &Device::Cpu).unwrap();
    Case {
        theta: parameters(&shape, rng),
        direction: parameters(&shape, rng),
        environment,
        engine,
    }
}

impl Case {
    fn risk(&self, theta: &Parameters) -> f64 {
        let pass = self.engine.forward(theta, 0).unwrap();
        let risk = self.engine.targets(0).risk(&pass.logits).unwrap();
        risk.to_scalar().unwrap()
    }

    fn gradient(&self, theta: &Parameters) -> Parameters {
        self.engine.risk_gradient(theta, 0).unwrap().1
    }

    fn hessian_vector(&self, v: &Parameters) -> Parameters {
        let pass = self.engine.forward(&self.theta, 0).unwrap();
        self.engine
            .hessian_vector(&self.theta, 0, &pass, v)
            .unwrap()
    }

    fn moved(&self, by: f64) -> Parameters {
        self.theta.add_scaled(by, &self.direction).unwrap()
    }
}

/// Central differences with step h err by about h²·f''' + 1e-16·|f|/h: some 1e-10 at h = 1e-5 for
/// values near 1. A ReLU that crosses its kink within h would err more; the seeds here have none.
const H: f64 = 1e-5;
const TOLERANCE: f64 = 1e-8;

/// (rows, hidden layers, classes): one block and several strips of blocks, linear and deep.
const CASES: [(usize, usize, usize); 6] = [
    (1, 2, 2),
    (40, 2, 2),
    (40, 1, 3),
    (40, 0, 4),
    (40, 3, 10),
    (5000, 2, 3),
];

/// A case of images and one of numbers for each of [`CASES`], with the number of hidden layers and of classes.
fn cases() -> impl Iterator<Item = (Case, usize, usize)> {
    CASES
        .into_iter()
        .zip(0..)
        .flat_map(|((rows, layers, classes), seed)| {
            [
                case(rows, layers, classes, seed),
                // Numbers reach further than pixels, so that of thousands of rows some would cross a kink within H.
                case_of_numbers(rows.min(600), layers, classes, seed),
            ]
            .map(|case| (case, layers, classes))
        })
}

#[test]
fn logits_and_risk_are_those_of_a_loop_over_rows() {
    for (case, layers, classes) in cases() {
        let pass = case.engine.forward(&case.theta, 0).unwrap();
        let logits: Vec<Vec<f64>> = pass.logits.to_vec2().unwrap();
        let (rows, width) = (case.environment.rows(), case.environment.width());
        let mut risk = 0.0;
        let mut correct = 0;
        for (position, row) in RowOrder::of(&case.environment).rows().enumerate() {
            let values = row * width..(row + 1) * width;
            let mut h: Vec<f64> = match &case.environment.inputs {
                Inputs::Images(bytes) => {
                    let bytes = bytes[values].iter();
                    bytes.map(|&byte| f64::from(byte) / 255.0).collect()
                }
                Inputs::Numbers(numbers) => numbers[values].iter().map(|&x| f64::from(x)).collect(),
            };
            for (l, layer) in case.theta.layers.iter().enumerate() {
                let weight: Vec<Vec<f64>> = layer.weight.to_vec2().unwrap();
                let bias: Vec<f64> = layer.bias.to_vec1().unwrap();
                h = weight
                    .iter()
                    .zip(bias)
                    .map(|(w, b)| b + w.iter().zip(&h).map(|(w, h)| w * h).sum::<f64>())
                    .map(|a| if l < layers { a.max(0.0) } else { a })
                    .collect();
            }
            for (found, expected) in logits[position].iter().zip(&h) {
                assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            }
            // Two classes are a softmax over the logits 0 and z.
            let scores = if classes == 2 { vec![0.0, h[0]] } else { h };
            let label = case.environment.labels[row] as usize;
            risk -= (scores[label].exp() / scores.iter().map(|s| s.exp()).sum::<f64>()).ln();
            let best = (0..classes).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            correct += usize::from(best == Some(label));
        }
        assert!((case.risk(&case.theta) - risk / rows as f64).abs() < 1e-12);
        assert_eq!(
            case.engine.targets(0).accuracy(&pass.logits).unwrap(),
            correct as f64 / rows as f64
        );
    }
}

#[test]
fn the_pullback_of_the_risk_is_its_finite_difference() {
    for (case, ..) in cases() {
        let expected = (case.risk(&case.moved(H)) - case.risk(&case.moved(-H))) / (2.0 * H);
        let found = case.gradient(&case.theta).dot(&case.direction).unwrap();
        assert!((found - expected).abs() < TOLERANCE, "{found} {expected}");
    }
}

#[test]
fn the_hessian_vector_product_is_the_gradients_finite_difference() {
    for (case, ..) in cases() {
        let found = case.hessian_vector(&case.direction);
        let difference = case
            .gradient(&case.moved(H))
            .add_scaled(-1.0, &case.gradient(&case.moved(-H)))
            .unwrap();
        let expected = difference.scaled(1.0 / (2.0 * H)).unwrap();
        let error = found.add_scaled(-1.0, &expected).unwrap();
        let error = error.dot(&error).unwrap().sqrt();
        let size = expected.dot(&expected).unwrap().sqrt();
        assert!(size > 1e-3, "the product is too small to tell: {size}");
        assert!(error < TOLERANCE * (1.0 + size), "{error} of {size}");
    }
}

#[test]
fn a_pullback_is_linear_in_the_cotangent() {
    let case = case(40, 2, 3, 7);
    let pass = case.engine.forward(&case.theta, 0).unwrap();
    let pull = |cotangent: &Tensor| {
        let pulled = case.engine.pullback(&case.theta, 0, &pass, cotangent);
        pulled.unwrap()
    };
    let one = pass.logits.sin().unwrap();
    let two = pass.logits.cos().unwrap();
    let whole = pull(&(&one + (&two * 3.0).unwrap()).unwrap());
    let parts = pull(&one).add_scaled(3.0, &pull(&two)).unwrap();
    let error = whole.add_scaled(-1.0, &parts).unwrap();
    assert!(error.dot(&error).unwrap().sqrt() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// uᵀ(Hv) = vᵀ(Hu), whatever the network.
    #[test]
    fn the_hessian_is_symmetric(
        rows in 1usize..30, layers in 0usize..4, classes in 2usize..5, seed: u64,
    ) {
        let case = case(rows, layers, classes, seed);
        let other = case.theta.map(|t| t.sin()).unwrap();
        let one = case.hessian_vector(&case.direction).dot(&other).unwrap();
        let two = case.hessian_vector(&other).dot(&case.direction).unwrap();
        prop_assert!((one - two).abs() < 1e-11 * (1.0 + one.abs()), "{one} {two}");
    }

    /// Every row is in one group, and a group's columns are all that is lit in its rows.
    #[test]
    fn groups_hold_every_row_once(rows in 1usize..60, channels in 1usize..5, seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let environment = environment(rows, channels, 2, &mut rng);
        let order = RowOrder::of(&environment);
        let Inputs::Images(images) = &environment.inputs else { unreachable!() };
        let mut seen: Vec<usize> = order.rows().collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        let width = channels * 6;
        for group in order.groups {
            for column in 0..width {
                let lit = group.rows.iter().any(|row| images[row * width + column] > 0);
                prop_assert!(!lit || group.columns.contains(&(column as u32)));
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let case = case(5000, 2, 3, 1);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let gradient = case.gradient(&case.theta);
            let product = case.hessian_vector(&case.direction);
            let bits = |parameters: Parameters| -> Vec<u64> {
                let values = parameters.tensors().flat_map(|t| {
                    let flat = t.flatten_all().unwrap();
                    flat.to_vec1::<f64>().unwrap()
                });
                values.map(f64::to_bits).collect()
            };
            (bits(gradient), bits(product))
        })
    };
    assert_eq!(run(1), run(3));
}
