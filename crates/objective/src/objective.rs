//! An objective with its settings.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use network::{Alive, Engine, Parameters};

use crate::definition::{Definition, Form, Variant};
use crate::evaluation::Evaluation;
use crate::meta_irm::MetaIrm;
use crate::penalty::{Penalty, Schedule};
use crate::registry::{self, OBJECTIVES};
use crate::setting::{Settings, Value};
use crate::{logits, risks};

/// An objective with its settings.
///
/// ```
/// use objective::Objective;
///
/// let objective = Objective::from_name("meta-irm")?
///     .with("inner-lr", 0.059)?
///     .with("first-order", true)?;
/// assert_eq!(objective.name(), "meta-irm-first-order");
/// // All other settings have their defaults.
/// assert_eq!(objective.schedule().weight(0), 1.0);
/// assert_eq!(objective.schedule().weight(100), 100.0);
/// assert!(Objective::from_name("erm")?.with("inner-lr", 0.1).is_err());
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Objective {
    definition: &'static Definition,
    settings: Settings,
    seed: u64,
}

impl From<&'static Definition> for Objective {
    /// With the defaults of all settings.
    fn from(definition: &'static Definition) -> Self {
        Self {
            definition,
            settings: Settings::default(),
            seed: 0,
        }
    }
}

impl Objective {
    /// The objective that is called `name` in flags, with the defaults of all its settings.
    ///
    /// # Errors
    /// Where there is none; the message lists those there are.
    pub fn from_name(name: &str) -> Result<Self> {
        let definition = registry::find(name).with_context(|| {
            let known: Vec<_> = OBJECTIVES.iter().map(|known| known.name).collect();
            format!(
                "there is no objective {name}, expected one of: {}",
                known.join(", ")
            )
        })?;
        Ok(definition.into())
    }

    /// The same with `value` for the setting `flag`, which is named as the flag is, without dashes.
    ///
    /// # Errors
    /// Where the objective has no such setting, or the setting takes no such value.
    pub fn with(mut self, flag: &str, value: impl Into<Value>) -> Result<Self> {
        let name = self.definition.name;
        let setting = self
            .definition
            .setting(flag)
            .with_context(|| format!("{flag} has no meaning for the objective {name}"))?;
        let value = value.into();
        ensure!(
            setting.takes(&value),
            "{name}: {flag} is {value}, expected {}",
            setting.kind.expected()
        );
        self.settings.give(&setting, value);
        Ok(self)
    }

    /// The same with another seed than 0 for what it draws.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// What the registry states of it.
    pub fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// The settings that it was given.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The penalty's weight over the steps; 0 throughout where there is no penalty.
    pub fn schedule(&self) -> Schedule {
        let penalty = self.definition.penalty.as_ref();
        penalty.map_or(Schedule::NONE, |penalty| penalty.schedule(&self.settings))
    }

    /// Whether the optimiser is to start anew where the penalty's weight changes.
    pub fn resets_optimizer(&self) -> bool {
        self.settings.is_on(&Penalty::RESET_OPTIMIZER)
    }

    /// Whether the loss is left as it is where the penalty's weight is above 1, and not divided by that weight.
    pub fn is_not_rescaled(&self) -> bool {
        self.settings.is_on(&Penalty::NO_RESCALE)
    }

    /// The first step that is not annealed, counted from 0; `None` where there is no penalty. It is
    /// `Some` even if the weight is 0 in all steps; [`Objective::schedule`] then says 0 steps.
    pub fn anneal(&self) -> Option<usize> {
        let penalty = self.definition.penalty.as_ref()?;
        Some(self.settings.count(&penalty.anneal))
    }

    /// The value of each of its own settings, those of the penalty left out.
    pub fn own_settings(&self) -> BTreeMap<String, Value> {
        let own = self.definition.settings.iter();
        own.map(|setting| (setting.flag.to_owned(), self.settings.value(setting)))
            .collect()
    }

