//! `report claims`: what the paper says in words, judged on score rows.

mod args;
mod csv;
pub mod words;

pub use args::Args;

use std::path::PathBuf;

use anyhow::Result;
use evidence::References;
use evidence::claims::contrast::Experiments;
use evidence::claims::{Claims, JudgedClaim, Selection, judge};

use crate::grid::{self, Format};
use crate::{experiment, inputs};

/// Reads, judges, renders, writes.
///
/// # Errors
/// What cannot be read or written, or is no claim, score or reference, and a
/// [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    let files = args.scores.iter().chain(&args.reference);
    let files = files.chain([&args.claims]).map(PathBuf::as_path);
    artifact::check_output(&args.output, files)?;
    let claims = Claims::read(&args.claims)?;
    let references = References::read(args.reference.as_deref())?;
    let gathered = inputs::gather(&args.scores, None)?;
    gathered.cells.values().for_each(experiment::warn_mixed);
    experiment::warn_unnamed(gathered.unnamed());
    let judged = Verdicts::of(&claims, &gathered.cells, &references)?;
    let text = match args.format {
        Format::Csv => csv::render(&judged)?,
        format => {
            let grids = [words::verdicts(&judged), words::comparisons(&judged)];
            grid::render(format, &grids, &words::notes(&judged))
        }
    };
    artifact::write(&args.output, text.as_bytes())
}

/// The claims judged under each selection.
pub struct Verdicts<'a>(pub Vec<(Selection, Vec<JudgedClaim<'a>>)>);

impl<'a> Verdicts<'a> {
    /// Judges all `claims`, and says on standard error what is left out.
    ///
    /// # Errors
    /// Where more than one row fits a name of a claim.
    pub fn of(
        claims: &'a Claims,
        experiments: &Experiments,
        references: &References,
    ) -> Result<Self> {
        let mut all = Vec::new();
        for selection in Selection::ALL {
            let judged = judge(claims, experiments, references, selection)?;
            for claim in &judged {
                let lacking = claim.comparisons.iter().map(|judged| judged.lacking);
                let lacking = lacking.max().unwrap_or(0);
                if lacking > 0 {
                    experiment::warn(&format!(
                        "claim {}: {lacking} seeds are in some of its rows only, and are left out",
                        claim.claim.name
                    ));
                }
            }
            all.push((selection, judged));
        }
        Ok(Self(all))
    }

    /// Each claim with its number, from 1, and what it is under each selection.
    pub fn claims(&self) -> impl Iterator<Item = (usize, Vec<(Selection, &JudgedClaim<'a>)>)> {
        let count = self.0.first().map_or(0, |(_, judged)| judged.len());
        (0..count).map(|place| {
            let each = self.0.iter();
            let each = each.map(|(selection, judged)| (*selection, &judged[place]));
            (place + 1, each.collect())
        })
    }
}
