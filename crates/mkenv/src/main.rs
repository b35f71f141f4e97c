//! IDX digits in, one Colored MNIST environment out.

// Its doc comments are the text of --help, where brackets are shapes.
#[allow(rustdoc::broken_intra_doc_links)]
mod args;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use environment::{LabelledImages, Recipe, Split, make};

use crate::args::Args;

fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let args = Args::parse();
    artifact::run("mkenv", || mkenv(&args))
}

fn mkenv(args: &Args) -> Result<()> {
    artifact::limit_memory(args.memory_limit);
    check_output(args)?;
    let images = artifact::read(&args.images)?;
    let labels = artifact::read(&args.labels)?;
    let source = LabelledImages::from_idx(
        (&artifact::display_name(&args.images), &images),
        (&artifact::display_name(&args.labels), &labels),
    )?;
    warn_of_a_test_set(args, &source);
    let made = make(&source, recipe(args, &source))?;
    artifact::write(&args.output, &made.to_bytes()?)
}

/// Refuses what would garble a terminal or overwrite an input.
fn check_output(args: &Args) -> Result<()> {
    artifact::refuse_terminal(&args.output)?;
    let inputs = [&args.images, &args.labels];
    artifact::check_output(&args.output, inputs.map(PathBuf::as_path))
}

/// How many rows the test sets of MNIST, Fashion-MNIST and KMNIST have.
const TEST_SET: usize = 10_000;

/// `--split test` keeps a sixth of the source. Of a file that is a test set already, hardly anybody means that.
fn warn_of_a_test_set(args: &Args, source: &LabelledImages) {
    let name = args
        .images
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let looks_so =
        source.rows() == TEST_SET || ["t10k", "test"].iter().any(|word| name.contains(word));
    if args.split == Split::Test && args.test_rows.is_none() && looks_so {
        let (all, kept) = (source.rows(), Recipe::new(source, "").test_rows);
        let images = artifact::display_name(&args.images);
        artifact::say(
            "mkenv",
            &format!(
                "warning: {images} looks like a test set, and of its {all} rows --split test keeps the last {kept}; \
                 take --split all for every row, or --test-rows {kept} to mean these"
            ),
        );
    }
}

fn recipe(args: &Args, source: &LabelledImages) -> Recipe {
    let default = Recipe::new(source, concat!("mkenv ", env!("CARGO_PKG_VERSION")));
    Recipe {
        split: args.split,
        test_rows: match args.split {
            Split::All => 0,
            _ => args.test_rows.unwrap_or(default.test_rows),
        },
        part: args.part,
        limit: args.limit.map(NonZeroUsize::get),
        classes: args.classes,
        label_noise: args.label_noise,
        p_e: args.p_e,
        patch: args.patch,
        grayscale: args.grayscale,
        transpose: args.transpose,
        subsample: args.subsample.get(),
        seed: args.seed,
        ..default
    }
}
