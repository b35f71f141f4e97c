//! The kinds of figures. A new kind is a file here that implements [`Drawn`], and its lines in this file.

mod accuracy;
mod accuracy_axis;
mod data;
mod scored;
mod training;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Subcommand;

use super::drawing::plot::Figure;
use super::output::Output;

/// The subcommands of `report figure`.
#[derive(Subcommand)]
pub enum Kind {
    Accuracy(accuracy::Args),
    Data(data::Args),
    Training(training::Args),
}

impl Kind {
    /// The kind behind its flags.
    pub fn drawn(&self) -> &dyn Drawn {
        match self {
            Self::Accuracy(args) => args,
            Self::Data(args) => args,
            Self::Training(args) => args,
        }
    }
}

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

    /// Reads the files and makes the figure of what is there.
    ///
    /// # Errors
    /// What cannot be read, or that nothing is there to draw.
    fn figure(&self) -> Result<Figure>;
}
