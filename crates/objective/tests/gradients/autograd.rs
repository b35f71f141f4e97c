//! Every objective's gradient against candle's autograd through the whole computation.
//!
//! candle cuts gradients off the graph unless CANDLE_GRAD_DO_NOT_DETACH is set before a thread's first
//! `backward`; without it second-order terms vanish silently. So the comparison runs in a child process
//! that has the variable, and asserts that the second-order term is there.

use std::process::Command;

use crate::finite_differences::{meta_irm, objectives};
use crate::problem::{
    Problem, distance, irm_penalty, irm_penalty_of_halves, problem, risk, variables,
};
use candle_core::{Tensor, Var};
use objective::{Objective, Value};

const VARIABLE: &str = "CANDLE_GRAD_DO_NOT_DETACH";

/// Runs the ignored test `name` of this file in a process of its own with the variable set.
fn in_child(name: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(VARIABLE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_objective_with_every_setting() {
    in_child("autograd::child_every_objective_with_every_setting");
}

#[test]
fn meta_irm_has_its_second_order_term() {
    in_child("autograd::child_meta_irm_has_its_second_order_term");
}

/// Two ways through a dozen f64 products of numbers near 1, times a weight of 30.
const TOLERANCE: f64 = 1e-11;

fn sum(terms: &[Tensor]) -> Tensor {
    terms
        .iter()
        .skip(1)
        .fold(terms[0].clone(), |a, b| (a + b).unwrap())
}

fn gradients(loss: &Tensor, variables: &[Var]) -> Vec<Tensor> {
    let store = loss.backward().unwrap();
    variables
        .iter()
        .map(|v| store.get(v).unwrap().detach())
        .collect()
}

fn tensors(variables: &[Var]) -> Vec<Tensor> {
    variables.iter().map(|v| v.as_tensor().clone()).collect()
}

fn check(
    problem: &Problem,
    objective: &Objective,
    weight: f64,
    loss: &Tensor,
    expected: &[Tensor],
) {
    let found = objective
        .evaluate(&problem.engine, &problem.theta, weight)
        .unwrap();
    let value = found.base + weight * found.penalty;
    let name = objective.name();
    let expected_value = loss.to_scalar::<f64>().unwrap();
    assert!(
        (value - expected_value).abs() < TOLERANCE * (1.0 + value.abs()),
        "{name}: {value} {expected_value}"
    );
    let (error, size) = distance(&found.gradient, expected);
    assert!(size > 1e-3, "{name}: the gradient is too small to tell");
    assert!(
        error < TOLERANCE * (1.0 + size),
        "{name}: {error} of {size}"
    );
}

/// The penalty's weight.
const WEIGHT: f64 = 30.0;

/// base + weight·penalty as the formula of `objective` has it, in the graph of `theta`.
fn oracle(objective: &Objective, problem: &Problem, theta: &[Var]) -> Tensor {
    let on = |f: fn(&[Tensor], &environment::Environment) -> Tensor| -> Vec<Tensor> {
        let environments = problem.environments.iter();
        environments.map(|e| f(&tensors(theta), e)).collect()
    };
    let risks = on(risk);
    let m = risks.len() as f64;
    let mean = (sum(&risks) / m).unwrap();
    let squares: Vec<Tensor> = risks
        .iter()
        .map(|r| (r - &mean).unwrap().sqr().unwrap())
        .collect();
    let variance = (sum(&squares) / m).unwrap();
    let values: Vec<f64> = risks.iter().map(|r| r.to_scalar().unwrap()).collect();
    let place = |wanted: f64| values.iter().position(|&r| r == wanted).unwrap();
    let largest = &risks[place(values.iter().copied().fold(f64::MIN, f64::max))];
    match objective.definition().name {
        "erm" => mean,
        "irmv1" => {
            let halves = setting(objective, "product-of-halves") == Value::Switch(true);
            let of_one = if halves {
                irm_penalty_of_halves
            } else {
                irm_penalty
            };
            let penalty = (sum(&on(of_one)) / m).unwrap();
            (&mean + (penalty * WEIGHT).unwrap()).unwrap()
        }
        "v-rex" => (sum(&risks) + (&variance * (m * m * WEIGHT)).unwrap()).unwrap(),
        "mm-rex" => {
            // As the paper writes it, m times: w = 1 − mλ.
            let lambda = (1.0 - WEIGHT) / m;
            let published =
                (largest * (1.0 - m * lambda)).unwrap() + (sum(&risks) * lambda).unwrap();
            (published.unwrap() * m).unwrap()
        }
        "meta-irm" => {
            let cut = setting(objective, "first-order") == Value::Switch(true);
            meta_irm_oracle(objective, problem, theta, cut)
        }
        other => {
            panic!("{other} has no oracle here: write its formula, with its settings, in this test")
        }
    }
}

/// The value of a setting of its own.
fn setting(objective: &Objective, flag: &str) -> Value {
    objective.own_settings()[flag].clone()
}

#[test]
#[ignore = "run by every_objective_with_every_setting, in a process with the variable set"]
fn child_every_objective_with_every_setting() {
    for (count, classes) in [(2, 2), (2, 4), (3, 2), (3, 4)] {
        let problem = problem(count, classes, 3);
        let theta = variables(&problem.theta);
        for objective in objectives() {
            let loss = oracle(&objective, &problem, &theta);
            let expected = gradients(&loss, &theta);
            check(&problem, &objective, WEIGHT, &loss, &expected);
        }
    }
}

/// θ − α∇R^e(θ), in the graph; with `cut` the gradient is taken as a constant.
fn adapt(
    theta: &[Tensor],
    environment: &environment::Environment,
    alpha: f64,
    cut: bool,
) -> Vec<Tensor> {
    // candle keeps the gradients of variables only: here of zeros that are added to what θ has become.
    let zeros: Vec<Var> = theta
        .iter()
        .map(|t| Var::from_tensor(&t.zeros_like().unwrap()).unwrap())
        .collect();
    let here: Vec<Tensor> = theta
        .iter()
        .zip(&zeros)
        .map(|(t, zero)| (t + zero.as_tensor()).unwrap())
        .collect();
    let store = risk(&here, environment).backward().unwrap();
    theta
        .iter()
        .zip(&zeros)
        .map(|(t, zero)| {
            let gradient = store.get(zero).unwrap();
            let gradient = if cut {
                gradient.detach()
            } else {
                gradient.clone()
            };
            (t - (gradient * alpha).unwrap()).unwrap()
        })
        .collect()
}

/// Σ of the meta-losses + weight·σ; with `cut` the inner gradients are taken as constants.
fn meta_irm_oracle(objective: &Objective, problem: &Problem, theta: &[Var], cut: bool) -> Tensor {
    let Value::Number(inner_lr) = setting(objective, "inner-lr") else {
        panic!("inner-lr is no number");
    };
    let Value::Count(inner_steps) = setting(objective, "inner-steps") else {
        panic!("inner-steps is no whole number");
    };
    let same_env = setting(objective, "same-env") == Value::Switch(true);
    let over_sums = setting(objective, "std-over") == "sums".into();
    let sampled = setting(objective, "pairs") == "sample".into();
    let count = problem.environments.len();
    let mut losses = Vec::new();
    let mut sums = Vec::new();
    for (i, inner) in problem.environments.iter().enumerate() {
        let mut adapted = tensors(theta);
        for _ in 0..inner_steps {
            adapted = adapt(&adapted, inner, inner_lr, cut);
        }
        let before = losses.len();
        for (j, outer) in problem.environments.iter().enumerate() {
            // The draw is one of the environment crate's own tests; here it is taken as given.
            let left_out =
                sampled && !same_env && j != environment::other_environment(0, 0, i, count);
            if (i == j) == same_env && !left_out {
                losses.push(risk(&adapted, outer));
            }
        }
        let times = if sampled && !same_env { count - 1 } else { 1 };
        sums.push((sum(&losses[before..]) * times as f64).unwrap());
    }
    let total = sum(&sums);
    let spread = if over_sums { sums } else { losses };
    let m = spread.len() as f64;
    let mean = (sum(&spread) / m).unwrap();
    let squares: Vec<Tensor> = spread
        .iter()
        .map(|r| (r - &mean).unwrap().sqr().unwrap())
        .collect();
    let sigma = (sum(&squares) / m).unwrap().sqrt().unwrap();
    (total + (sigma * WEIGHT).unwrap()).unwrap()
}

#[test]
#[ignore = "run by meta_irm_has_its_second_order_term, in a process with the variable set"]
fn child_meta_irm_has_its_second_order_term() {
    let with = |settings: &[(&str, Value)]| {
        let settings = settings.iter();
        settings.fold(meta_irm(), |objective, (flag, value)| {
            objective.with(flag, value.clone()).unwrap()
        })
    };
    let on = Value::Switch(true);
    let three = Value::Count(3);
    let ablations = [
        with(&[]),
        with(&[("first-order", on.clone())]),
        with(&[("same-env", on.clone())]),
        with(&[("inner-steps", three.clone())]),
        with(&[("inner-steps", three), ("first-order", on.clone())]),
        with(&[("std-over", "pairs".into())]),
        with(&[("std-over", "pairs".into()), ("same-env", on.clone())]),
        with(&[("pairs", "sample".into())]),
        with(&[("pairs", "sample".into()), ("std-over", "pairs".into())]),
        with(&[("pairs", "sample".into()), ("same-env", on)]),
    ];
    for (count, classes) in [(2, 2), (3, 2), (3, 4)] {
        let problem = problem(count, classes, 3);
        let theta = variables(&problem.theta);
        for objective in &ablations {
            let loss = oracle(objective, &problem, &theta);
            let expected = gradients(&loss, &theta);
            check(&problem, objective, WEIGHT, &loss, &expected);

            let of =
                |cut: bool| gradients(&meta_irm_oracle(objective, &problem, &theta, cut), &theta);
            let (exact, cut) = (of(false), of(true));
            let second_order: f64 = exact
                .iter()
                .zip(&cut)
                .map(|(a, b)| {
                    (a - b)
                        .unwrap()
                        .sqr()
                        .unwrap()
                        .sum_all()
                        .unwrap()
                        .to_scalar::<f64>()
                        .unwrap()
                })
                .sum();
            assert!(
                second_order.sqrt() > 1e-2,
                "the second-order term is {}",
                second_order.sqrt()
            );
        }
    }
}
