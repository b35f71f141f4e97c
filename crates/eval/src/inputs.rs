//! Which of the files on the command line are checkpoints, and which are environments.
//!
//! `--env` takes every file up to the next flag, so `--env A B checkpoint` gives it the checkpoint too. The files' content
//! tells: a checkpoint holds `fc1.weight`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use artifact::TensorFile;
use environment::Environment;

use crate::args::Args;
use crate::environment_file::EnvironmentFile;

/// The files of a command line, each kind in the order of the command line.
pub struct Inputs {
    pub checkpoints: Vec<CheckpointFile>,
    /// Each with its file as named on the command line, and its name.
    pub environments: Vec<(EnvironmentFile, Environment)>,
}

/// A checkpoint that is read when it is scored, or whose bytes were read with the environments.
pub struct CheckpointFile {
    pub path: PathBuf,
    pub bytes: Option<Vec<u8>>,
}

/// Reads all files after `--env`, and sorts out the checkpoints among them.
///
/// # Errors
/// What cannot be read or is no environment, and where one kind of file is missing.
pub fn read(args: &Args) -> Result<Inputs> {
    let before = args.checkpoints.iter().map(|path| CheckpointFile {
        path: path.clone(),
        bytes: None,
    });
    let mut checkpoints: Vec<CheckpointFile> = before.collect();
    let mut environments = Vec::new();
    let alone = args.environments.len() == 1;
    for file in &args.environments {
        let path = &file.path;
        let name = artifact::display_name(path);
        let bytes = artifact::read(path)?;
        if !alone && is_checkpoint(&name, &bytes) {
            if let Some(given) = &file.name {
                bail!(
                    "{name}: the file is a checkpoint, but the name {given} is for an environment; give it without {given}="
                );
            }
            checkpoints.push(CheckpointFile {
                path: path.clone(),
                bytes: Some(bytes),
            });
        } else {
            environments.push((file.clone(), Environment::from_bytes(&name, &bytes)?));
        }
    }
    if checkpoints.is_empty() {
        bail!(
            "no checkpoint among the files {}; a checkpoint holds the tensor fc1.weight; name one before --env",
            listed(&args.environments)
        );
    }
    if environments.is_empty() {
        bail!(
            "no environment among the files {} after --env: all hold the tensor fc1.weight, as checkpoints do; \
             expected files with the tensors images and labels, or inputs and labels",
            listed(&args.environments)
        );
    }
    Ok(Inputs {
        checkpoints,
        environments,
    })
}

fn is_checkpoint(name: &str, bytes: &[u8]) -> bool {
    // What is no safetensors file is refused as an environment.
    TensorFile::parse(name, bytes).is_ok_and(|file| {
        let has = |tensor| file.header().has(tensor);
        has("fc1.weight") && !has("images") && !has("inputs")
    })
}

fn listed(files: &[EnvironmentFile]) -> String {
    artifact::listed(files.iter().map(|file| artifact::display_name(&file.path)))
}
