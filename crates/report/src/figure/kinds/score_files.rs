//! What the figures that are drawn from scores share.

use std::path::PathBuf;

use anyhow::Result;
use evidence::References;
use score::Row;

use crate::figure::output::Output;
use crate::inputs;

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
    /// The published numbers and the rows of all score files.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(&self) -> Result<(References, Vec<Row>)> {
        let references = References::read(self.reference.as_deref())?;
        Ok((references, inputs::scores(&self.scores)?))
    }
}
