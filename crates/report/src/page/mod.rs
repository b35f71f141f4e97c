//! `report page`: every table on one page, under a summary of what agrees.

mod args;
mod markdown;
mod paper_tables;
mod summary;
mod tables;

pub use args::Args;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use evidence::References;

use crate::inputs;

/// Reads, compares, renders, writes.
///
/// # Errors
/// What cannot be read or written, is no score or reference, or leaves the page empty, remarks
/// or figures of a table that is not on the page, and a [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    let files = args.scores.iter().chain(&args.reference);
    artifact::check_output(&args.output, files.map(PathBuf::as_path))?;
    let references = References::read(args.reference.as_deref())?;
    let rows = inputs::scores(&args.scores)?;
    ensure!(
        !rows.is_empty(),
        "no scores in the files: they hold no rows"
    );
    let comparisons = tables::comparisons(&rows, &references)?;
    tables::check_tables(args, &comparisons)?;
    let page = markdown::render(args, &comparisons);
    artifact::write(&args.output, page.as_bytes())
}
