//! The command line.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::environment_file::EnvironmentFile;
use crate::stated::Stated;

fn help() -> String {
    format!(
        "{EXAMPLES}\n\nColumns: {}. accuracy is from 0 to 1, risk is in nats. Unknown values are left empty. Rows are \
         in the order of the command line, checkpoint by checkpoint. Checkpoints among the files of --env come \
         last.\n\nExit code: 0 for scores, 1 for an error, 2 for a mistake on the command line.",
        score::columns().join(", ")
    )
}

const EXAMPLES: &str = "\
Examples:
  $ env eval erm.safetensors --env test-0.1.safetensors test-0.9.safetensors

  Two checkpoints on all test environments, into a file:
  $ env eval -o scores.csv --env test-*.safetensors \\
      erm.safetensors meta.safetensors

  An environment with a name, and a checkpoint that another program trained:
  $ env eval --experiment mine --row \"my network\" --objective erm --seed 0 \\
      --env reversed=test-0.9.safetensors torch.safetensors

Shells have a command of their own called eval. So write env eval, or a path such as out/bin/eval.";

/// Scores checkpoints on environments: one CSV row per pair.
///
/// A checkpoint is a safetensors file with fc1.weight [h, in], fc1.bias [h], fc2.weight and so on, as
/// train or PyTorch writes it. An environment is a safetensors file with images and labels, as mkenv
/// writes it, or with inputs and labels.
#[derive(Debug, Parser)]
#[command(
    name = "eval",
    version,
    arg_required_else_help = true,
    after_long_help = help(),
    override_usage = "eval [OPTIONS] <CHECKPOINT>... --env <ENV>..."
)]
pub struct Args {
    /// Environments to score on, each a FILE, or NAME=FILE to name it in tables; one may be `-`, standard input
    ///
    /// A name begins with a letter and has letters, digits, dots, hyphens and underscores. A file whose own name holds = needs a
    /// folder before it: ./a=b.
    /// A file with a tensor fc1.weight is taken for a checkpoint, so `--env A B CHECKPOINT` works too.
    #[arg(long = "env", value_name = "ENV", required = true, num_args = 1..,
          value_parser = OsStringValueParser::new().try_map(EnvironmentFile::parse))]
    pub environments: Vec<EnvironmentFile>,

    /// Where the CSV goes; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,

    /// Also score environments that share source rows with the environments that a checkpoint was trained on
    ///
    /// Without it such an environment is refused, because its score would be no test score. A training environment itself is
    /// scored: its score is the training score.
    #[arg(long)]
    pub allow_overlap: bool,

    #[command(flatten)]
    pub stated: Stated,

    /// CPU threads, at most 1024; the result does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Take at most this much memory, in GiB [default: what is available]
    ///
    /// Sizes that need more are refused before anything is computed. The estimate may be off by a factor of two.
    #[arg(long, value_name = "GIB", value_parser = artifact::gibibytes)]
    pub memory_limit: Option<f64>,

    /// Checkpoints to score, before or after the environments; one may be `-`, standard input
    #[arg(value_name = "CHECKPOINT")]
    pub checkpoints: Vec<PathBuf>,
}

impl Args {
    /// Ends the program with a usage error where there is no checkpoint for certain, or standard input is asked for twice.
    pub fn check(&self) {
        if self.checkpoints.is_empty() && self.environments.len() < 2 {
            let message = "the following required arguments were not provided:\n  <CHECKPOINT>...";
            Self::command()
                .error(ErrorKind::MissingRequiredArgument, message)
                .exit();
        }
        if self.files().filter(|path| *path == artifact::DASH).count() > 1 {
            let message = "only one file can be read from standard input";
            Self::command()
                .error(ErrorKind::ArgumentConflict, message)
                .exit();
        }
    }

    /// All files of the command line.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let environments = self.environments.iter().map(|file| &file.path);
        environments.chain(&self.checkpoints)
    }
}
