//! What a table can be written as. A new format is a file here with a `FORMAT`, a `mod` line, and its entry in [`FORMATS`].

mod csv;
mod format;
mod latex;
pub mod markdown;
pub mod text;

use clap::ValueEnum;
use clap::builder::PossibleValue;

pub use format::Format;

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
