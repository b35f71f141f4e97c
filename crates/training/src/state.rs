//! Where a run stands between two updates: what it takes to go on with it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use candle_core::Device;
use network::Parameters;
use serde::{Deserialize, Serialize};

use crate::{Adam, Provenance};

/// All that the next update depends on besides settings and environments. The penalty's weight follows from the number of
/// updates.
pub struct State {
    /// Updates made so far.
    pub updates: usize,
    /// The parameters.
    pub theta: Parameters,
    /// The optimiser.
    pub adam: Adam,
}

/// What a state's file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateProvenance {
    /// Always [`StateProvenance::KIND`].
    pub kind: String,
    /// Updates made so far.
    pub updates: usize,
    /// Updates that Adam has made since it started, or started anew.
    pub adam_step: i32,
    /// `cpu` or `cuda`.
    pub device: String,
    /// What the checkpoint says of its run.
    pub run: Provenance,
}

impl StateProvenance {
    /// The value of [`StateProvenance::kind`].
    pub const KIND: &str = "training-state";
}

/// The prefixes of θ and of Adam's first and second moment.
const PREFIXES: [&str; 3] = ["", "adam.mean.", "adam.square."];

impl State {
    /// The begin of a run, with step size `lr`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(theta: Parameters, lr: f64) -> Result<Self> {
        Ok(Self {
            updates: 0,
            adam: Adam::new(&theta, lr)?,
            theta,
        })
    }

    /// Reads the state at `path` onto `device`.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn load(path: &Path, device: &Device) -> Result<(Self, StateProvenance)> {
        let name = artifact::display_name(path);
        let expected =
            "expected a state that train --checkpoint-every left, NAME.resume.safetensors";
        let (sets, found) = network::load_sets::<StateProvenance, 3>(path, PREFIXES)
            .with_context(|| format!("--resume: {expected}"))?;
        let found = found
            .with_context(|| format!("{name}: the file does not say of what run; {expected}"))?;
        ensure!(
            found.kind == StateProvenance::KIND,
            "{name}: the file says that it is a {}; {expected}",
            found.kind
        );
        found
            .run
            .network
            .check_said(&sets[0].shape()?)
            .with_context(|| format!("{name}: metadata field provenance: run"))?;
        let on_device = |set: Parameters| set.map(|tensor| tensor.to_device(device));
        let [theta, mean, square] = sets.map(on_device);
        let adam = Adam {
            lr: found.run.settings.lr,
            step: found.adam_step,
            mean: mean?,
            square: square?,
        };
        let state = Self {
            updates: found.updates,
            theta: theta?,
            adam,
        };
        Ok((state, found))
    }

    /// Writes the state of `run` after `updates` updates to `path`, in the place of an earlier one.
    ///
    /// # Errors
    /// Names the file and the system's reason.
    pub fn save(
        path: &Path,
        (updates, theta, adam): (usize, &Parameters, &Adam),
        device: &Device,
        run: &Provenance,
    ) -> Result<()> {
        let provenance = StateProvenance {
            kind: StateProvenance::KIND.to_owned(),
            updates,
            adam_step: adam.step,
            device: device_name(device).to_owned(),
            run: run.clone(),
        };
        let [of_theta, of_mean, of_square] = PREFIXES;
        let sets = [
            (of_theta, theta),
            (of_mean, &adam.mean),
            (of_square, &adam.square),
        ];
        network::save_sets(path, &sets, &provenance)
    }
}

/// What [`StateProvenance::device`] calls the device.
pub fn device_name(device: &Device) -> &'static str {
    if device.is_cuda() { "cuda" } else { "cpu" }
}
