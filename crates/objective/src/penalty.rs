//! The penalty's weight over the course of a run, and the settings that say so.

use serde::{Deserialize, Serialize};

use crate::setting::{Range, Setting, Settings};

/// A penalty whose weight changes once. As in the published code of IRM and V-REx, the network first learns to predict
/// at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    /// The weight after the first steps, a number.
    pub weight: Setting,
    /// The number of first steps that have the weight of [`Penalty::BEFORE`].
    pub anneal: Setting,
}

const CODE_OF_IRM_AND_V_REX: &str = "code of Arjovsky et al. 2019 and of Krueger et al. 2021";

impl Penalty {
    /// The weight of a penalty that has none of its own.
    pub const WEIGHT: Setting = Setting::number("penalty-weight", "W", 10_000.0)
        .means(
            "Weight of the penalty after the first --anneal steps; if it is above 1, the whole loss is divided by it, unless \
             --no-rescale is given",
        )
        .searched(Range::log(100.0, 100_000.0));

    /// The weight in the first steps.
    pub const BEFORE: Setting = Setting::number("penalty-weight-before", "W", 1.0)
        .means(
            "Weight of the penalty (of meta-irm: of σ) in the first --anneal steps; if the later weight is 0 and this one is not \
             given, it is 0 too",
        )
        .published("1", CODE_OF_IRM_AND_V_REX);

    /// The number of first steps.
    pub const ANNEAL: Setting = Setting::whole("anneal", "STEPS", 100)
        .means(
            "Number of steps at the start that have the weight --penalty-weight-before; if --steps is not larger, the penalty \
             never has its later weight",
        )
        .searched(Range::integer(60, 200));

    /// Whether the optimiser forgets where the weight changes.
    pub const RESET_OPTIMIZER: Setting = Setting::switch("reset-optimizer")
        .formerly("reset-adam")
        .means("Start the optimiser anew after the first --anneal steps, because the gradient changes suddenly there")
        .published(
            "not done by the code of IRM and V-REx, done by DomainBed",
            "code of Arjovsky et al. 2019, Krueger et al. 2021, Gulrajani and Lopez-Paz 2021",
        );

    /// Whether the loss is left as it is where the weight is above 1.
    pub const NO_RESCALE: Setting = Setting::switch("no-rescale")
        .means("Do not divide the loss by the penalty's weight if that is above 1")
        .published(
            "the code of IRM and V-REx divides; meta-IRM's page and LightMIRM write no division",
            "code of Arjovsky et al. 2019, Krueger et al. 2021; Bae, Choi and Lee 2021; LightMIRM, ICDE 2023, Algorithm 1",
        );

    /// Weight and annealing as most objectives have them.
    pub const ANNEALED: Self = Self {
        weight: Self::WEIGHT,
        anneal: Self::ANNEAL,
    };

    /// All settings of the penalty.
    pub fn settings(&self) -> [Setting; 5] {
        [
            self.weight,
            Self::BEFORE,
            self.anneal,
            Self::RESET_OPTIMIZER,
            Self::NO_RESCALE,
        ]
    }

    /// The weight over the steps, as `settings` have it.
    pub fn schedule(&self, settings: &Settings) -> Schedule {
        let after = settings.number(&self.weight);
        if after == 0.0 && !settings.is_given(&Self::BEFORE) {
            return Schedule::NONE;
        }
        Schedule {
            before: settings.number(&Self::BEFORE),
            anneal: settings.count(&self.anneal),
            after,
        }
    }
}

/// A penalty weight that changes once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Weight in the first `anneal` steps.
    pub before: f64,
    /// Number of steps with the weight `before`.
    pub anneal: usize,
    /// Weight in all later steps.
    pub after: f64,
}

impl Schedule {
    /// No penalty at any step.
    pub const NONE: Self = Self {
        before: 0.0,
        anneal: 0,
        after: 0.0,
    };

    /// The weight in `step`, counted from 0.
    pub fn weight(&self, step: usize) -> f64 {
        if step < self.anneal {
            self.before
        } else {
            self.after
        }
    }

    /// Whether there is no penalty at any step, however many there are.
    pub fn is_none(&self) -> bool {
        self.before == 0.0 && self.after == 0.0
    }
}
