//! `report`: score rows in, tables and figures beside the paper's numbers out.
//!
//! What the scores say is the library `evidence`; here it is rendered. This is a library so that `make fuzz` can call its reader.

mod args;
mod claims;
mod experiment;
mod figure;
mod grid;
mod inputs;
mod labels;
mod latex;
mod markdown;
mod notation;
mod page;
#[cfg(test)]
mod samples;
mod search_record;
mod statistics;
mod table;
mod training_log;
mod usage;

use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use args::{Args, Command};

/// The program, with this process's command line.
pub fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let args: Args = manual::parse(Args::command());
    artifact::run("report", || {
        let result = run(&args);
        if let Some(error) = result.as_ref().err().and_then(|e| e.downcast_ref()) {
            args::exit_on(error);
        }
        result
    })
}

/// The figure of the training log `log`, as SVG: what `report figure training` draws. `name` is for messages.
///
/// # Errors
/// What is no training log, or cannot be drawn.
pub fn training_figure(name: &str, log: &[u8]) -> Result<String> {
    let log = inputs::Input {
        name: name.to_owned(),
        bytes: log.to_owned(),
    };
    figure::training(String::new(), &training_log::parse(&[log])?)
}

fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Table(args) => table::run(args),
        Command::Figure(args) => figure::run(args),
        Command::Page(args) => page::run(args),
        Command::Claims(args) => claims::run(args),
        Command::Statistics(args) => statistics::run(args),
    }
}
