//! The command line of `report table`.

use std::path::PathBuf;

use evidence::Column;

use super::formats::{Format, Options, text};
use crate::inputs;
use crate::usage::{self, UsageError};

const EXAMPLES: &str = "\
Each cell shows our mean ± standard deviation over seeds in per cent, the paper's numbers beside it in brackets, and a mark \
for each rule of agreement. A cell can satisfy one rule without another. The notes under the table state the rules, and how \
many cells satisfy them.

The paper's experiments are cmnist, multiclass, insufficient, two-spurious and ablation.

Examples:
  One experiment, compared with the paper:
  $ report table --experiment cmnist --reference fixtures/reference.csv scores.csv

  Scores from a pipe, and a table for the web:
  $ cat scores.csv | report table --experiment cmnist --format markdown -o cmnist.md

  A table for a paper; its first lines say which packages it needs:
  $ report table --experiment cmnist --reference fixtures/reference.csv --format latex \\
      --caption \"Accuracy in per cent\" --label tab:cmnist -o cmnist.tex scores.csv

  Other test environments, without the paper:
  $ report table --experiment cmnist --columns train,0.1,0.5,0.9 scores.csv";

/// Makes one table of accuracies, one row per objective, beside the paper's numbers.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// The experiment to show: rows of the scores and of the reference whose `experiment` is NAME are
    /// taken.
    #[arg(long, value_name = "NAME")]
    pub experiment: String,

    /// Numbers to compare with, as CSV: experiment, objective, classes, n_per_env, column, mean (per
    /// cent), std (points), origin (paper or author-page), and row if several rows have that objective.
    /// Without it nothing is compared.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// Columns, separated by commas: a p_e from 0 to 1 for the test environment of that p_e, NAME or
    /// "NAME P" for the environment of that name (and p_e P), or `train` for the mean over the
    /// training environments [default: the columns of the reference and those with names, or all].
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub columns: Option<Vec<Column>>,

    /// What to write.
    #[arg(long, value_enum, default_value_t = text::FORMAT)]
    pub format: Format,

    /// Heading of the table, in all formats but csv [default: the experiment's name, the unit and what
    /// the cells show].
    #[arg(long, value_name = "TEXT")]
    pub caption: Option<String>,

    /// The name by which LaTeX refers to the table, as in \ref{NAME}; only with --format latex. Letters, digits and : . _ - /
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub label: Option<String>,

    /// Show the marks of the verdicts in LaTeX too. Only with --format latex: text and Markdown always show them.
    #[arg(long)]
    pub marks: bool,

    /// Where to write the table; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    pub output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    pub scores: Vec<PathBuf>,
}

/// A label that means the same to every package of LaTeX.
fn label(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":._-/".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("expected letters, digits and : . _ - / such as tab:cmnist".to_owned()),
    }
}

impl Args {
    /// What is asked of the table besides its numbers.
    pub fn options(&self) -> Options<'_> {
        Options {
            caption: self.caption.as_deref(),
            label: self.label.as_deref(),
            marks: self.marks,
        }
    }

    /// Refuses flags that contradict each other, which clap alone cannot tell.
    ///
    /// # Errors
    /// Says which.
    pub fn check(&self) -> Result<(), UsageError> {
        if !self.format.has_caption && self.caption.is_some() {
            let message = format!("--caption has no place in --format {}", self.format.name);
            return Err(usage::conflict(&["table"], message));
        }
        for (flag, given) in [("--label", self.label.is_some()), ("--marks", self.marks)] {
            if given && !self.format.has_label {
                let message = format!(
                    "{flag} has no place in --format {}, only in latex",
                    self.format.name
                );
                return Err(usage::conflict(&["table"], message));
            }
        }
        inputs::check_stdin(&["table"], self.reference.as_deref(), &self.scores)
    }
}