    /// The variants that hold for its settings.
    fn variants(&self) -> impl Iterator<Item = &'static Variant> {
        let schedule = self.schedule();
        let variants = self.definition.variants.iter();
        variants.filter(move |variant| (variant.holds)(&self.settings, &schedule))
    }

    /// The name under which results are filed: the objective's, or its ablation's.
    pub fn name(&self) -> String {
        let suffixes = self.variants().map(|variant| variant.suffix);
        self.definition.name.to_owned() + &suffixes.collect::<String>()
    }

    /// The fewest environments that it makes sense for.
    pub fn environments(&self) -> usize {
        let differ = self.variants().filter_map(|variant| variant.environments);
        differ.min().unwrap_or(self.definition.environments)
    }

    /// What is alive at the peak of a step over so many `environments`, the optimiser's moments left out.
    pub fn alive(&self, environments: usize) -> Alive {
        // θ, gradients, and what updates and sums make on the way.
        const STEP: usize = 7;
        match self.definition.form {
            Form::OfRisks(_) => Alive {
                vectors: STEP + 2 * environments,
                logits: 3,
                passes: 0,
            },
            Form::OfLogits(_) => Alive {
                vectors: STEP + 2 * environments,
                logits: 25,
                passes: 1,
            },
            Form::MetaIrm => MetaIrm::new(&self.settings).alive(STEP, environments),
        }
    }

    /// base + `weight`·penalty at `theta` and its gradient, over all environments of `engine`, with the draws of the first
    /// update.
    ///
    /// # Errors
    /// Where there are too few environments, and what the engine reports.
    ///
    /// ```
    /// use candle_core::{DType, Device};
    /// use environment::{Environment, Inputs, Stream};
    /// use network::{Parameters, CandleEngine, Shape};
    /// use objective::Objective;
    ///
    /// // Two images of 1 x 1 x 2 pixels in each environment.
    /// let images = Inputs::Images(vec![0, 9, 255, 200]);
    /// let environment =
    ///     |labels| Environment::new("made", &[2, 1, 1, 2], images.clone(), labels, 2);
    /// let environments = [environment(vec![0, 1]), environment(vec![1, 0])];
    /// let engine = CandleEngine::new(&environments, 2, DType::F32, &Device::Cpu)?;
    /// let rng = &mut environment::rng(0, Stream::InitialWeights);
    /// let theta = Parameters::xavier_uniform(&Shape::new(2, 4, 1, 2)?, rng, &Device::Cpu)?;
    ///
    /// let at_theta = Objective::from_name("v-rex")?.evaluate(&engine, &theta, 10.0)?;
    /// let [one, other] = at_theta.risks[..] else { unreachable!() };
    /// assert!((at_theta.base - (one + other)).abs() < 1e-6);
    /// assert!((at_theta.penalty - (one - other).powi(2)).abs() < 1e-6);
    /// # anyhow::Ok(())
    /// ```
    pub fn evaluate<E: Engine>(
        &self,
        engine: &E,
        theta: &Parameters,
        weight: f64,
    ) -> Result<Evaluation> {
        self.evaluate_update(0, engine, theta, weight)
    }

    /// As [`evaluate`](Self::evaluate), with the draws of the update `number`, counted from 0.
    ///
    /// # Errors
    /// As there.
    pub fn evaluate_update<E: Engine>(
        &self,
        number: usize,
        engine: &E,
        theta: &Parameters,
        weight: f64,
    ) -> Result<Evaluation> {
        let name = self.definition.name;
        let (fewest, found) = (self.environments(), engine.environments());
        ensure!(
            found >= fewest,
            "{name} needs {fewest} or more environments, found {found}"
        );
        match self.definition.form {
            Form::OfRisks(loss) => risks::evaluate(loss, &self.settings, engine, theta, weight),
            Form::OfLogits(loss) => logits::evaluate(loss, &self.settings, engine, theta, weight),
            Form::MetaIrm => {
                let draws = (self.seed, number);
                MetaIrm::new(&self.settings).evaluate(engine, theta, weight, draws)
            }
        }
        .context(name)
    }
}
