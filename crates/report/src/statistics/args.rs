//! The command line of `report statistics`.

use std::path::PathBuf;

use evidence::Column;

use crate::grid::Format;
use crate::inputs;
use crate::usage::{self, UsageError};

const EXAMPLES: &str = "\
Examples:
  $ report statistics --experiment cmnist scores.csv

  The accuracy of every seed:
  $ report statistics --experiment cmnist --seeds scores.csv

  Each two rows compared seed by seed, at p_e = 0.9:
  $ report statistics --experiment cmnist --pairs 0.9 scores.csv";

/// Prints what is known of each cell: mean, deviation, standard error and 95 % interval over seeds.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// The experiment to show: rows whose `experiment` is NAME are taken.
    #[arg(long, value_name = "NAME")]
    pub experiment: String,

    /// Also print the accuracy of every seed; --format csv always has it.
    #[arg(long)]
    pub seeds: bool,

    /// Compare each two rows seed by seed in one column, instead of printing cells. The column is `train`, a p_e, or an
    /// environment's name as in the heading of the table.
    #[arg(long, value_name = "COLUMN")]
    pub pairs: Option<Column>,

    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Where to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    pub output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    pub scores: Vec<PathBuf>,
}

impl Args {
    /// Refuses flags that contradict each other, which clap alone cannot tell.
    ///
    /// # Errors
    /// Says which.
    pub fn check(&self) -> Result<(), UsageError> {
        if self.seeds && self.pairs.is_some() {
            let message = "--seeds has no place beside --pairs; --format csv gives the difference of every seed";
            return Err(usage::conflict(&["statistics"], message));
        }
        inputs::check_stdin(&["statistics"], None, &self.scores)
    }
}
