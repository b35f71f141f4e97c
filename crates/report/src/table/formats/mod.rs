//! What a table can be written as. A new format is a file here with a `FORMAT`, a `mod` line, and its entry in [`FORMATS`].

mod csv;
mod latex;
pub mod markdown;
pub mod text;

use anyhow::Result;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use evidence::Comparison;

/// What is asked of a table besides its numbers.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Its heading; one of the format's own where there is none.
    pub caption: Option<&'a str>,
    /// The name by which LaTeX refers to it.
    pub label: Option<&'a str>,
    /// Whether LaTeX shows the verdicts.
    pub marks: bool,
}

/// A value of `--format`, and what it writes.
#[derive(Clone, Copy)]
pub struct Format {
    /// The value.
    pub name: &'static str,
    /// What the help says of it.
    pub help: &'static str,
    /// Whether it has a place for a caption.
    pub has_caption: bool,
    /// Whether it has a label, and leaves the verdicts out unless they are asked for.
    pub has_label: bool,
    /// Makes the text of a comparison.
    pub renderer: fn(&Comparison, &Options) -> Result<String>,
}

impl Format {
    /// The text of `comparison`.
    ///
    /// # Errors
    /// Only what the format's writer itself may report.
    pub fn render(&self, comparison: &Comparison, options: &Options) -> Result<String> {
        (self.renderer)(comparison, options)
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
