//! What a table can be written as. A new format is a file here with a `FORMAT`, a `mod` line, and its entry in [`FORMATS`].

mod csv;
mod latex;
pub mod markdown;
pub mod text;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use evidence::Comparison;

/// A value of `--format`, and what it writes.
#[derive(Clone, Copy)]
pub struct Format {
    /// The value.
    pub name: &'static str,
    /// What the help says of it.
    pub help: &'static str,
    /// Whether it has a place for a caption.
    pub has_caption: bool,
    /// Makes the text of a comparison under a caption, or under one of its own.
    pub renderer: fn(&Comparison, Option<&str>) -> Result<String>,
}

impl Format {
    /// The text of `comparison` under `caption`, or under a caption of the format's own.
    ///
    /// # Errors
    /// Only what the format's writer itself may report.
    pub fn render(&self, comparison: &Comparison, caption: Option<&str>) -> Result<String> {
        (self.renderer)(comparison, caption)
    }
}

/// All formats, in the order of the help.
pub const FORMATS: [Format; 4] = [text::FORMAT, markdown::FORMAT, latex::FORMAT, csv::FORMAT];

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &FORMATS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.help))
    }
}
