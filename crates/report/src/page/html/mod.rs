//! The page as HTML: one file that a browser shows without network and without script.
//!
//! | module | what it renders |
//! | --- | --- |
//! | [`document`] | head, style, contents, and all that stands around the body |
//! | [`prose`] | Markdown |
//! | [`about`] | what was asked, and the report on the reproduction |
//! | [`finding`] | the finding in three sentences, and the cells that agree |
//! | [`claims`] | the verdict on each claim |
//! | [`section`] | one experiment: table, figures, settings, note |
//! | [`curves`] | the training curves of its rows |
//! | [`table`], [`strip`], [`seeds`] | its table, the seeds behind a cell, and their accuracies |
//! | [`check`] | how to check a number |
//! | [`recipes`], [`settings`] | the flags that rows were made with |
//! | [`picture`] | pictures inside the page |
//! | [`environments`] | the kinds of environments |
//! | [`record`], [`cost`] | what the runs took |
//! | [`provenance`] | programs and checksums |
//!
//! Text from a file is escaped by maud, wherever it stands. [`document`] then takes out of the whole page the characters that
//! turn the direction of text.

mod about;
mod check;
mod claims;
mod cost;
mod curves;
mod document;
mod environments;
mod finding;
mod grid;
mod picture;
mod prose;
mod provenance;
mod recipes;
mod record;
mod section;
mod seeds;
mod settings;
mod strip;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use evidence::claims::Claims;
use evidence::claims::contrast::Experiments;
use evidence::{Comparison, References};
use maud::html;

use super::args::Args;
use crate::claims::Verdicts;
use crate::inputs::Input;
use about::About;
use curves::Curves;
use picture::{Figures, Sheet};
use recipes::Recipes;
use record::Record;

/// What the tables are made of.
pub struct Evidence<'a> {
    /// The cells of each experiment.
    pub experiments: &'a Experiments,
    /// All published numbers.
    pub references: &'a References,
    /// One for each table, in the page's order.
    pub comparisons: &'a [Comparison],
}

/// The page of `evidence`, which was made of the files `inputs`.
///
/// # Errors
/// What cannot be read, or is not what its flag says.
pub fn render(args: &Args, evidence: &Evidence, mut inputs: Vec<Input>) -> Result<String> {
    let mut read = |path: &Option<PathBuf>| -> Result<Option<usize>> {
        let Some(path) = path else { return Ok(None) };
        inputs.push(Input::read(path)?);
        Ok(Some(inputs.len() - 1))
    };
    let [claims, recipes, record, about] = [
        read(&args.claims)?,
        read(&args.recipes)?,
        read(&args.record)?,
        read(&args.about)?,
    ];
    let file = |place: Option<usize>| place.map(|place| &inputs[place]);
    let claims = file(claims).map(|file| Claims::parse(&file.name, &file.bytes));
    let claims = claims.transpose()?;
    let recipes = file(recipes).map(Recipes::parse).transpose()?;
    let recipes = recipes.unwrap_or_default();
    let record = file(record).map(Record::parse).transpose()?;
    let about = file(about).map(About::parse).transpose()?;
    let about = about.unwrap_or_default();
    let verdicts = match &claims {
        Some(claims) => Some(Verdicts::of(
            claims,
            evidence.experiments,
            evidence.references,
        )?),
        None => None,
    };
    let figures = Figures::read(args)?;
    let curves = match &args.logs {
        Some(folder) => Curves::read(folder, evidence.experiments)?,
        None => Curves::default(),
    };
    let sheets: Result<Vec<Sheet>> = args.sheets.iter().map(Sheet::read).collect();
    let sheets = sheets?;

    let counted = args.reference.is_some();
    let check = check::render(evidence.comparisons, &recipes, record.as_ref());
    let contents = document::Contents {
        question: about.has_question(),
        claims: verdicts.is_some(),
        counted,
        check: !check.0.is_empty(),
        comparisons: evidence.comparisons,
        environments: !sheets.is_empty(),
        cost: record.is_some(),
        report: about.has_report(),
    };
    let body = html! {
        (about.question())
        (finding::sentences(&about.short(), verdicts.as_ref(), counted.then_some(evidence.comparisons)))
        @if let Some(verdicts) = &verdicts {
            (claims::render(verdicts, &figures))
        }
        @if counted {
            (finding::cells(evidence.comparisons))
        }
        (check)
        (about.report())
        (table::how_to_read(evidence.comparisons))
        @for (place, comparison) in evidence.comparisons.iter().enumerate() {
            (section::render(&section::Section {
                id: document::id_of(&comparison.experiment, place),
                comparison,
                args,
                figures: &figures,
                curves: &curves,
                recipes: &recipes,
                record: record.as_ref(),
            }))
        }
        @if !sheets.is_empty() { (environments::render(&sheets)) }
        @if let Some(record) = &record { (cost::render(record)) }
        (provenance::render(&inputs, &figures, &curves, &sheets, record.as_ref()))
    };
    Ok(document::render(about.title(), &contents, body))
}
