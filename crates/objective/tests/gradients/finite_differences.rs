//! Every objective's gradient against the finite difference of its own value, in f64.

use crate::problem::problem;
use objective::{Kind, OBJECTIVES, Objective, Setting, Value};

/// meta-IRM with an inner step that is large enough to tell.
pub fn meta_irm() -> Objective {
    let objective = Objective::from_name("meta-irm").unwrap();
    objective.with("inner-lr", 0.4).unwrap()
}

/// A value of `setting` that is not its default.
fn changed(setting: &Setting) -> Value {
    match setting.kind {
        Kind::Number(default) => Value::Number(4.0 * default + 0.1),
        Kind::Whole(default) => Value::Count(default + 1),
        Kind::Positive(default) => Value::Count(default + 2),
        Kind::Switch => Value::Switch(true),
        Kind::Choice(choices) => choices[choices.len() - 1].into(),
    }
}

/// Every objective with the defaults of its own settings, and with another value of each.
pub fn objectives() -> Vec<Objective> {
    let mut objectives = vec![meta_irm()];
    for definition in &OBJECTIVES {
        let base = match definition.name {
            "meta-irm" => meta_irm(),
            _ => Objective::from(definition),
        };
        objectives.push(Objective::from(definition));
        for setting in definition.settings {
            objectives.push(base.clone().with(setting.flag, changed(setting)).unwrap());
        }
    }
    objectives
}

/// Whether what is called its gradient is another vector on purpose.
fn is_approximate(objective: &Objective) -> bool {
    objective.name().contains("-first-order")
}

/// Central differences with h = 1e-5 err by about h² + 1e-16/h ≈ 1e-10 times the weight of 30.
const H: f64 = 1e-5;
const TOLERANCE: f64 = 1e-7;

#[test]
fn gradients_are_finite_differences() {
    for objective in objectives() {
        if is_approximate(&objective) {
            continue;
        }
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
    let objective = meta_irm();
    let unweighted = objective.evaluate(&engine, &problem.theta, 0.0).unwrap();
    let weighted = objective.evaluate(&engine, &problem.theta, 1e6).unwrap();
    assert_eq!(weighted.penalty, 0.0);
    let difference = weighted
        .gradient
        .add_scaled(-1.0, &unweighted.gradient)
        .unwrap();
    assert_eq!(difference.dot(&difference).unwrap(), 0.0);
}

/// σ of the sums over j is not σ of all meta-losses, but where each sum has one term.
#[test]
fn sigma_over_sums_and_over_pairs_agree_where_a_sum_has_one_term() {
    for (count, same_env, agree) in [(2, false, true), (3, false, false), (3, true, true)] {
        let problem = problem(count, 2, 5);
        let at = |over: &'static str| {
            let objective = meta_irm().with("std-over", over).unwrap();
            let objective = objective.with("same-env", same_env).unwrap();
            let found = objective.evaluate(&problem.engine, &problem.theta, 30.0);
            let found = found.unwrap();
            (found.base, found.penalty, found.gradient)
        };
        let ((base, sums, gradient), (other_base, pairs, other)) = (at("sums"), at("pairs"));
        assert_eq!(base, other_base);
        assert_eq!(sums == pairs, agree, "{count} {same_env}: {sums} {pairs}");
        let apart = gradient.add_scaled(-1.0, &other).unwrap();
        assert_eq!(apart.dot(&apart).unwrap() == 0.0, agree, "{count}");
    }
}

#[test]
fn names_are_those_of_the_papers_tables() {
    let name = |flag: &str, value: Value| meta_irm().with(flag, value).unwrap().name();
    let on = Value::Switch(true);
    assert_eq!(meta_irm().name(), "meta-irm");
    assert_eq!(name("std-weight", Value::Number(0.0)), "meta-irm-no-std");
    assert_eq!(name("first-order", on.clone()), "meta-irm-first-order");
    assert_eq!(name("same-env", on), "meta-irm-same-env");
}

/// A setting that changes nothing is a flag that is ignored.
#[test]
fn every_setting_changes_the_gradient() {
    // With two environments some settings of meta-IRM are the same.
    let problem = problem(3, 2, 7);
    let gradient = |objective: &Objective| {
        let evaluation = objective.evaluate(&problem.engine, &problem.theta, 3.0);
        evaluation.unwrap().gradient
    };
    for definition in &OBJECTIVES {
        let default = Objective::from(definition);
        for setting in definition.settings {
            let other = default
                .clone()
                .with(setting.flag, changed(setting))
                .unwrap();
            let difference = gradient(&other)
                .add_scaled(-1.0, &gradient(&default))
                .unwrap();
            let size = difference.dot(&difference).unwrap().sqrt();
            assert!(size > 1e-6, "{}: {}", definition.name, setting.flag);
        }
    }
}

#[test]
fn a_setting_that_an_objective_lacks_or_a_value_that_it_does_not_take_is_refused() {
    let refused = |name: &str, flag: &str, value: Value, says: &str| {
        let objective = Objective::from_name(name).unwrap();
        let error = objective.with(flag, value).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    refused("erm", "inner-lr", Value::Number(1.0), "no meaning");
    refused("meta-irm", "inner-lr", Value::Number(-1.0), "0 or more");
    refused("meta-irm", "inner-steps", Value::Count(0), "1 or more");
    refused("meta-irm", "same-env", Value::Count(1), "true or false");
    refused("meta-irm", "std-over", "rows".into(), "sums or pairs");
    let error = Objective::from_name("vrex").unwrap_err().to_string();
    assert!(error.contains("erm, irmv1, v-rex"), "{error}");
}

#[test]
fn too_few_environments_are_refused() {
    let problem = problem(1, 2, 5);
    for (name, enough) in [
        ("erm", true),
        ("irmv1", true),
        ("v-rex", false),
        ("mm-rex", false),
        ("meta-irm", false),
    ] {
        let objective = Objective::from_name(name).unwrap();
        let evaluated = objective.evaluate(&problem.engine, &problem.theta, 1.0);
        assert_eq!(evaluated.is_ok(), enough, "{name}");
    }
    let same_env = meta_irm().with("same-env", true).unwrap();
    let evaluated = same_env.evaluate(&problem.engine, &problem.theta, 1.0);
    assert!(evaluated.is_ok());
}
