//! Empirical risk minimisation.

use crate::logits::{LogitObjective, Loss, mean, risks};

/// mean_e R^e.
pub const ERM: LogitObjective = LogitObjective {
    name: "erm",
    formula: "mean_e R^e",
    penalised: false,
    environments: 1,
    loss: |environments| {
        Ok(Loss {
            base: mean(&risks(environments)?)?,
            penalty: None,
        })
    },
};
