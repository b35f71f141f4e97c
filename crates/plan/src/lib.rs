//! `plan`: tables of experiments in, make rules out.
//!
//! This is a library so that `make fuzz` can call its reader.

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
mod search_panels;
mod tables;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use crate::args::{Args, Command};
use crate::tables::Tables;

/// The program, with this process's command line.
pub fn main() -> ExitCode {
    let args: Args = manual::parse(Args::command());
    artifact::run("plan", || plan(&args))
}

/// The make rules of the tables in `folder`: what `plan rules` writes. `read` reads the file of a path.
///
/// # Errors
/// What cannot be read or makes no sense, with its file, line and column.
pub fn rules_of(folder: &Path, read: impl Fn(&Path) -> Result<Vec<u8>>) -> Result<String> {
    Ok(rules::write(&Tables::read_with(folder, &read)?))
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
