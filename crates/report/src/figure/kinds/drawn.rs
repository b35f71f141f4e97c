//! What every kind of figure answers.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::figure::drawing::plot::Drawing;
use crate::figure::output::Output;

/// The files that a figure is drawn from, as named on the command line.
pub struct Sources<'a> {
    /// Scores or logs; none is standard input.
    pub files: &'a [PathBuf],
    /// Published numbers.
    pub reference: Option<&'a Path>,
    /// The paper's claims.
    pub claims: Option<&'a Path>,
}

/// What is drawn from files, as its flags say.
pub trait Drawn {
    /// The name of its subcommand.
    fn name(&self) -> &'static str;

    /// Where it goes.
    fn output(&self) -> &Output;

    /// What it is drawn from.
    fn sources(&self) -> Sources<'_>;

    /// Reads the files and makes the figure of what is there.
    ///
    /// # Errors
    /// What cannot be read, or that nothing is there to draw.
    fn figure(&self) -> Result<Drawing>;
}
