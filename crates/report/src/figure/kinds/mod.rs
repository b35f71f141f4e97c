//! The kinds of figures. A new kind is a file here that implements [`Drawn`], and three lines in this file.

mod accuracy;
mod accuracy_axis;
mod claims;
mod data;
mod drawn;
mod score_files;
mod search;
mod shift;
pub mod training;

use clap::Subcommand;

use drawn::Drawn;

/// The subcommands of `report figure`.
#[derive(Subcommand)]
pub enum Kind {
    Accuracy(accuracy::Args),
    Claims(claims::Args),
    Data(data::Args),
    Search(search::Args),
    Training(training::Args),
}

impl Kind {
    /// The kind behind its flags.
    pub fn drawn(&self) -> &dyn Drawn {
        match self {
            Self::Accuracy(args) => args,
            Self::Claims(args) => args,
            Self::Data(args) => args,
            Self::Search(args) => args,
            Self::Training(args) => args,
        }
    }
}
