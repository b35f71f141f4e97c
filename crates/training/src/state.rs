//! Where a run stands between two updates: what it takes to go on with it.

use std::iter;
use std::path::Path;

use anyhow::{Context, Result, bail};
use artifact::TensorFile;
use candle_core::Device;
use network::Parameters;
use serde::{Deserialize, Serialize};

use crate::optimizer::{Optimizer, OptimizerSettings};
use crate::provenance::Provenance;

/// All that the next update depends on besides settings and environments. The penalty's weight follows from the number of
/// updates.
pub struct State {
    /// Updates made so far.
    pub updates: usize,
    /// The parameters.
    pub theta: Parameters,
    /// The optimiser.
    pub optimizer: Optimizer,
}

/// What a state's file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateProvenance {
    /// Always [`StateProvenance::KIND`].
    pub kind: String,
    /// Updates made so far.
    pub updates: usize,
    /// Updates that Adam has made since it started, or started anew; nothing with another optimiser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adam_step: Option<i32>,
    /// `cpu` or `cuda`.
    pub device: String,
    /// What the checkpoint says of its run.
    pub run: Provenance,
}

impl StateProvenance {
    /// The value of [`StateProvenance::kind`].
    pub const KIND: &str = "training-state";
}

/// What any artifact of ours says of itself.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// The prefix of θ's tensors.
const OF_THETA: &str = "";

impl State {
    /// The begin of a run.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(theta: Parameters, optimizer: OptimizerSettings) -> Result<Self> {
        Ok(Self {
            updates: 0,
            optimizer: Optimizer::new(optimizer, &theta)?,
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
        let bytes = artifact::read(path).context("--resume")?;
        let file =
            TensorFile::parse(&name, &bytes).with_context(|| format!("--resume: {expected}"))?;
        let kind = file.provenance::<Kind>().ok().flatten();
        match kind {
            Some(Kind { kind }) if kind == StateProvenance::KIND => {}
            Some(Kind { kind }) => {
                bail!("--resume: {name}: the file says that it is of kind {kind}; {expected}")
            }
            None => bail!("--resume: {name}: the file does not say of what run; {expected}"),
        }
        let found = file.provenance::<StateProvenance>()?;
        let found = found.context("a file that says its kind has provenance")?;
        let settings = found.run.settings.optimizer;
        let prefixes = [&[OF_THETA], settings.prefixes()].concat();
        let sets = network::decode_sets(&name, &file, &prefixes)
            .with_context(|| format!("--resume: {expected}"))?;
        found
            .run
            .network
            .check_said(&sets[0].shape()?)
            .with_context(|| format!("{name}: metadata field provenance: run"))?;
        let on_device = |set: Parameters| set.map(|tensor| tensor.to_device(device));
        let mut sets = sets.into_iter().map(on_device);
        let theta = sets.next().expect("θ has a prefix")?;
        let optimizer =
            Optimizer::from_sets(settings, found.adam_step, sets.collect::<Result<_>>()?)
                .with_context(|| format!("{name}: adam_step is missing; {expected}"))?;
        let state = Self {
            updates: found.updates,
            theta,
            optimizer,
        };
        Ok((state, found))
    }

    /// Writes the state of `run` after `updates` updates to `path`, in the place of an earlier one.
    ///
    /// # Errors
    /// Names the file and the system's reason.
    pub fn save(
        path: &Path,
        (updates, theta, optimizer): (usize, &Parameters, &Optimizer),
        device: &Device,
        run: &Provenance,
    ) -> Result<()> {
        let provenance = StateProvenance {
            kind: StateProvenance::KIND.to_owned(),
            updates,
            adam_step: optimizer.adam_step(),
            device: device_name(device).to_owned(),
            run: run.clone(),
        };
        let of_optimizer = run.settings.optimizer.prefixes().iter().copied();
        let sets: Vec<_> = iter::once((OF_THETA, theta))
            .chain(of_optimizer.zip(optimizer.sets()))
            .collect();
        network::save_sets(path, &sets, &provenance)
    }
}

/// What [`StateProvenance::device`] calls the device.
pub fn device_name(device: &Device) -> &'static str {
    if device.is_cuda() { "cuda" } else { "cpu" }
}
