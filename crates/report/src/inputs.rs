//! Input files: those named, or standard input.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use score::Row;

use crate::usage::{self, UsageError};

/// A file that was read.
pub struct Input {
    /// What messages and pages call it.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Input {
    /// The file `path`, or standard input.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self {
            name: artifact::display_name(path),
            bytes: artifact::read(path)?,
        })
    }

    /// As text.
    ///
    /// # Errors
    /// Names the file that is no UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.bytes)
            .map_err(|e| anyhow!("{}: not text in UTF-8: {e}", self.name))
    }
}

/// The score rows of all `files`, or of standard input where there are none.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn scores(files: &[PathBuf]) -> Result<Vec<Row>> {
    rows(&read(files)?)
}

/// All `files`, or standard input where there are none.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read(files: &[PathBuf]) -> Result<Vec<Input>> {
    let files = or_stdin(files);
    files.iter().map(|file| Input::read(file)).collect()
}

/// The score rows of all `inputs`.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn rows(inputs: &[Input]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for input in inputs {
        rows.extend(score::read_rows(&input.name, &input.bytes)?);
    }
    Ok(rows)
}

/// `files`, or standard input where there are none.
pub fn or_stdin(files: &[PathBuf]) -> Vec<PathBuf> {
    match files {
        [] => vec![PathBuf::from(artifact::DASH)],
        files => files.to_vec(),
    }
}

/// Refuses a command line of the subcommand `path` by which standard input would have to be two of the files.
///
/// # Errors
/// Says which.
pub fn check_stdin(
    path: &[&'static str],
    reference: Option<&Path>,
    files: &[PathBuf],
) -> Result<(), UsageError> {
    let files = or_stdin(files);
    let dashes = files.iter().filter(|file| *file == artifact::DASH).count();
    if dashes > 0 && reference == Some(Path::new(artifact::DASH)) {
        let message = "standard input cannot be both the reference and the scores; name a file for one of them";
        return Err(usage::conflict(path, message));
    }
    if dashes > 1 {
        let message = "only one file can be read from standard input";
        return Err(usage::conflict(path, message));
    }
    Ok(())
}
