//! Risk extrapolation (Krueger et al. 2021): penalties on how far the environments' risks differ.

use anyhow::Result;
use candle_core::Tensor;

use crate::definition::{Definition, Form};
use crate::loss::{Loss, total};
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
    form: Form::OfRisks(|risks, _| {
        let mut differences = Vec::new();
        for (e, one) in risks.iter().enumerate() {
            for other in &risks[e + 1..] {
                differences.push((one - other)?.sqr()?);
            }
        }
        Ok(Loss {
            base: total(risks)?,
            penalty: Some(total(&differences)?),
        })
    }),
};

/// Σ_e R^e + w·(m·max_e R^e − Σ_e R^e) for m environments: for two, w·|R¹ − R²|.
///
/// The paper's objective is (1 − mλ)·max_e R^e + λ·Σ_e R^e with λ ≤ 1/m, in which λ < 0 extrapolates. Multiplied by m that is
/// Σ_e R^e + (1 − mλ)·(m·max_e R^e − Σ_e R^e), so w = 1 − mλ.
pub const MM_REX: Definition = Definition {
    name: "mm-rex",
    printed: "MM-REx",
    formula: "sum_e R^e + w*(m*max_e R^e - sum_e R^e), m environments",
    source: "Krueger et al. 2021, MM-REx: m*((1 - m*lambda)*max_e R^e + lambda*sum_e R^e) with w = 1 - m*lambda",
    environments: 2,
    penalty: Some(Penalty::ANNEALED),
    settings: &[],
    variants: &[],
    form: Form::OfRisks(|risks, _| {
        Ok(Loss {
            base: total(risks)?,
            penalty: Some(below_largest(risks)?),
        })
    }),
};

/// m·max_e R^e − Σ_e R^e = Σ_e (max_f R^f − R^e) of the m `risks`, of which there is at least one.
///
/// After the first k risks let M be the largest. The next risk R adds k·(R − M) to the sum where R is above M, for then
/// all k are further below the largest; else it adds M − R. Either is the larger of the two. With k = 1 that is |R² − R¹|,
/// without rounding.
fn below_largest(risks: &[Tensor]) -> Result<Tensor> {
    let mut largest = risks[0].clone();
    let mut sum = largest.zeros_like()?;
    for (k, risk) in risks.iter().enumerate().skip(1) {
        let above = (risk - &largest)?;
        sum = (sum + above.affine(k as f64, 0.0)?.maximum(&above.neg()?)?)?;
        largest = largest.maximum(risk)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_sum_below_the_largest_is_right_in_every_order() {
        // m·max − Σ = 4·7 − 15.5; of two, |2.5 − 7|.
        for (risks, expected) in [
            (&[7.0, 2.5, 1.0, 5.0][..], 12.5),
            (&[1.0, 2.5, 5.0, 7.0], 12.5),
            (&[2.5, 7.0, 5.0, 1.0], 12.5),
            (&[2.5, 7.0], 4.5),
            (&[7.0, 2.5], 4.5),
            (&[3.0, 3.0, 3.0], 0.0),
        ] {
            let scalars: Vec<_> = risks
                .iter()
                .map(|&risk: &f64| Tensor::new(risk, &Device::Cpu).unwrap())
                .collect();
            let found = below_largest(&scalars).unwrap().to_scalar::<f64>().unwrap();
            assert_eq!(found, expected, "{risks:?}");
        }
    }
}
