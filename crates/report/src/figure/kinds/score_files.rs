//! What the figures that are drawn from scores share.

use std::path::PathBuf;

use anyhow::Result;
use evidence::References;

use super::drawn::Sources;
use crate::figure::output::Output;

/// The flags and files of a figure of scores.
#[derive(clap::Args)]
pub struct ScoreFiles {
    /// Published numbers, in the format that `report table` reads; they are drawn as hollow markers.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    #[command(flatten)]
    pub output: Output,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    pub scores: Vec<PathBuf>,
}

impl ScoreFiles {
    /// The files.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            files: &self.scores,
            reference: self.reference.as_deref(),
            claims: None,
        }
    }

    /// The published numbers.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn references(&self) -> Result<References> {
        References::read(self.reference.as_deref())
    }
}
