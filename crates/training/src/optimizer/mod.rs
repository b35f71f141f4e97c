//! The optimisers: what turns a gradient into the next parameters.
//!
//! An optimiser is a file here: its state, `new`, and `update(&mut self, theta, gradient, lr) -> Result<Parameters>`. Its
//! variants of [`OptimizerSettings`] and [`Optimizer`] below say what it is given and what of its state a run that goes on needs.

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::Sgd;

use anyhow::Result;
use network::Parameters;
use serde::{Deserialize, Serialize};

/// Which optimiser, with what it is given besides the step size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum OptimizerSettings {
    /// [`Adam`].
    #[default]
    Adam,
    /// [`Sgd`].
    Sgd {
        /// M of v ← M·v + g, 0 or more and below 1.
        momentum: f64,
    },
}

/// An optimiser with its state.
pub enum Optimizer {
    /// [`Adam`].
    Adam(Adam),
    /// [`Sgd`].
    Sgd(Sgd),
}

impl OptimizerSettings {
    /// Whether it is the default, Adam.
    pub(crate) fn is_adam(&self) -> bool {
        *self == Self::Adam
    }

    /// What the tensors of its state are called: the prefixes of sets that are shaped like the parameters.
    pub(crate) fn prefixes(&self) -> &'static [&'static str] {
        match self {
            Self::Adam => &["adam.mean.", "adam.square."],
            Self::Sgd { momentum } if *momentum > 0.0 => &["sgd.velocity."],
            Self::Sgd { .. } => &[],
        }
    }
}

impl Optimizer {
    /// A fresh state for parameters shaped like `theta`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(settings: OptimizerSettings, theta: &Parameters) -> Result<Self> {
        Ok(match settings {
            OptimizerSettings::Adam => Self::Adam(Adam::new(theta)?),
            OptimizerSettings::Sgd { momentum } => Self::Sgd(Sgd::new(theta, momentum)?),
        })
    }

    /// `theta` after one step of size `lr` down `gradient`.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn update(
        &mut self,
        theta: &Parameters,
        gradient: &Parameters,
        lr: f64,
    ) -> Result<Parameters> {
        match self {
            Self::Adam(adam) => adam.update(theta, gradient, lr),
            Self::Sgd(sgd) => sgd.update(theta, gradient, lr),
        }
    }

    /// The sets of its state, in the order of [`OptimizerSettings::prefixes`].
    pub(crate) fn sets(&self) -> Vec<&Parameters> {
        match self {
            Self::Adam(Adam { mean, square, .. }) => vec![mean, square],
            Self::Sgd(Sgd { velocity, .. }) => velocity.iter().collect(),
        }
    }

    /// The updates that Adam has made, of which its next one depends on.
    pub(crate) fn adam_step(&self) -> Option<i32> {
        match self {
            Self::Adam(adam) => Some(adam.step),
            Self::Sgd(_) => None,
        }
    }

    /// The optimiser with the `sets` of its state, and [`Optimizer::adam_step`]; `None` where these are not what it has.
    pub(crate) fn from_sets(
        settings: OptimizerSettings,
        adam_step: Option<i32>,
        sets: Vec<Parameters>,
    ) -> Option<Self> {
        let mut sets = sets.into_iter();
        Some(match settings {
            OptimizerSettings::Adam => Self::Adam(Adam {
                step: adam_step?,
                mean: sets.next()?,
                square: sets.next()?,
            }),
            OptimizerSettings::Sgd { momentum } => Self::Sgd(Sgd {
                momentum,
                velocity: sets.next(),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Tensor};
    use network::Layer;

    pub fn parameters(values: &[f64]) -> Parameters {
        let weight = Tensor::from_slice(values, (1, values.len()), &Device::Cpu).unwrap();
        let bias = Tensor::zeros(1, DType::F64, &Device::Cpu).unwrap();
        Parameters {
            layers: vec![Layer { weight, bias }],
        }
    }

    pub fn values(theta: &Parameters) -> Vec<f64> {
        let weight = &theta.layers[0].weight;
        weight.squeeze(0).unwrap().to_vec1().unwrap()
    }

    #[test]
    fn settings_say_what_they_are_in_files() {
        for (settings, text) in [
            (OptimizerSettings::Adam, r#"{"name":"adam"}"#),
            (
                OptimizerSettings::Sgd { momentum: 0.9 },
                r#"{"name":"sgd","momentum":0.9}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&settings).unwrap(), text);
            let read: OptimizerSettings = serde_json::from_str(text).unwrap();
            assert_eq!(read, settings);
        }
    }
}
