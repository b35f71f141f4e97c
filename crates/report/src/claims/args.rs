//! The command line of `report claims`.

use std::path::PathBuf;

use crate::grid::Format;
use crate::inputs;
use crate::usage::{self, UsageError};

const HELP: &str = "\
Each claim is tested by comparisons of rows, seed by seed. A comparison has a mean difference over the seeds, with a 95 % \
interval (Student's t). It is supported if the whole interval is on the side that the claim expects, or within the margin. \
It is contradicted if the whole interval is on the other side, or outside the margin. Otherwise it is undecided, and without \
rows it is untested. A claim is supported if all of its comparisons are supported, and contradicted if one is contradicted.

Each claim is judged twice. fidelity: on the rows that it names. honest: on the same rows of the experiments whose names end \
in -honest. Their settings were chosen without the test environment.

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

    /// Published numbers, in the format that `report table` reads. With them, the difference in the paper is shown
    /// beside ours.
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
