//! The command line of `report claims`.

use std::path::PathBuf;

use crate::grid::Format;
use crate::inputs;
use crate::usage::{self, UsageError};

const HELP: &str = "\
Each claim is tested by comparisons of rows, seed by seed. A comparison is supported or contradicted if the whole 95 % \
interval of its mean difference (Student's t over seeds) is on one side, else undecided. A claim is supported if all of its \
comparisons are, contradicted if one is, and untested without rows.

Each claim is judged twice: on the rows of the experiments that it names (fidelity), and on those of the experiments whose \
names end in -honest, whose settings were chosen without the test environment.

Examples:
  $ report claims --claims scripts/experiments/claims.csv \\
      --reference fixtures/reference.csv scores.csv

  Every number, for programs:
  $ report claims --claims scripts/experiments/claims.csv --format csv \\
      -o claims.csv scores.csv";

/// Judges what a paper says in words: supported, contradicted or undecided.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = HELP)]
pub struct Args {
    /// The claims, as CSV: claim, statement, source, comparison, rows, expected, margin, why, caveat
    /// (docs/formats.md)
    #[arg(long, value_name = "FILE")]
    pub claims: PathBuf,

    /// Published numbers, in the format that `report table` reads: the size of each difference in the
    /// paper. Without it only our differences are shown.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Where to write the verdicts; `-` is standard output.
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
        if *self.claims == *artifact::DASH {
            let message = "the claims cannot be standard input; name a file";
            return Err(usage::conflict(&["claims"], message));
        }
        inputs::check_stdin(&["claims"], self.reference.as_deref(), &self.scores)
    }
}
