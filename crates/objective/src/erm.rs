//! Empirical risk minimisation.

use crate::definition::{Definition, Form};
use crate::loss::{Loss, mean};

/// mean_e R^e.
pub const ERM: Definition = Definition {
    name: "erm",
    printed: "ERM",
    formula: "mean_e R^e",
    source: "Vapnik 1992, Principles of risk minimization for learning theory",
    environments: 1,
    penalty: None,
    settings: &[],
    variants: &[],
    form: Form::OfRisks(|risks, _| {
        Ok(Loss {
            base: mean(risks)?,
            penalty: None,
        })
    }),
};
