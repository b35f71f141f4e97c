//! What the page was made of: the program, and the checksum of each file.

use maud::{Markup, html};

use super::curves::Curves;
use super::grid;
use super::picture::{Figures, Sheet};
use super::record::Record;
use crate::inputs::Input;

/// The checksums of `inputs`, `figures`, the logs of `curves`, and `sheets`.
pub fn render(
    inputs: &[Input],
    figures: &Figures,
    curves: &Curves,
    sheets: &[Sheet],
    record: Option<&Record>,
) -> Markup {
    let sums: Vec<String> = inputs
        .iter()
        .map(|file| artifact::sha256(&file.bytes))
        .collect();
    let inputs = inputs.iter().zip(&sums);
    let inputs = inputs.map(|(file, sum)| (&*file.name, &**sum));
    let all = inputs
        .chain(figures.sums())
        .chain(curves.sums())
        .chain(sheets.iter().map(Sheet::sum));
    let rows = all.map(|(name, sum)| vec![name.to_owned(), sum.to_owned()]);
    let header = ["file", "SHA-256"].map(str::to_owned).into();
    let calls = record.iter().flat_map(|record| &record.calls);
    let mut commits: Vec<&str> = calls.filter_map(|call| call.commit.as_deref()).collect();
    commits.dedup();
    html! {
        section aria-labelledby="provenance" {
            h2 #provenance { "Provenance" }
            p {
                "This page was made by report " (env!("CARGO_PKG_VERSION")) ", from the files below and nothing else."
                @if !commits.is_empty() {
                    " The runs were made by the programs of commit "
                    @for (place, commit) in commits.iter().enumerate() {
                        @if place > 0 { ", " }
                        code { (commit) }
                    }
                    "."
                }
            }
            details {
                summary { "The files and their checksums" }
                (grid::render("Files that this page was made of", &(header, rows.collect()), 1))
            }
        }
    }
}
