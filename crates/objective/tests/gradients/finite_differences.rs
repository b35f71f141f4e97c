//! Every objective's gradient against the finite difference of its own value, in f64.

use crate::problem::problem;
use objective::{LOGIT_OBJECTIVES, MetaIrm, Objective};

fn meta_irm() -> MetaIrm {
    MetaIrm {
        inner_lr: 0.4,
        inner_steps: 1,
        first_order: false,
        same_env: false,
        no_std: false,
    }
}

pub fn objectives() -> Vec<Objective> {
    let meta = [
        meta_irm(),
        MetaIrm {
            inner_steps: 3,
            ..meta_irm()
        },
        MetaIrm {
            same_env: true,
            ..meta_irm()
        },
    ];
    LOGIT_OBJECTIVES
        .iter()
        .map(Objective::OfLogits)
        .chain(meta.map(Objective::MetaIrm))
        .collect()
}

/// Central differences with h = 1e-5 err by about h² + 1e-16/h ≈ 1e-10 times the weight of 30.
const H: f64 = 1e-5;
const TOLERANCE: f64 = 1e-7;

#[test]
fn gradients_are_finite_differences() {
    for objective in objectives() {
        for (count, classes, weight) in [
            (2, 2, 0.0),
            (2, 2, 30.0),
            (3, 2, 2.0),
            (3, 3, 30.0),
            (2, 5, 7.0),
        ] {
            let problem = problem(count, classes, 11 + count as u64);
            let value = |by: f64| {
                let theta = problem.theta.add_scaled(by, &problem.direction).unwrap();
                let found = objective.evaluate(&problem.engine, &theta, weight).unwrap();
                found.base + weight * found.penalty
            };
            let expected = (value(H) - value(-H)) / (2.0 * H);
            let evaluation = objective
                .evaluate(&problem.engine, &problem.theta, weight)
                .unwrap();
            // A gradient in an autograd graph would keep every step's activations alive.
            assert!(evaluation.gradient.tensors().all(|t| !t.track_op()));
            let found = evaluation.gradient.dot(&problem.direction).unwrap();
            assert!(
                expected.abs() > 1e-3,
                "{} is too flat to tell",
                objective.name()
            );
            assert!(
                (found - expected).abs() < TOLERANCE * (1.0 + expected.abs()),
                "{} of {count} environments, {classes} classes, weight {weight}: {found}, expected {expected}",
                objective.name()
            );
        }
    }
}

/// Where all meta-losses are equal σ has a kink; the gradient there must be that of the base alone.
#[test]
fn equal_meta_losses_have_no_gradient_of_sigma() {
    let problem = problem(2, 2, 5);
    let twice = [
        problem.environments[0].clone(),
        problem.environments[0].clone(),
    ];
    let engine = network::CandleEngine::new(
        &twice,
        2,
        candle_core::DType::F64,
        &candle_core::Device::Cpu,
    )
    .unwrap();
    let objective = Objective::MetaIrm(meta_irm());
    let unweighted = objective.evaluate(&engine, &problem.theta, 0.0).unwrap();
    let weighted = objective.evaluate(&engine, &problem.theta, 1e6).unwrap();
    assert_eq!(weighted.penalty, 0.0);
    let difference = weighted
        .gradient
        .add_scaled(-1.0, &unweighted.gradient)
        .unwrap();
    assert_eq!(difference.dot(&difference).unwrap(), 0.0);
}

#[test]
fn names_are_those_of_the_papers_tables() {
    let name = |settings: MetaIrm| settings.name();
    assert_eq!(name(meta_irm()), "meta-irm");
    assert_eq!(
        name(MetaIrm {
            no_std: true,
            ..meta_irm()
        }),
        "meta-irm-no-std"
    );
    assert_eq!(
        name(MetaIrm {
            first_order: true,
            ..meta_irm()
        }),
        "meta-irm-first-order"
    );
    assert_eq!(
        name(MetaIrm {
            same_env: true,
            ..meta_irm()
        }),
        "meta-irm-same-env"
    );
}
