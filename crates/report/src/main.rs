//! `report`: score rows in, tables and figures beside the paper's numbers out.

mod cells;
mod compare;
mod figure;
mod honest;
mod names;
mod page;
mod reference;
mod scores;
mod statistics;
mod table;
mod usage;
mod verdict;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

const EXAMPLE: &str = "\
Example (see \"report table --help\", and that of figure and page, for more):
  $ report table --table cmnist --reference fixtures/reference.csv scores.csv";

/// Renders scores as the paper does, beside the paper's own numbers.
#[derive(Parser)]
#[command(name = "report", version, arg_required_else_help = true, after_help = EXAMPLE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Table(table::Arguments),
    Figure(figure::Arguments),
    Page(page::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    artifact::run("report", || run(&arguments))
}

fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Command::Table(arguments) => table::run(arguments),
        Command::Figure(arguments) => figure::run(arguments),
        Command::Page(arguments) => page::run(arguments),
    }
}
