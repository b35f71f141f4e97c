//! `inspect`: safetensors files in; what they hold out, as text, JSON, a contact sheet, or images in the terminal.

mod args;
mod contact;
mod contents;
mod difference;
mod features;
mod header;
mod images;
mod measure;
mod palette;
mod parameters;
mod said;
mod sheet;
mod summary;
mod terminal;
mod text;
mod weights;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use serde::Serialize;

use args::Args;
use contents::Contents;

/// Pictures in a row of a sheet.
const COLUMNS: usize = 16;

fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let args = Args::checked();
    artifact::run("inspect", || inspect(&args))
}

fn inspect(args: &Args) -> Result<()> {
    if let Some(output) = &args.sheet {
        artifact::refuse_terminal(output)?;
        artifact::check_output(output, args.files.iter().map(PathBuf::as_path))?;
    }
    let files = args
        .files
        .iter()
        .map(|path| Contents::open(path, args.header));
    let files = files.collect::<Result<Vec<_>>>()?;
    let columns = args.columns.map(usize::from);
    let (seed, palette) = (args.seed.unwrap_or(0), args.palette.unwrap_or_default());
    if let Some(output) = &args.sheet {
        args.check_sheet_of(&files);
        let choice = contact::Choice {
            columns: columns.unwrap_or(COLUMNS),
            seed,
            palette,
            image: args.image,
        };
        return artifact::write(output, &contact::sheet(&files, &choice)?.png()?);
    }
    if args.show {
        let coloured = terminal::is_coloured(args.color.unwrap_or_default());
        let shown = files
            .iter()
            .map(|file| terminal::show(file, columns, seed, palette, coloured));
        return print(&shown.collect::<Result<String>>()?);
    }
    match &files[..] {
        [one, other] => {
            let difference = difference::Difference::between(one, other);
            print(&if args.json {
                json(&difference)?
            } else {
                difference.text()
            })
        }
        files => {
            let summary = summary::Summary::of(&files[0]);
            print(&if args.json {
                json(&summary)?
            } else {
                summary.text()
            })
        }
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn print(text: &str) -> Result<()> {
    artifact::write(Path::new(artifact::DASH), text.as_bytes())
}
