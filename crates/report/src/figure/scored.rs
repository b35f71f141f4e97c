//! What the figures that are drawn from scores share.

use std::path::PathBuf;

use anyhow::Result;
use score::Row;

use super::output::{Format, Output};
use crate::reference::References;
use crate::{scores, usage};

/// The flags and files of a figure of scores.
#[derive(clap::Args)]
pub struct Scored {
    /// Published numbers, in the format that `report table` reads; they are drawn as hollow markers.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,

    #[command(flatten)]
    pub output: Output,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    scores: Vec<PathBuf>,
}

impl Scored {
    /// The figure's format, the published numbers and the rows of all score files; flags that
    /// contradict each other end with a usage error of the subcommand `kind`.
    ///
    /// # Errors
    /// What cannot be read, or an output that [`Output::check`] refuses.
    pub fn read(&self, kind: &str) -> Result<(Format, References, Vec<Row>)> {
        let format = self.output.format(kind);
        let reference = self.reference.as_deref();
        usage::one_stdin(&["figure", kind], reference, &self.scores);
        let inputs = self.scores.iter().map(PathBuf::as_path);
        self.output.check(inputs.chain(reference))?;
        Ok((
            format,
            References::read(reference)?,
            scores::read(&self.scores)?,
        ))
    }
}
