//! What every kind of figure answers.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::figure::drawing::plot::Drawing;
use crate::figure::output::Output;

/// What is drawn from files, as its flags say.
pub trait Drawn {
    /// The name of its subcommand.
    fn name(&self) -> &'static str;

    /// Where it goes.
    fn output(&self) -> &Output;

    /// The files it is drawn from, as named on the command line; none is standard input.
    fn files(&self) -> &[PathBuf];

    /// The file of published numbers.
    fn reference(&self) -> Option<&Path> {
        None
    }

    /// What else it reads.
    fn other_inputs(&self) -> Vec<&Path> {
        Vec::new()
    }

    /// Reads the files and makes the figure of what is there.
    ///
    /// # Errors
    /// What cannot be read, or that nothing is there to draw.
    fn figure(&self) -> Result<Drawing>;
}
