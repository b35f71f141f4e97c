//! `report figure`: the paper's figures.

mod accuracy;
mod data;
mod draw;
mod output;
mod plot;
mod scored;
mod style;
mod training;
mod words;

use anyhow::Result;
use clap::Subcommand;

const HELP: &str = "\
Example (see \"report figure accuracy --help\" and its like for more):
  $ report figure accuracy --table cmnist -o cmnist.svg scores.csv";

/// Draws one figure, as SVG or PNG.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = HELP)]
pub struct Arguments {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    Accuracy(accuracy::Arguments),
    Data(data::Arguments),
    Training(training::Arguments),
}

/// Reads, gathers, draws, writes.
///
/// # Errors
/// What cannot be read or written, or leaves the figure empty.
pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.kind {
        Kind::Accuracy(arguments) => accuracy::run(arguments),
        Kind::Data(arguments) => data::run(arguments),
        Kind::Training(arguments) => training::run(arguments),
    }
}
