//! The risk against PyTorch's values, and at logits where careless formulas give NaN.

use candle_core::{DType, Device, Tensor, Var};
use network::Targets;

fn targets(labels: &[u32], classes: usize) -> Targets {
    Targets::new(labels, classes, DType::F64, &Device::Cpu).unwrap()
}

fn rows(values: &[&[f64]]) -> Tensor {
    let width = values[0].len();
    Tensor::from_vec(values.concat(), (values.len(), width), &Device::Cpu).unwrap()
}

/// f64 rounding of a few operations on numbers near 1.
const TOLERANCE: f64 = 1e-14;

#[test]
fn two_classes_are_pytorchs() {
    let logits = rows(&[&[0.5], &[-2.0], &[3.0], &[-0.25]]);
    let risk: f64 = targets(&[1, 0, 0, 1], 2)
        .risk(&logits)
        .unwrap()
        .to_scalar()
        .unwrap();
    assert!((risk - BINARY).abs() < TOLERANCE, "{risk:.17}");
}

#[test]
fn three_classes_are_pytorchs() {
    let logits = rows(&[&[0.5, -1.0, 2.0], &[1.5, 0.25, -0.75]]);
    let risk: f64 = targets(&[2, 1], 3)
        .risk(&logits)
        .unwrap()
        .to_scalar()
        .unwrap();
    assert!((risk - CROSS_ENTROPY).abs() < TOLERANCE, "{risk:.17}");
}

#[test]
fn large_logits_stay_finite_and_zero_has_the_right_slope() {
    let logits = Var::from_tensor(&rows(&[&[1000.0], &[-1000.0], &[0.0], &[0.0]])).unwrap();
    let targets = targets(&[0, 1, 0, 1], 2);
    let risk = targets.risk(&logits).unwrap();
    let expected = (1000.0 + 1000.0 + 2.0 * std::f64::consts::LN_2) / 4.0;
    assert!((risk.to_scalar::<f64>().unwrap() - expected).abs() < 1e-12);
    let slopes = risk.backward().unwrap().get(&logits).unwrap().clone();
    let slopes: Vec<f64> = slopes.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(slopes, [0.25, -0.25, 0.125, -0.125]);
    let residual = targets.residual(&logits).unwrap().flatten_all().unwrap();
    assert_eq!(residual.to_vec1::<f64>().unwrap(), slopes);
}

// torch 2.15, float64: F.binary_cross_entropy_with_logits and F.cross_entropy of the values above.
const BINARY: f64 = 1.118_882_941_668_916_3;
const CROSS_ENTROPY: f64 = 0.910_991_953_032_190_6;
