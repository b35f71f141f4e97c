//! IDX digits in, one Colored MNIST environment out.

// Its doc comments are the text of --help, where brackets are shapes.
#[allow(rustdoc::broken_intra_doc_links)]
mod args;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use environment::{Recipe, Source, make};

use crate::args::Args;

fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let args = Args::parse();
    artifact::run("mkenv", || mkenv(&args))
}

fn mkenv(args: &Args) -> Result<()> {
    check_output(args)?;
    let images = artifact::read(&args.images)?;
    let labels = artifact::read(&args.labels)?;
    let source = Source::from_idx(
        (&artifact::display_name(&args.images), &images),
        (&artifact::display_name(&args.labels), &labels),
    )?;
    let made = make(&source, recipe(args, &source))?;
    artifact::write(&args.output, &made.to_bytes()?)
}

/// Refuses what would garble a terminal or overwrite an input.
fn check_output(args: &Args) -> Result<()> {
    artifact::refuse_terminal(&args.output)?;
    let inputs = [&args.images, &args.labels];
    artifact::check_output(&args.output, inputs.map(PathBuf::as_path))
}

fn recipe(args: &Args, source: &Source) -> Recipe {
    let default = Recipe::new(source, concat!("mkenv ", env!("CARGO_PKG_VERSION")));
    Recipe {
        split: args.split,
        test_rows: args.test_rows.unwrap_or(default.test_rows),
        part: args.part,
        limit: args.limit.map(NonZeroUsize::get),
        classes: args.classes,
        label_noise: args.label_noise,
        p_e: args.p_e,
        patch: args.patch,
        grayscale: args.grayscale,
        subsample: args.subsample.get(),
        seed: args.seed,
        ..default
    }
}
