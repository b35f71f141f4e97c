//! Periodic checkpoints: with `--checkpoint-every N`, the parameters after every N updates, and one file with what it takes
//! to go on from the last of them.

use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Result;
use candle_core::Device;
use network::Parameters;
use training::{Optimizer, Provenance, State};

/// Which updates are followed by a checkpoint, and where it goes.
pub struct PeriodicCheckpoints<'a> {
    /// Updates from one checkpoint to the next; `None`: there are none.
    every: Option<NonZeroUsize>,
    /// Where the run's last checkpoint goes; the periodic ones lie beside it.
    output: &'a Path,
}

impl<'a> PeriodicCheckpoints<'a> {
    /// A checkpoint after each `every` updates, beside `output`.
    pub fn new(every: Option<NonZeroUsize>, output: &'a Path) -> Self {
        Self { every, output }
    }

    /// Where the one after `updates` updates goes: `NAME.step-120.safetensors` beside
    /// `NAME.safetensors`.
    fn path(&self, updates: usize) -> PathBuf {
        let mut extension = OsString::from(format!("step-{updates}"));
        if let Some(own) = self.output.extension() {
            extension.push(".");
            extension.push(own);
        }
        self.output.with_extension(extension)
    }

    /// All that a run of `steps` updates writes.
    pub fn paths(&self, steps: usize) -> impl Iterator<Item = PathBuf> {
        let every = self.every.into_iter().map(NonZeroUsize::get);
        every.flat_map(move |n| (n..=steps).step_by(n).map(|updates| self.path(updates)))
    }

    /// Where the state goes that `--resume` reads: `NAME.resume.safetensors` beside `NAME.safetensors`. Each replaces the one
    /// before.
    pub fn state_path(&self) -> Option<PathBuf> {
        self.every?;
        let mut extension = OsString::from("resume");
        if let Some(own) = self.output.extension() {
            extension.push(".");
            extension.push(own);
        }
        Some(self.output.with_extension(extension))
    }

    /// Removes the state of a run that diverged, for from there it would diverge again.
    pub fn forget(&self) {
        if let Some(path) = self.state_path() {
            // There may be none yet.
            let _ = fs::remove_file(path);
        }
    }

    /// Writes `theta`, the parameters of `run` after `updates` updates, if a checkpoint is due. Its
    /// provenance is that of a run that ends there, which would be the same, byte for byte. Then writes the state, with `optimizer`.
    ///
    /// # Errors
    /// Names the file and the system's reason.
    pub fn save(
        &self,
        (updates, theta, optimizer): (usize, &Parameters, &Optimizer),
        device: &Device,
        run: &Provenance,
    ) -> Result<()> {
        let due = self.every.is_some_and(|n| updates.is_multiple_of(n.get()));
        if !due || updates == 0 {
            return Ok(());
        }
        let mut shorter = run.clone();
        shorter.settings.steps = updates;
        network::save(&self.path(updates), theta, &shorter)?;
        match self.state_path() {
            Some(path) => State::save(&path, (updates, theta, optimizer), device, run),
            None => Ok(()),
        }
    }
}
