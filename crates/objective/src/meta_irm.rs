//! Meta-learned invariant risk minimisation (Bae, Choi and Lee 2021).

use std::iter;

use anyhow::Result;
use candle_core::Tensor;
use network::{Alive, Engine, Parameters, Pass, scalars};

use crate::definition::{Definition, Form, Variant};
use crate::evaluation::Evaluation;
use crate::penalty::Penalty;
use crate::setting::{Range, Setting, Settings};

const PAPER: &str = "Bae, Choi and Lee 2021";
const LIGHT_MIRM: &str = "LightMIRM, ICDE 2023, Algorithm 1";

const INNER_LR: Setting = Setting::number("inner-lr", "ALPHA", 0.1)
    .means("α: step size of the inner gradient steps")
    .published("not given; our main table has 0.059", PAPER)
    .searched(Range::log(0.01, 1.0));

const INNER_STEPS: Setting = Setting::positive("inner-steps", "K", 1)
    .means("Number of inner gradient steps")
    .published("1", PAPER);

const STD_WEIGHT: Setting = Setting::number("std-weight", "LAMBDA", 100.0)
    .means(
        "λ: weight of σ, the standard deviation that --std-over names, after the first --anneal steps; 0 is the ablation \
         meta-irm-no-std",
    )
    .published("not given; our main table has 684", PAPER)
    .searched(Range::log(10.0, 10_000.0));

const FIRST_ORDER: Setting = Setting::switch("first-order")
    .means("Leave out the second derivatives: the ablation meta-irm-first-order");

const SAME_ENV: Setting = Setting::switch("same-env").means(
    "Take the meta-loss on the environment of the inner step: the ablation meta-irm-same-env",
);

const ALL: &str = "all";
const SAMPLE: &str = "sample";

const PAIRS: Setting = Setting::choice("pairs", "WHICH", &[ALL, SAMPLE])
    .means(
        "Where the result of an inner step is judged: all, on all other environments; or sample, on one other, which --seed \
         draws in each update. The loss on the drawn environment is multiplied by the number of other environments. With two \
         environments, or with --same-env, both do the same",
    )
    .published(ALL, PAPER);

const SUMS: &str = "sums";
const OF_PAIRS: &str = "pairs";

const STD_OVER: Setting = Setting::choice("std-over", "OVER", &[SUMS, OF_PAIRS])
    .means(
        "What σ is the standard deviation of: sums, for each inner environment the sum of its meta-losses; or pairs, all \
         meta-losses. With two environments, or with --same-env, both do the same",
    )
    .published(SUMS, LIGHT_MIRM);

/// Adapt to one environment, be judged on the others:
///
/// θ_i' = θ − α∇R^{e_i}(θ);  S_i = Σ_{j≠i} R^{e_j}(θ_i');  base = Σ_i S_i;  penalty = σ,
///
/// the population standard deviation of the sums S_i (LightMIRM, ICDE 2023, Algorithm 1), or of the meta-losses
/// R_ij = R^{e_j}(θ_i'). The paper's words fit both. With two environments a sum has one term, and both are the same.
///
/// With m environments these are m·(m − 1) meta-losses. A sample has m: S_i is then estimated by (m − 1)·R_ij with one j drawn
/// evenly from the others, whose mean over the draws is S_i. σ is that of the estimates, so it is larger than σ of the sums.
pub const META_IRM: Definition = Definition {
    name: "meta-irm",
    printed: "meta-IRM",
    formula: "sum_i S_i + lambda*std(S), S_i = sum_{j!=i} R^j(theta_i'), theta_i' = theta - alpha*grad R^i(theta)",
    source: PAPER,
    environments: 2,
    penalty: Some(Penalty {
        weight: STD_WEIGHT,
        ..Penalty::ANNEALED
    }),
    settings: &[
        INNER_LR,
        INNER_STEPS,
        PAIRS,
        STD_OVER,
        FIRST_ORDER,
        SAME_ENV,
    ],
    variants: &[
        Variant {
            suffix: "-no-std",
            printed: "meta-IRM w/o std. loss",
            environments: None,
            holds: |_, schedule| schedule.is_none(),
        },
        Variant {
            suffix: "-first-order",
            printed: "meta-IRM first-order",
            environments: None,
            holds: |settings, _| settings.is_on(&FIRST_ORDER),
        },
        Variant {
            suffix: "-same-env",
            printed: "meta-IRM same env.",
            environments: Some(1),
            holds: |settings, _| settings.is_on(&SAME_ENV),
        },
    ],
    form: Form::MetaIrm,
};

