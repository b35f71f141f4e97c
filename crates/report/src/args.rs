//! The command line: one subcommand for each thing that is rendered.

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

use crate::usage::UsageError;
use crate::{claims, figure, page, statistics, table};

const EXAMPLE: &str = "\
Example:
  $ report table --experiment cmnist --reference fixtures/reference.csv \\
      scores.csv

More examples: report table --help, and so on for each subcommand.

Exit code: 0 done, 1 an error, 2 a mistake on the command line.";

/// Makes tables, figures and a page from scores, and compares them with the paper's numbers.
#[derive(Parser)]
#[command(name = "report", version, arg_required_else_help = true, after_long_help = EXAMPLE)]
pub struct Args {
    /// What to render.
    #[command(subcommand)]
    pub command: Command,
}

/// A subcommand with its flags.
#[derive(Subcommand)]
pub enum Command {
    Table(table::Args),
    Figure(figure::Args),
    Page(page::Args),
    Claims(claims::Args),
    Statistics(statistics::Args),
}

/// Ends with `error` and the usage of its subcommand, as clap ends with its own errors.
pub fn exit_on(error: &UsageError) -> ! {
    let mut command = Args::command();
    // So that the usage shown is that of the subcommand, with what comes before it.
    command.build();
    let mut command = &mut command;
    for name in &error.subcommand {
        command = command
            .find_subcommand_mut(name)
            .expect("a subcommand of report");
    }
    command.error(ErrorKind::ArgumentConflict, error).exit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }
}
