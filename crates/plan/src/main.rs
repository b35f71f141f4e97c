//! Tables of experiments in, make rules out.

mod args;
mod cell_syntax;
mod claims;
mod csv_table;
mod environments;
mod flag_files;
mod index;
mod precisions;
mod program_calls;
mod recipes;
mod rules;
mod tables;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::args::{Args, Command};
use crate::tables::Tables;

fn main() -> ExitCode {
    let args = Args::parse();
    artifact::run("plan", || plan(&args))
}

fn plan(args: &Args) -> Result<()> {
    let tables = Tables::read(&args.experiments)?;
    match &args.command {
        Command::Rules { flags, output } => {
            // Before the rules: a rule that names a file of flags finds it.
            flag_files::write(&tables, flags)?;
            artifact::write(output, rules::write(&tables).as_bytes())
        }
        Command::Recipes { others_from, asked } => {
            recipes::print(&tables, asked, others_from.as_deref())
        }
        Command::CheckRecipes(asked) => recipes::check(&tables, asked),
        Command::CheckPrecisions { files } => precisions::check_scores(files),
    }
}