/// The settings that its computation depends on.
pub(crate) struct MetaIrm {
    /// α, the inner step's learning rate.
    inner_lr: f64,
    /// Number of inner steps, each of size α; 1 or more.
    inner_steps: usize,
    /// Whether each θ_i' is judged on one drawn environment, not on all others.
    sampled: bool,
    /// Whether σ is of the sums over j, not of all R_ij.
    of_sums: bool,
    /// Ablation: take ∂θ_i'/∂θ as the identity, leaving out the Hessian.
    first_order: bool,
    /// Ablation: judge on the environment adapted to, j = i.
    same_env: bool,
}

/// What is known of θ_i'.
struct Adapted<Trace> {
    steps: Vec<InnerStep<Trace>>,
    /// Of every environment that θ_i' is judged on.
    losses: Vec<MetaLoss>,
}

/// An inner step on environment i.
struct InnerStep<Trace> {
    /// Where it began, θ_i^t.
    theta: Parameters,
    /// Over environment i at `theta`.
    pass: Pass<Trace>,
}

/// One meta-loss R_ij.
struct MetaLoss {
    /// A scalar.
    value: Tensor,
    /// v_ij = ∇R^{e_j} at θ_i'.
    gradient: Parameters,
}

impl MetaIrm {
    pub(crate) fn new(settings: &Settings) -> Self {
        let same_env = settings.is_on(&SAME_ENV);
        Self {
            inner_lr: settings.number(&INNER_LR),
            inner_steps: settings.count(&INNER_STEPS),
            // There is nothing to draw from where the environment is the same.
            sampled: settings.is(&PAIRS, SAMPLE) && !same_env,
            of_sums: settings.is(&STD_OVER, SUMS),
            first_order: settings.is_on(&FIRST_ORDER),
            same_env,
        }
    }

    /// What is alive when all meta-losses are known, beside the `others` vectors of any step.
    pub(crate) fn alive(&self, others: usize, environments: usize) -> Alive {
        let one = self.same_env || self.sampled;
        let judged = if one { 1 } else { environments - 1 };
        // θ_i^t and its pass's operands for each inner step; θ_i'; v_ij.
        let each = 3 * self.inner_steps + 1 + judged;
        Alive {
            vectors: others + environments * each,
            logits: 8 * self.inner_steps,
            passes: self.inner_steps,
        }
    }

