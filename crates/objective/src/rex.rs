//! Risk extrapolation (Krueger et al. 2021): penalties on how far the environments' risks differ.

use crate::logits::{LogitObjective, Loss, risks, total};

/// Σ_e R^e + w·Σ_{e<f} (R^e − R^f)².
///
/// For two environments that is (R¹ − R²)², the published code's penalty. In general it is
/// m²·Var_e(R^e) for m environments, Var being the population variance that the paper writes.
pub const V_REX: LogitObjective = LogitObjective {
    name: "v-rex",
    formula: "sum_e R^e + w*sum_{e<f} (R^e - R^f)^2",
    penalised: true,
    environments: 2,
    loss: |environments| {
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
    },
};

/// Σ_e R^e + w·(max_e R^e − min_e R^e): for two environments, w·|R¹ − R²|.
pub const MM_REX: LogitObjective = LogitObjective {
    name: "mm-rex",
    formula: "sum_e R^e + w*(max_e R^e - min_e R^e)",
    penalised: true,
    environments: 2,
    loss: |environments| {
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
    },
};
