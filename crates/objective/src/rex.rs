//! Risk extrapolation (Krueger et al. 2021): penalties on how far the environments' risks differ.

use crate::definition::{Definition, Form};
use crate::logits::{Loss, risks, total};
use crate::penalty::Penalty;

const CODE: &str =
    "github.com/capybaralet/REx_code_release, InvariantRiskMinimization/colored_mnist";

/// Σ_e R^e + w·Σ_{e<f} (R^e − R^f)².
///
/// For two environments that is (R¹ − R²)², the published code's penalty. In general it is
/// m²·Var_e(R^e) for m environments, Var being the population variance that the paper writes.
pub const V_REX: Definition = Definition {
    name: "v-rex",
    printed: "V-REx",
    formula: "sum_e R^e + w*sum_{e<f} (R^e - R^f)^2",
    source: "Krueger et al. 2021, V-REx; (R^1 - R^2)^2 of two environments, as in its code",
    environments: 2,
    penalty: Some(Penalty {
        weight: Penalty::WEIGHT.published("10000", CODE),
        anneal: Penalty::ANNEAL.published("100", CODE),
    }),
    settings: &[],
    variants: &[],
    form: Form::OfLogits(|environments, _| {
        let risks = risks(environments)?;
        let mut differences = Vec::new();
        for (e, one) in risks.iter().enumerate() {
            for other in &risks[e + 1..] {
                differences.push((one - other)?.sqr()?);
            }
        }
        Ok(Loss {
            base: total(&risks)?,
            penalty: Some(total(&differences)?),
        })
    }),
};

/// Σ_e R^e + w·(max_e R^e − min_e R^e): for two environments, w·|R¹ − R²|.
pub const MM_REX: Definition = Definition {
    name: "mm-rex",
    printed: "MM-REx",
    formula: "sum_e R^e + w*(max_e R^e - min_e R^e)",
    source: "Krueger et al. 2021, MM-REx; |R^1 - R^2| of two environments",
    environments: 2,
    penalty: Some(Penalty::ANNEALED),
    settings: &[],
    variants: &[],
    form: Form::OfLogits(|environments, _| {
        let risks = risks(environments)?;
        let mut largest = risks[0].clone();
        let mut smallest = risks[0].clone();
        for risk in &risks[1..] {
            largest = largest.maximum(risk)?;
            smallest = smallest.minimum(risk)?;
        }
        Ok(Loss {
            base: total(&risks)?,
            penalty: Some((largest - smallest)?),
        })
    }),
};
