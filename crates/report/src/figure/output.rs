//! Where a figure goes, and in which format.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use super::drawing::encode::{png, svg};
use super::drawing::plot::Drawing;
use crate::notation::visible;
use crate::usage::{self, UsageError};

/// The flags that all figures share.
#[derive(clap::Args)]
pub struct Output {
    /// Heading of the figure [default: what is shown; of scores, also of which experiments].
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// What to write [default: what the output's name ends in, .svg or .png].
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Where to write the figure, 1200 pixels wide; `-` is standard output and needs --format.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// The formats of a figure.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    /// Vector graphics, with the text as text in the reader's sans-serif font.
    Svg,
    /// A bitmap, with the text in DejaVu Sans.
    Png,
}

impl Output {
    /// The format of a figure of this `kind`.
    ///
    /// # Errors
    /// Where none can be told.
    pub fn format(&self, kind: &'static str) -> Result<Format, UsageError> {
        self.format
            .or_else(|| by_extension(&self.output))
            .ok_or_else(|| {
                let message = format!(
                    "the format of {} cannot be told from its name: expected one that ends in .svg \
                     or .png, or --format",
                    self.output.display()
                );
                usage::conflict(&["figure", kind], message)
            })
    }

    /// Refuses an output that is one of `inputs`, cannot be written, or is a terminal.
    ///
    /// # Errors
    /// Names the file and the reason.
    pub fn check<'a>(&self, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
        artifact::check_output(&self.output, inputs)?;
        artifact::refuse_terminal(&self.output)
    }

    /// The heading chosen, or `default`.
    pub fn title(&self, default: String) -> String {
        visible(&self.title.clone().unwrap_or(default))
    }

    /// Draws `figure` and writes it.
    ///
    /// # Errors
    /// What cannot be drawn or written.
    pub fn write(&self, figure: &Drawing, format: Format) -> Result<()> {
        let bytes = match format {
            Format::Svg => svg(figure)?.into_bytes(),
            Format::Png => png(figure)?,
        };
        artifact::write(&self.output, &bytes)
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    Format::from_str(path.extension()?.to_str()?, true).ok()
}