    /// The value and the exact gradient of base + `weight`·σ.
    ///
    /// With c_ij = ∂(base + weight·σ)/∂R_ij the gradient is Σ_i Π_t (I − αH_i(θ_i^t)) Σ_j c_ij·v_ij:
    /// everything is linear in v_ij, so one Hessian-vector product per inner environment and step. `draws`: the seed and the
    /// number of the update.
    pub(crate) fn evaluate<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        weight: f64,
        draws: (u64, usize),
    ) -> Result<Evaluation> {
        let count = engine.environments();
        let mut adapted = Vec::new();
        let mut risks = Vec::new();
        let mut right = Vec::new();
        for inner in 0..count {
            let (steps, theta) = self.adapt(engine, theta, inner)?;
            let at_theta = &steps[0].pass.logits;
            risks.push(engine.targets(inner).risk(at_theta)?);
            right.push(engine.targets(inner).right(at_theta)?);
            let losses = self.judges(inner, count, draws).into_iter();
            let losses = losses.map(|outer| MetaLoss::of(engine, &theta, outer));
            let losses = losses.collect::<Result<_>>()?;
            adapted.push(Adapted { steps, losses });
        }

        let losses = adapted.iter().flat_map(|adapted| &adapted.losses);
        let losses = losses.map(|loss| &loss.value);
        // All at once, for a GPU to be waited for once.
        let values = scalars(risks.iter().chain(&right).chain(losses))?;
        let (risks, values) = values.split_at(count);
        let (right, values) = values.split_at(count);
        let rows = (0..count).map(|e| engine.targets(e).rows() as f64);
        // One drawn meta-loss stands for those of all others.
        let times = match self.sampled {
            true => (count - 1) as f64,
            false => 1.0,
        };
        let (sigma, by_value) = match self.of_sums {
            true => deviation_of_sums(values, count, times),
            false => deviation(values),
        };
        let mut by_value = by_value.into_iter();
        let mut gradient: Option<Parameters> = None;
        for (inner, Adapted { steps, losses }) in adapted.into_iter().enumerate() {
            let mut v: Option<Parameters> = None;
            // In this order: when the losses end, zip has taken nothing of the next environment's from `by_value`.
            for (loss, by_value) in losses.into_iter().zip(&mut by_value) {
                let c = times + weight * by_value;
                v = Some(match v {
                    None => loss.gradient.scaled(c)?,
                    Some(sum) => sum.add_scaled(c, &loss.gradient)?,
                });
            }
            let v = v.expect("every environment is judged on at least one");
            let part = self.through_inner_steps(engine, steps, inner, v)?;
            gradient = Some(match gradient {
                None => part,
                Some(sum) => sum.add_scaled(1.0, &part)?,
            });
        }
        Ok(Evaluation {
            base: times * values.iter().sum::<f64>(),
            penalty: sigma,
            gradient: gradient.expect("there is at least one environment"),
            risks: risks.to_vec(),
            accuracies: right
                .iter()
                .zip(rows)
                .map(|(right, rows)| right / rows)
                .collect(),
        })
    }

    /// The environments on which θ_`inner`' is judged, of `count`.
    fn judges(&self, inner: usize, count: usize, (seed, number): (u64, usize)) -> Vec<usize> {
        match (self.same_env, self.sampled) {
            (true, _) => vec![inner],
            (false, true) => vec![environment::other_environment(seed, number, inner, count)],
            (false, false) => (0..count).filter(|&outer| outer != inner).collect(),
        }
    }

    /// The inner steps on environment `e`, and θ_e', at which they end.
    fn adapt<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Vec<InnerStep<E::Trace>>, Parameters)> {
        let mut theta = theta.clone();
        let mut steps = Vec::new();
        for _ in 0..self.inner_steps {
            let (pass, gradient) = engine.risk_gradient(&theta, e)?;
            let next = theta.add_scaled(-self.inner_lr, &gradient)?;
            steps.push(InnerStep { theta, pass });
            theta = next;
        }
        Ok((steps, theta))
    }

    /// (∂θ_i'/∂θ)ᵀ·`v`, from the last inner step back to the first: v ← v − α·H_i(θ_i^t)·v.
    fn through_inner_steps<E: Engine>(
        &self,
        engine: &E,
        steps: Vec<InnerStep<E::Trace>>,
        e: usize,
        mut v: Parameters,
    ) -> Result<Parameters> {
        if self.first_order {
            return Ok(v);
        }
        for InnerStep { theta, pass } in steps.into_iter().rev() {
            let product = engine.hessian_vector(&theta, e, &pass, &v)?;
            v = v.add_scaled(-self.inner_lr, &product)?;
        }
        Ok(v)
    }
}

impl MetaLoss {
    /// At `theta` = θ_i', on environment `outer`.
    fn of<E: Engine>(engine: &E, theta: &Parameters, outer: usize) -> Result<Self> {
        let (logits, gradient) = engine.logits_and_risk_gradient(theta, outer)?;
        Ok(Self {
            value: engine.targets(outer).risk(&logits)?,
            gradient,
        })
    }
}

/// The population standard deviation σ of `times` the sums of `count` equally many neighbours of `values`, and ∂σ/∂value of
/// each, which is `times` that of its sum.
fn deviation_of_sums(values: &[f64], count: usize, times: f64) -> (f64, Vec<f64>) {
    let terms = values.len() / count;
    let sums = values
        .chunks(terms)
        .map(|sum| times * sum.iter().sum::<f64>());
    let sums: Vec<f64> = sums.collect();
    let (sigma, by_sum) = deviation(&sums);
    let of_each = by_sum
        .into_iter()
        .flat_map(|by| iter::repeat_n(times * by, terms))
        .collect();
    (sigma, of_each)
}

/// The population standard deviation σ of `values` and ∂σ/∂value = (value − mean) / (m·σ) of each;
/// 0 where σ is 0, the point at which σ has a kink.
fn deviation(values: &[f64]) -> (f64, Vec<f64>) {
    let m = values.len() as f64;
    let mean = values.iter().sum::<f64>() / m;
    let sigma = (values.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / m).sqrt();
    let derivative = |r: &f64| {
        if sigma > 0.0 {
            (r - mean) / (m * sigma)
        } else {
            0.0
        }
    };
    (sigma, values.iter().map(derivative).collect())
}
