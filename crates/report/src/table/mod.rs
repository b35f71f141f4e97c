//! `report table`: one table of the paper, ours beside theirs.

mod csv;
mod latex;
pub mod markdown;
pub mod sheet;
mod text;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use crate::cells::{self, Column};
use crate::reference::References;
use crate::{compare, scores, usage};

const EXAMPLES: &str = "\
Each cell shows our mean ± standard deviation over seeds in per cent, the paper's beside it in
brackets, and two marks: whether they agree, and whether they agree strictly. Neither rule includes
the other. The notes under the table state both, and how many cells satisfy them.

Examples:
  Every table of the reference has its name there: cmnist, multiclass, insufficient, ...
  $ report table --table cmnist --reference fixtures/reference.csv scores.csv

  Scores from a pipe, and a table for the web:
  $ cat scores.csv | report table --table cmnist --format markdown -o cmnist.md

  Other test environments, without the paper:
  $ report table --table cmnist --columns train,0.1,0.5,0.9 scores.csv";

/// Renders one table: accuracies per objective and test environment, beside the paper's.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    /// The experiment to show: rows whose `experiment` is NAME are taken, and rows of the reference
    /// whose `table` is NAME.
    #[arg(long, value_name = "NAME")]
    table: String,

    /// Numbers to compare with, as CSV: table, algorithm, classes, n_per_env, column, mean, std (in
    /// per cent), origin (paper or author-page). Without it nothing is compared.
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,

    /// Columns, separated by commas: a p_e from 0 to 1 for the test environment of that p_e, or
    /// `train` for the mean over the training environments [default: the reference's, else all].
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    columns: Option<Vec<Column>>,

    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Heading of the table, in all formats but csv [default: the table's name and its unit].
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,

    /// Where to write the table; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    scores: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// Aligned columns for a terminal.
    Text,
    /// A GitHub table.
    Markdown,
    /// A LaTeX table (packages booktabs and amssymb).
    Latex,
    /// One row per cell, with unrounded numbers and without the rows "Optimal" and "Random".
    Csv,
}

/// Reads, compares, renders, writes.
///
/// # Errors
/// What cannot be read or written, is no score or reference, or leaves the table empty.
pub fn run(arguments: &Arguments) -> Result<()> {
    check_usage(arguments);
    let inputs = arguments.scores.iter().chain(&arguments.reference);
    artifact::check_output(&arguments.output, inputs.map(PathBuf::as_path))?;
    let references = References::read(arguments.reference.as_deref())?;
    let rows = scores::read(&arguments.scores)?;
    let cells = cells::of_table(&arguments.table, &rows)?;
    let comparison = compare::compare(
        &arguments.table,
        &cells,
        references.of_or_warn(&arguments.table),
        arguments.columns.as_deref(),
    )?;
    let sheet = || sheet::sheet(&comparison, arguments.caption.as_deref());
    let table = match arguments.format {
        Format::Text => text::render(&sheet()),
        Format::Markdown => markdown::render(&sheet()),
        Format::Latex => latex::render(&sheet()),
        Format::Csv => csv::render(&comparison)?,
    };
    artifact::write(&arguments.output, table.as_bytes())
}

/// Ends with a usage error for flags that clap alone cannot tell to contradict each other.
fn check_usage(arguments: &Arguments) {
    if arguments.format == Format::Csv && arguments.caption.is_some() {
        usage::conflict(&["table"], "--caption has no place in --format csv");
    }
    usage::one_stdin(
        &["table"],
        arguments.reference.as_deref(),
        &arguments.scores,
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use score::Row;

    use super::*;
    use crate::cells::tests::row;
    use crate::compare::tests::counted;
    use crate::reference::Origin;

    fn rendered(rows: &[Row]) -> Vec<String> {
        let published = [compare::tests::published(
            "erm",
            "0.9",
            16.4,
            0.8,
            Origin::Paper,
        )];
        let reference = counted(&published);
        let (cells, _) = cells::collect("t", rows).unwrap();
        let comparison = compare::compare("t", &cells, reference, None).unwrap();
        let sheet = sheet::sheet(&comparison, None);
        vec![
            text::render(&sheet),
            markdown::render(&sheet),
            latex::render(&sheet),
            csv::render(&comparison).unwrap(),
        ]
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
