//! What a checkpoint remembers of the run it comes from.

use std::collections::BTreeMap;

use environment::Recipe;
use network::Shape;
use objective::Value;
use serde::{Deserialize, Serialize};

use crate::train_loop::RunSettings;

/// The training run of a checkpoint: enough to make it again, on the same kind of CPU byte for byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Always [`Provenance::KIND`]: tells the file from other artifacts.
    pub kind: String,
    /// The program and its version.
    pub tool: String,
    /// The experiment that the run belongs to, as the user named it.
    pub experiment: Option<String>,
    /// The objective's name; ablations and the grayscale oracle have names of their own.
    pub objective: String,
    /// The objective's own settings by flag, where it has any. Version 0.1.0 wrote those of meta-IRM under `meta_irm`,
    /// which is not read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objective_settings: BTreeMap<String, Value>,
    /// Optimiser, step size, L2, steps and penalty weight.
    pub settings: RunSettings,
    /// The network's sizes.
    pub network: Shape,
    /// The tensor of the training environments that held the inputs, `images` or `inputs`. Version 0.1.0 did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tensor: Option<String>,
    /// The shape of one row of it; of images channels, height, width. Version 0.1.0 did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_shape: Option<Vec<usize>>,
    /// Number of classes k.
    pub classes: usize,
    /// Rows of one training environment, where all have the same number.
    pub n_per_env: Option<usize>,
    /// Seed of the initial weights.
    pub seed: u64,
    /// `fused` or `candle`: what computed the network.
    pub engine: String,
    /// Arithmetic of the network's products: `f32`, `bf16` or, on CUDA, `tf32`. Their sums are f32 in all three.
    pub precision: String,
    /// The training environments, in order.
    pub environments: Vec<EnvironmentUsed>,
}

impl Provenance {
    /// The value of [`Provenance::kind`].
    pub const KIND: &str = "checkpoint";
}

/// An environment that a run was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentUsed {
    /// SHA-256 of the file.
    pub sha256: String,
    /// What the file said of its origin.
    pub recipe: Option<Recipe>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OptimizerSettings;
    use serde_json::json;

    /// What version 0.1.0 wrote: meta-IRM's settings under a key of their own.
    #[test]
    fn a_checkpoint_of_version_0_1_0_is_read() {
        let old = json!({
            "kind": "checkpoint", "tool": "train 0.1.0", "experiment": "cmnist", "objective": "meta-irm",
            "meta_irm": {"inner_lr": 0.059, "inner_steps": 1, "first_order": false, "same_env": false, "no_std": false},
            "settings": {
                "lr": 0.00064, "l2": 0.00102, "steps": 290, "reset_adam": true,
                "penalty_weight": {"before": 1.0, "anneal": 195, "after": 684.0},
            },
            "network": {"inputs": 392, "hidden": [151, 151], "outputs": 1}, "classes": 2, "n_per_env": 25000,
            "seed": 7, "engine": "fused", "precision": "f32", "environments": [{"sha256": "ab", "recipe": null}],
        });
        let read: Provenance = serde_json::from_value(old).unwrap();
        assert_eq!((read.objective.as_str(), read.seed), ("meta-irm", 7));
        assert!(read.objective_settings.is_empty() && read.settings.reset_optimizer);
        assert_eq!(read.settings.optimizer, OptimizerSettings::Adam);
        assert!(!read.settings.no_rescale && read.settings.lr_change.is_none());
    }

    #[test]
    fn settings_come_back_as_they_were() {
        let settings: BTreeMap<String, Value> = [
            ("inner-lr", Value::Number(1.0)),
            ("inner-steps", Value::Count(3)),
            ("first-order", Value::Switch(true)),
        ]
        .map(|(flag, value)| (flag.to_owned(), value))
        .into();
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            text,
            r#"{"first-order":true,"inner-lr":1.0,"inner-steps":3}"#
        );
        let read: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, settings);
    }
}
