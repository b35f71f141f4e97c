//! What a checkpoint remembers of the run it comes from: its provenance.

use environment::Recipe;
use network::Shape;
use objective::MetaIrm;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// The training run of a checkpoint: enough to make it again, on the same kind of CPU byte for byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Always [`Run::KIND`]: tells the file from other artifacts.
    pub kind: String,
    /// The program and its version.
    pub tool: String,
    /// The table that the run belongs to, as the user named it.
    pub experiment: Option<String>,
    /// The objective's name; ablations and the grayscale oracle have names of their own.
    pub objective: String,
    /// meta-IRM's settings.
    pub meta_irm: Option<MetaIrm>,
    /// Step size, L2, steps and penalty weight.
    pub settings: Settings,
    /// The network's sizes.
    pub network: Shape,
    /// Number of classes k.
    pub classes: usize,
    /// Rows of one training environment, where all have the same number.
    pub n_per_env: Option<usize>,
    /// Seed of the initial weights.
    pub seed: u64,
    /// `fused` or `candle`: what computed the network.
    pub engine: String,
    /// Arithmetic of the network's products, `f32` or `bf16`; their sums are f32 in both.
    pub precision: String,
    /// The training environments, in order.
    pub environments: Vec<EnvironmentUsed>,
}

impl Run {
    /// The value of [`Run::kind`].
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
