//! `report page`: every table on one page, under a summary of what agrees.

mod args;
mod html;
mod markdown;
mod paper_tables;
mod summary;
mod tables;

pub use args::Args;

use anyhow::{Result, ensure};
use evidence::References;

use crate::inputs::{self, Input};
use args::Format;

/// Reads, compares, renders, writes.
///
/// # Errors
/// What cannot be read or written, is no score or reference, or leaves the page empty, remarks
/// or figures of a table that is not on the page, and a [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    artifact::check_output(&args.output, args.files())?;
    let reference = args.reference.as_deref().map(Input::read).transpose()?;
    let references = match &reference {
        Some(file) => References::parse(&file.name, &file.bytes)?,
        None => References::default(),
    };
    let scores = inputs::read(&args.scores)?;
    let gathered = inputs::gather_read(&scores)?;
    ensure!(
        !gathered.counts.is_empty(),
        "no scores in the files: they hold no rows"
    );
    let comparisons = tables::comparisons(&gathered, &references)?;
    tables::check_tables(args, &comparisons)?;
    let page = match args.format {
        Format::Markdown => markdown::render(args, &comparisons),
        Format::Html => {
            let evidence = html::Evidence {
                experiments: &gathered.cells,
                references: &references,
                comparisons: &comparisons,
            };
            html::render(
                args,
                &evidence,
                scores.into_iter().chain(reference).collect(),
            )?
        }
    };
    tables::warn(&gathered);
    artifact::write(&args.output, page.as_bytes())
}
