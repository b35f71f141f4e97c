//! `report table`: one table of the paper, ours beside theirs.

mod args;
pub mod cell;
pub mod formats;
pub mod notes;
pub mod sheet;

pub use args::Args;

use std::path::PathBuf;

use anyhow::Result;
use evidence::{References, compare};

use crate::experiment;

/// Reads, compares, renders, writes.
///
/// # Errors
/// What cannot be read or written, is no score or reference, or leaves the table empty, and a
/// [`UsageError`](crate::usage::UsageError).
pub fn run(args: &Args) -> Result<()> {
    args.check()?;
    let files = args.scores.iter().chain(&args.reference);
    artifact::check_output(&args.output, files.map(PathBuf::as_path))?;
    let references = References::read(args.reference.as_deref())?;
    let comparison = compare(
        &args.experiment,
        &experiment::cells(&args.experiment, &args.scores)?,
        experiment::reference(&references, &args.experiment),
        args.columns.as_deref(),
    )?;
    let table = args.format.render(&comparison, &args.options())?;
    artifact::write(&args.output, table.as_bytes())
}

#[cfg(test)]
mod tests {
    use evidence::{Origin, gather};
    use proptest::prelude::*;
    use score::Row;

    use super::*;
    use crate::samples::{counted, published, row};

    fn rendered(rows: &[Row]) -> Vec<String> {
        let published = [published("erm", "0.9", 16.4, 0.8, Origin::Paper)];
        let cells = gather("t", rows).unwrap();
        let comparison = evidence::compare("t", &cells, counted(&published), None).unwrap();
        formats::FORMATS
            .map(|format| {
                format
                    .render(&comparison, &formats::Options::default())
                    .unwrap()
            })
            .to_vec()
    }

    /// Three objectives, three seeds, two columns, one of them over two environments.
    fn rows(accuracies: &[f64]) -> Vec<Row> {
        let mut rows = Vec::new();
        for objective in ["erm", "b", "a"] {
            for seed in 0..3 {
                for (column, environment) in [("0.9", "x"), ("train", "y"), ("train", "z")] {
                    let accuracy = accuracies[rows.len()];
                    rows.push(Row {
                        environment: environment.into(),
                        precision: ["f32", "bf16"][rows.len() % 2].into(),
                        ..row(objective, seed, column, accuracy)
                    });
                }
            }
        }
        rows
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_does_not_change_a_byte(
            (straight, shuffled) in proptest::collection::vec(0.0..=1.0, 27)
                .prop_map(|accuracies| rows(&accuracies))
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
        ) {
            prop_assert_eq!(rendered(&straight), rendered(&shuffled));
        }
    }
}
