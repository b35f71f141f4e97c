//! `report figure`: the paper's figures, and its claims as a figure.

mod captions;
mod drawing;
mod kinds;
mod output;

use anyhow::Result;

use crate::inputs;
use crate::training_log::Log;

const HELP: &str = "\
Example (more in the help of each kind, such as \"report figure accuracy --help\"):
  $ report figure accuracy --experiment cmnist -o cmnist.svg scores.csv";

/// Draws one figure, as SVG or PNG.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = HELP)]
pub struct Args {
    #[command(subcommand)]
    kind: kinds::Kind,
}

/// The figure of `report figure training` as SVG.
///
/// # Errors
/// Where the logs cannot be drawn.
pub fn training(title: String, logs: &[Log]) -> Result<String> {
    drawing::encode::svg(&kinds::training::figure(title, logs)?)
}

/// Reads, gathers, draws, writes.
///
/// # Errors
/// What cannot be read or written, or leaves the figure empty, and a
/// [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    let kind = args.kind.drawn();
    let output = kind.output();
    let format = output.format(kind.name())?;
    let sources = kind.sources();
    inputs::check_stdin(&["figure", kind.name()], sources.reference, sources.files)?;
    let files = inputs::or_stdin(sources.files);
    let files = files.iter().map(|file| file.as_path());
    output.check(files.chain(sources.reference).chain(sources.claims))?;
    output.write(&kind.figure()?, format)
}
