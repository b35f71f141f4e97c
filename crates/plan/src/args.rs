//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
The tables, in the folder --experiments:
  environments.csv  what mkenv makes: digits, flags, p_e of the training and test environments
  runs.csv          one line for each row: experiment, row, environments, flags of train
  figures.csv       what report draws, and under which experiment it is shown
  claims.csv        the claims of the paper; read if a figure is of the kind claims

runs.csv has the columns experiment, row, environments, also tested on and other flags. Every other column is a flag \
of train: the column lr is --lr. An empty cell leaves the flag out. A flag without a value, such as --first-order, \
stands in the column other flags. If a row has the environments and flags of an earlier row, it uses the checkpoints \
of the earlier row. docs/formats.md describes all columns.

Examples:
  $ plan rules --flags flags -o rules.mk
  $ plan recipes cmnist ablation
  $ plan check-recipes --results fixtures/results cmnist

Exit code: 0 done, 1 an error, 2 a mistake on the command line.";

/// Turns the tables of scripts/experiments into plain make rules.
///
/// make calls `plan rules` when a table has changed, and includes the rules: one for each call of a program. You need not
/// call it yourself.
#[derive(Debug, Parser)]
#[command(name = "plan", version, arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// Folder of environments.csv, runs.csv and figures.csv; and of claims.csv, if a figure is of the kind claims
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "scripts/experiments",
        global = true
    )]
    pub experiments: PathBuf,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes make rules for all environments, runs and figures
    Rules {
        /// Folder for the files of flags, one for each output. plan writes such a file only if the flags changed. So make
        /// repeats only what depends on changed flags
        #[arg(long, value_name = "FOLDER")]
        flags: PathBuf,

        /// Where the rules go; `-` is standard output
        #[arg(short, long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
    },
    /// Prints the flags of every row as CSV, with the columns run, mkenv and train
    Recipes {
        /// Also print the lines of this file whose experiments are not among those printed
        #[arg(long, value_name = "RECIPES.csv")]
        others_from: Option<PathBuf>,

        /// Experiments to print [default: all]
        #[arg(value_name = "EXPERIMENT")]
        asked: Vec<String>,
    },
    /// Fails if results were made with other flags than the tables now have
    CheckRecipes(Asked),
    /// Fails if the seeds of one row were trained in several precisions
    CheckPrecisions {
        /// Score files whose rows are put together
        #[arg(value_name = "SCORES.csv", required = true)]
        files: Vec<PathBuf>,
    },
}

/// What new rows are to be added to which results.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Folder that `make results` wrote: recipes.csv and EXPERIMENT.csv
    #[arg(long, value_name = "FOLDER")]
    pub results: PathBuf,

    /// Runs to add, as EXPERIMENT/ROW. A run that the folder already has with one of the --seeds is refused
    #[arg(long = "runs", value_name = "RUN", num_args = 0..)]
    pub runs: Vec<String>,

    /// The seeds of the runs to add
    #[arg(long = "seeds", value_name = "SEED", num_args = 0..)]
    pub seeds: Vec<u64>,

    /// Where train runs the new seeds, cpu or cuda. If it is given, new seeds are refused whose precision would differ from
    /// that of the seeds in the folder
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,

    /// Folder of scores, where some of the new seeds may be: EXPERIMENT/ROW/seed-S.csv
    #[arg(long, value_name = "FOLDER", default_value = "out/scores")]
    pub scores: PathBuf,

    /// Experiments whose rows are compared
    #[arg(value_name = "EXPERIMENT")]
    pub compared: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// clap looks for flags of one name only where it is asked to.
    #[test]
    fn the_flags_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }
}
