//! IDX digits in, one Colored MNIST environment out.

mod arguments;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use environment::{Recipe, Source, make};

use crate::arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    artifact::run("mkenv", || mkenv(&arguments))
}

fn mkenv(arguments: &Arguments) -> Result<()> {
    check_output(arguments)?;
    let images = artifact::read(&arguments.images)?;
    let labels = artifact::read(&arguments.labels)?;
    let source = Source::from_idx(
        (&artifact::display_name(&arguments.images), &images),
        (&artifact::display_name(&arguments.labels), &labels),
    )?;
    let made = make(&source, recipe(arguments, &source))?;
    artifact::write(&arguments.output, &made.to_bytes()?)
}

/// Refuses what would garble a terminal or overwrite an input.
fn check_output(arguments: &Arguments) -> Result<()> {
    artifact::refuse_terminal(&arguments.output)?;
    let inputs = [&arguments.images, &arguments.labels];
    artifact::check_output(&arguments.output, inputs.map(PathBuf::as_path))
}

fn recipe(arguments: &Arguments, source: &Source) -> Recipe {
    let default = Recipe::new(source, concat!("mkenv ", env!("CARGO_PKG_VERSION")));
    Recipe {
        split: arguments.split,
        test_rows: arguments.test_rows.unwrap_or(default.test_rows),
        part: arguments.part.unwrap_or(default.part),
        limit: arguments.limit.map(NonZeroUsize::get),
        classes: arguments.classes,
        label_noise: arguments.label_noise,
        p_e: arguments.p_e,
        patch: arguments.patch,
        grayscale: arguments.grayscale,
        subsample: arguments.subsample.get(),
        seed: arguments.seed,
        ..default
    }
}
