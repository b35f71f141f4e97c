//! The command line of `report page`.

use std::path::PathBuf;

use crate::inputs;
use crate::notation::visible;
use crate::usage::UsageError;

const HELP: &str = "\
The page holds every table that the scores or the reference name: cmnist, multiclass, insufficient,
two-spurious, ablation, then all others by name. An experiment named X-honest holds X's objectives with
hyper-parameters chosen by a rule that never sees a p_e above those of training: it stands under X,
beside the numbers published for X, and is not counted in the summary.

Examples:
  $ report page --reference fixtures/reference.csv -o results.md scores.csv

  With a remark and a figure:
  $ report page --reference fixtures/reference.csv \\
      --note cmnist=\"The hyper-parameters are the published ones.\" \\
      --figure cmnist=cmnist.svg=\"Accuracy over p_e\" -o results.md scores.csv";

/// Renders one Markdown page of all tables, under a summary of which published numbers agree.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Args {
    /// Numbers to compare with, in the format that `report table` reads. Without it there is no
    /// summary.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// A remark on an experiment's table, in Markdown, shown above it; may be repeated.
    #[arg(long = "note", value_name = "EXPERIMENT=TEXT", value_parser = note)]
    pub notes: Vec<Note>,

    /// A figure of an experiment, shown under it: the file's path as seen from the page, and its
    /// alternative text; may be repeated.
    #[arg(long = "figure", value_name = "EXPERIMENT=PATH=ALT", value_parser = figure)]
    pub figures: Vec<Figure>,

    /// Where to write the page; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    pub output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    pub scores: Vec<PathBuf>,
}

/// A remark on an experiment's table.
#[derive(Clone)]
pub struct Note {
    /// The table's name, which is that of its experiment.
    pub table: String,
    /// One paragraph.
    pub markdown: String,
}

/// A figure of an experiment.
#[derive(Clone)]
pub struct Figure {
    /// The table's name, which is that of its experiment.
    pub table: String,
    /// As seen from the page.
    pub path: String,
    /// What is seen, for those who do not see it.
    pub alt: String,
}

fn note(argument: &str) -> Result<Note, String> {
    match argument.split_once('=') {
        Some((table, text)) if !table.is_empty() && !text.trim().is_empty() => Ok(Note {
            table: table.to_owned(),
            markdown: visible(&text.replace('\n', " ")),
        }),
        _ => Err("expected EXPERIMENT=TEXT".to_owned()),
    }
}

fn figure(argument: &str) -> Result<Figure, String> {
    let mut parts = argument.splitn(3, '=').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(table), Some(path), Some(alt))
            if ![&table, &path, &alt].into_iter().any(String::is_empty) =>
        {
            Ok(Figure { table, path, alt })
        }
        _ => Err("expected EXPERIMENT=PATH=ALT".to_owned()),
    }
}

impl Args {
    /// Refuses flags that contradict each other, which clap alone cannot tell.
    ///
    /// # Errors
    /// Says which.
    pub fn check(&self) -> Result<(), UsageError> {
        inputs::check_stdin(&["page"], self.reference.as_deref(), &self.scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_split_at_their_first_signs() {
        let note = note("t=a = b").unwrap();
        assert_eq!((&*note.table, &*note.markdown), ("t", "a = b"));
        let figure = figure("t=a b.svg=x = [y]").unwrap();
        let parts = (&*figure.table, &*figure.path, &*figure.alt);
        assert_eq!(parts, ("t", "a b.svg", "x = [y]"));
        let figure = super::figure("t=<a>.svg=x").unwrap();
        assert_eq!((&*figure.path, &*figure.alt), ("<a>.svg", "x"));
        for bad in ["", "t", "=x", "t=", "t= "] {
            assert!(super::note(bad).is_err(), "{bad}");
        }
        for bad in ["t=a.svg", "t==x", "=a.svg=x", "t=a.svg="] {
            assert!(super::figure(bad).is_err(), "{bad}");
        }
    }
}
