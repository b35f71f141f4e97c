//! Input files: those named, or standard input.

use std::path::{Path, PathBuf};

use anyhow::Result;
use score::Row;

use crate::usage::{self, UsageError};

/// The score rows of all `files`, or of standard input where there are none.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn scores(files: &[PathBuf]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for file in or_stdin(files) {
        let name = artifact::display_name(&file);
        rows.extend(score::read_rows(&name, &artifact::read(&file)?)?);
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
