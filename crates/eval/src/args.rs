//! The command line.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::environment_file::EnvironmentFile;
use crate::stated::Stated;

fn help() -> String {
    format!(
        "{EXAMPLES}\n\nColumns: {}. accuracy is a fraction of 1, risk is in nats. What a file does not say of \
         itself is left empty. Rows are in the order of the command line, checkpoint by checkpoint; checkpoints \
         among the files of --env come last.",
        score::columns().join(", ")
    )
}

const EXAMPLES: &str = "\
Examples:
  $ env eval erm.safetensors --env test-0.1.safetensors test-0.9.safetensors

  $ env eval -o scores.csv --env test-*.safetensors erm.safetensors meta.safetensors

  An environment with a name, and a checkpoint that another program trained:
  $ env eval --experiment mine --row \"my network\" --objective erm --seed 0 \\
      --env reversed=test-0.9.safetensors torch.safetensors

To a shell, eval alone is a command of its own: write env eval, or a path such as out/bin/eval.";

/// Scores checkpoints on environments: one CSV row per pair.
///
/// A checkpoint is a safetensors file with fc1.weight [h, in], fc1.bias [h], fc2.weight and so on, as
/// train or PyTorch writes it; an environment is one with images and labels, as mkenv writes it, or
/// inputs and labels.
#[derive(Debug, Parser)]
#[command(
    name = "eval",
    version,
    arg_required_else_help = true,
    after_help = help(),
    override_usage = "eval [OPTIONS] <CHECKPOINT>... --env <ENV>..."
)]
pub struct Args {
    /// Environments to score on, each a FILE, or NAME=FILE to name it in tables. A name is of letters, digits, dots,
    /// hyphens and underscores. A file whose own name holds = needs a folder before it: ./a=b. A
    /// checkpoint among the files is known by its tensor fc1.weight, so `--env A B CHECKPOINT` works
    /// too. One file may be `-`, standard input
    #[arg(long = "env", value_name = "ENV", required = true, num_args = 1..,
          value_parser = OsStringValueParser::new().try_map(EnvironmentFile::parse))]
    pub environments: Vec<EnvironmentFile>,

    /// Where the CSV goes; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,

    /// Also score an environment that shares rows of the source with the environments that a checkpoint was
    /// trained on. Without it only the training environments themselves are scored, and environments of
    /// rows that were not trained on
    #[arg(long)]
    pub allow_overlap: bool,

    #[command(flatten)]
    pub stated: Stated,

    /// CPU threads that share the rows, at most 1024; the result does not depend on it [default: one per
    /// core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Take at most this much memory, in GiB. Sizes that need more are refused before anything is computed. The estimate may be
    /// off by a factor of two [default: what is available]
    #[arg(long, value_name = "GIB", value_parser = artifact::gibibytes)]
    pub memory_limit: Option<f64>,

    /// Checkpoints to score. They may stand before or after the environments. One file may be `-`, standard
    /// input
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
