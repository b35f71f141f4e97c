//! What an objective makes of its environments, and autograd through it.

use anyhow::Result;
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use network::{Engine, scalars};

/// Scalars in candle's autograd graph.
pub struct Loss {
    /// The part that is always there.
    pub base: Tensor,
    /// The part that the penalty weight multiplies, if the objective has one.
    pub penalty: Option<Tensor>,
}

impl Loss {
    /// Base and penalty; the penalty is 0 where there is none.
    pub(crate) fn values(&self) -> Result<(f64, f64)> {
        let values = scalars([&self.base].into_iter().chain(&self.penalty))?;
        Ok((values[0], values.get(1).copied().unwrap_or(0.0)))
    }

    /// Autograd from base + `weight`·penalty back to the variables it was made of.
    pub(crate) fn backward(&self, weight: f64) -> Result<GradStore> {
        let whole = match &self.penalty {
            Some(penalty) => (&self.base + (penalty * weight)?)?,
            None => self.base.clone(),
        };
        Ok(whole.backward()?)
    }
}

/// Σ of scalars; there is at least one.
pub(crate) fn total(scalars: &[Tensor]) -> Result<Tensor> {
    Ok(Tensor::stack(scalars, 0)?.sum_all()?)
}

/// Mean of scalars; there is at least one.
pub(crate) fn mean(scalars: &[Tensor]) -> Result<Tensor> {
    Ok(Tensor::stack(scalars, 0)?.mean_all()?)
}

/// A variable on the host, in f64: a GPU then has no small operation to do.
pub(crate) fn on_host(value: &Tensor) -> Result<Tensor> {
    let value = value.to_dtype(DType::F64)?.to_device(&Device::Cpu)?;
    Ok(Var::from_tensor(&value)?.as_tensor().clone())
}

/// From each environment's risk and number of rows predicted right: all risks, and all accuracies.
pub(crate) fn risks_and_accuracies<E: Engine>(engine: &E, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (pairs, _) = values.as_chunks::<2>();
    let pair =
        |(e, [risk, right]): (usize, &[f64; 2])| (*risk, right / engine.targets(e).rows() as f64);
    pairs.iter().enumerate().map(pair).unzip()
}

/// The message where no gradient comes back to environment `e`.
pub(crate) fn missing(e: usize) -> String {
    format!("the loss ignores environment {}", e + 1)
}
