//! The command line of `report page`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::inputs;
use crate::usage::{self, UsageError};

const HELP: &str = "\
The page holds a table for every experiment that the scores or the reference name: cmnist, multiclass, insufficient, \
two-spurious, ablation, then all others by name. If the reference has numbers for X, an experiment named X-…, such as cmnist-wide, is \
a variant of X. Its table is shown under X, beside the numbers published for X. The summary does not count it. The name X-honest says that its settings \
were chosen without any p_e above those of training.

The HTML page is one file that needs no network and no script. Figures and sheets are a part of this file.

Examples:
  $ report page --reference fixtures/reference.csv -o results.md scores.csv

  With a remark and a figure:
  $ report page --reference fixtures/reference.csv \\
      --note cmnist=\"The hyper-parameters are the published ones.\" \\
      --figure cmnist=cmnist.svg=\"Accuracy over p_e\" -o results.md scores.csv

  One file to open in a browser, with the verdict on each claim:
  $ report page --format html --reference fixtures/reference.csv \\
      --claims scripts/experiments/claims.csv -o results.html scores.csv";

/// Renders one page of all tables, under a summary of which published numbers agree.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub struct Args {
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,

    /// Numbers to compare with, in the format that `report table` reads. Without it there is no
    /// summary.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,

    /// A remark on an experiment's table, in Markdown. Its first paragraph stands above the table, the
    /// rest under it. In HTML the rest is folded. May be repeated.
    #[arg(long = "note", value_name = "EXPERIMENT=TEXT", value_parser = note)]
    pub notes: Vec<Note>,

    /// A figure to show with an experiment: the file's path as seen from the page, and its alternative
    /// text. May be repeated. The HTML page holds the figure itself, an SVG or PNG file.
    #[arg(long = "figure", value_name = "EXPERIMENT=PATH=ALT", value_parser = figure)]
    pub figures: Vec<Figure>,

    /// HTML: the claims to judge, in the format that `report claims` reads.
    #[arg(long, value_name = "FILE")]
    pub claims: Option<PathBuf>,

    /// HTML: the flags that each row was made with, as `plan recipes` writes them. They become tables of
    /// settings.
    #[arg(long, value_name = "FILE")]
    pub recipes: Option<PathBuf>,

    /// HTML: the record of what the runs took, the run.json of `make reproduce`.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// HTML: what was asked, in Markdown. Its first heading is the page's title. Its text up to the next
    /// heading stands on top. A part "## In short", if it comes first, stands above the finding, the rest before the tables.
    #[arg(long, value_name = "FILE")]
    pub about: Option<PathBuf>,

    /// HTML: a folder of training logs FOLDER/EXPERIMENT/ROW/seed-S.csv, as make lays them. Each row that has some gets
    /// training curves.
    #[arg(long, value_name = "FOLDER")]
    pub logs: Option<PathBuf>,

    /// HTML: a picture of a kind of environments, as `inspect --sheet` draws it, and its alternative text;
    /// may be repeated.
    #[arg(long = "sheet", value_name = "NAME=FILE=ALT", value_parser = sheet)]
    pub sheets: Vec<Sheet>,

    /// Where to write the page; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = artifact::DASH)]
    pub output: PathBuf,

    /// Score files as `eval` writes them; `-`, or none, is standard input.
    #[arg(value_name = "SCORES.csv")]
    pub scores: Vec<PathBuf>,
}

/// The formats of the page.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Format {
    /// Markdown that links to its figures.
    Markdown,
    /// HTML: one file with all that belongs to it.
    Html,
}

/// A remark on an experiment's table.
#[derive(Clone)]
pub struct Note {
    /// The table's name, which is that of its experiment.
    pub table: String,
    /// As it was given.
    pub markdown: String,
}

impl Note {
    /// The first paragraph, in one line, and what follows it, which may be empty.
    pub fn parts(&self) -> (String, &str) {
        let text = self.markdown.trim();
        let (first, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        (first.replace('\n', " "), rest.trim())
    }
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

/// A picture of a kind of environments.
#[derive(Clone)]
pub struct Sheet {
    /// The kind's name.
    pub name: String,
    /// The picture.
    pub file: PathBuf,
    /// What is seen, for those who do not see it.
    pub alt: String,
}

fn note(argument: &str) -> Result<Note, String> {
    match argument.split_once('=') {
        Some((table, text)) if !table.is_empty() && !text.trim().is_empty() => Ok(Note {
            table: table.to_owned(),
            markdown: text.to_owned(),
        }),
        _ => Err("expected EXPERIMENT=TEXT".to_owned()),
    }
}

fn figure(argument: &str) -> Result<Figure, String> {
    let [table, path, alt] = three(argument).ok_or("expected EXPERIMENT=PATH=ALT")?;
    Ok(Figure { table, path, alt })
}

fn sheet(argument: &str) -> Result<Sheet, String> {
    let [name, file, alt] = three(argument).ok_or("expected NAME=FILE=ALT")?;
    let file = PathBuf::from(file);
    Ok(Sheet { name, file, alt })
}

/// The parts of `argument` at its first two signs; `None` where one is empty.
fn three(argument: &str) -> Option<[String; 3]> {
    let parts: Vec<String> = argument.splitn(3, '=').map(str::to_owned).collect();
    let parts: [String; 3] = parts.try_into().ok()?;
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
}

impl Args {
    /// Refuses flags that contradict each other, which clap alone cannot tell.
    ///
    /// # Errors
    /// Says which.
    pub fn check(&self) -> Result<(), UsageError> {
        inputs::check_stdin(&["page"], self.reference.as_deref(), &self.scores)?;
        for (flag, file) in self.only_of_html() {
            if self.format != Format::Html {
                let message = format!(
                    "{flag} is shown by the HTML page only; add --format html, or leave it out"
                );
                return Err(usage::conflict(&["page"], message));
            }
            if *file == *artifact::DASH {
                let message = format!("{flag} cannot be standard input; name a file");
                return Err(usage::conflict(&["page"], message));
            }
        }
        Ok(())
    }

    /// The files that only the HTML page shows, with their flags.
    fn only_of_html(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let single = [
            ("--claims", &self.claims),
            ("--recipes", &self.recipes),
            ("--record", &self.record),
            ("--about", &self.about),
            ("--logs", &self.logs),
        ];
        let single = single.into_iter();
        let single = single.filter_map(|(flag, file)| Some((flag, file.as_deref()?)));
        single.chain(self.sheets.iter().map(|sheet| ("--sheet", &*sheet.file)))
    }

    /// All files that are read, but for standard input and figures.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tables = self.scores.iter().chain(&self.reference);
        let others = self.only_of_html().map(|(_, file)| file);
        tables.map(PathBuf::as_path).chain(others)
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
            assert!(super::sheet(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_paragraph_of_a_note_is_one_line() {
        let parts = |text: &str| {
            let note = note(&format!("t={text}")).unwrap();
            let (first, rest) = note.parts();
            (first, rest.to_owned())
        };
        assert_eq!(parts("a\nb"), ("a b".to_owned(), String::new()));
        assert_eq!(
            parts("\na\nb\n\nc\n\nd\n"),
            ("a b".to_owned(), "c\n\nd".to_owned())
        );
    }
}
