//! What the registry states of an objective.

use std::iter;

use crate::logits::LogitLoss;
use crate::penalty::{Penalty, Schedule};
use crate::risks::RiskLoss;
use crate::setting::{Setting, Settings};

/// An objective as the registry states it: flags, help, usage errors, provenance, searches and reports read this.
///
/// One with two settings of its own; `train` makes `--share` and `--squared` of them:
///
/// ```
/// use objective::{Definition, Form, Loss, Range, Setting};
///
/// const SHARE: Setting = Setting::number("share", "S", 0.5)
///     .means("Share of the largest risk")
///     .searched(Range::linear(0.0, 1.0));
/// const SQUARED: Setting = Setting::switch("squared").means("Square the largest risk");
///
/// const WORST: Definition = Definition {
///     name: "worst",
///     printed: "Worst",
///     formula: "share*max_e R^e",
///     source: "an example",
///     environments: 1,
///     penalty: None,
///     settings: &[SHARE, SQUARED],
///     variants: &[],
///     form: Form::OfRisks(|risks, settings| {
///         let mut largest = risks[0].clone();
///         for risk in &risks[1..] {
///             largest = largest.maximum(risk)?;
///         }
///         if settings.is_on(&SQUARED) {
///             largest = largest.sqr()?;
///         }
///         let base = (largest * settings.number(&SHARE))?;
///         Ok(Loss { base, penalty: None })
///     }),
/// };
/// assert_eq!(WORST.all_settings().count(), 2);
/// ```
#[derive(Debug)]
pub struct Definition {
    /// Its name in flags and files.
    pub name: &'static str,
    /// Its name in print.
    pub printed: &'static str,
    /// Its formula in one line of ASCII. R^e is environment e's risk, w the penalty's weight.
    pub formula: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// The fewest environments it makes sense for.
    pub environments: usize,
    /// Its penalty, if it has one.
    pub penalty: Option<Penalty>,
    /// Settings of its own, without those of the penalty.
    pub settings: &'static [Setting],
    /// What it is called with certain settings, such as an ablation.
    pub variants: &'static [Variant],
    /// How it is computed.
    pub form: Form,
}

/// How an objective is computed.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A function of the environments' risks alone. It takes the least time and memory.
    OfRisks(RiskLoss),
    /// A function of the environments' logits.
    OfLogits(LogitLoss),
    /// Gradient steps on single environments, as meta-IRM takes them.
    MetaIrm,
}

/// An objective with certain settings that has a name of its own. The name is the objective's with the suffixes of all
/// variants that hold.
#[derive(Debug)]
pub struct Variant {
    /// What follows the objective's name, such as `-no-std`.
    pub suffix: &'static str,
    /// The whole name in print, where no other variant holds.
    pub printed: &'static str,
    /// The fewest environments it makes sense for, where that differs.
    pub environments: Option<usize>,
    /// Whether it holds.
    pub holds: fn(&Settings, &Schedule) -> bool,
}

impl Definition {
    /// Its own settings, then those of its penalty.
    pub fn all_settings(&self) -> impl Iterator<Item = Setting> {
        let penalty = self.penalty.iter().flat_map(Penalty::settings);
        self.settings.iter().copied().chain(penalty)
    }

    /// The setting with the flag `flag`, if it has one.
    pub fn setting(&self, flag: &str) -> Option<Setting> {
        self.all_settings().find(|setting| setting.flag == flag)
    }

    /// Names that it is filed under, and how they are printed: its own, and each variant's.
    pub(crate) fn names(&self) -> impl Iterator<Item = (String, &'static str)> {
        let variant =
            |variant: &Variant| (format!("{}{}", self.name, variant.suffix), variant.printed);
        iter::once((self.name.to_owned(), self.printed)).chain(self.variants.iter().map(variant))
    }
}
