//! `report figure search`: accuracy over the steps of training, from the records of searches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use evidence::Column;
use evidence::statistics::{mean, sample_std};

use super::accuracy_axis::accuracy_axis;
use super::drawn::{Drawn, Sources};
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Arrangement, Drawing, Figure, Line, Panel, Point, Spread};
use crate::figure::drawing::{layout, style};
use crate::figure::{captions, output::Output};
use crate::inputs::{self, Input};
use crate::notation::{heading, visible};
use crate::search_record::{Record, Trial};
use crate::usage;

const EXAMPLES: &str = "\
Examples:
  $ report figure search --panel \"Adam=ablation-meta-irm/0\" \\
      --panel \"SGD with momentum=ablation-sgd-near/10/meta-irm\" -o optimisers.svg \\
      fixtures/search/ablation-meta-irm.csv fixtures/search/ablation-sgd-near.csv

  One trial, under its own name:
  $ report figure search --panel ablation-meta-irm/0 -o adam.png \\
      fixtures/search/ablation-meta-irm.csv";

/// Draws the accuracy over the steps of training, for trials of a search, side by side.
///
/// Each panel is one trial, and has a line for each environment that the search scored. A line is the mean over the seeds of the
/// trial, with a band of ± one sample standard deviation. It has a point where all seeds were scored. All panels have the same
/// scale of accuracy. Up to four panels stand in one row, more of them in rows of two.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// A panel: its heading, the file NAME.csv without its ending, the number of a trial in it, and a row of this trial if the
    /// file has a column `row` [default: its first row]; may be repeated.
    #[arg(
        long = "panel",
        value_name = "[HEADING=]NAME/TRIAL[/ROW]",
        required = true,
        // The record "-".
        allow_hyphen_values = true,
        value_parser = Choice::parse
    )]
    panels: Vec<Choice>,

    #[command(flatten)]
    output: Output,

    /// Records of searches as `make search` writes them; `-`, or none, is standard input, whose NAME is `-`.
    #[arg(value_name = "RECORD.csv")]
    records: Vec<PathBuf>,
}

/// What one panel shows.
#[derive(Clone)]
struct Choice {
    heading: String,
    record: String,
    trial: usize,
    row: Option<String>,
}

impl Choice {
    fn parse(text: &str) -> Result<Self, String> {
        // A heading may have the sign too, as in "λ = 5".
        let (heading, place) = text.rsplit_once('=').unwrap_or((text, text));
        let mut parts = place.splitn(3, '/');
        let record = parts.next().unwrap_or_default();
        let trial = parts.next().and_then(|trial| trial.parse().ok());
        let row = parts.next();
        match trial {
            Some(trial) if ![Some(heading), Some(record), row].contains(&Some("")) => Ok(Self {
                heading: visible(heading.trim()),
                record: record.to_owned(),
                trial,
                row: row.map(str::to_owned),
            }),
            _ => Err(
                "expected a heading, a record, the number of a trial and perhaps a row, such as \
                      \"Adam=ablation-meta-irm/0\""
                    .to_owned(),
            ),
        }
    }
}

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "search"
    }

    fn output(&self) -> &Output {
        &self.output
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            files: &self.records,
            reference: None,
            claims: None,
        }
    }

    fn figure(&self) -> Result<Drawing> {
        let files = inputs::or_stdin(&self.records);
        let files = by_name(&files)?;
        let mut records: BTreeMap<&str, Record> = BTreeMap::new();
        let mut trials = Vec::new();
        for choice in &self.panels {
            let name = &*choice.record;
            let Some(file) = files.get(name) else {
                let given: Vec<&str> = files.keys().map(|name| &**name).collect();
                bail!(usage::conflict(
                    &["figure", "search"],
                    format!(
                        "--panel names the record {name:?}, expected one of {}; give the file {name}.csv",
                        given.join(" ")
                    )
                ));
            };
            if !records.contains_key(name) {
                records.insert(name, Record::parse(&Input::read(file)?)?);
            }
            let trial = records[name].trial(choice.trial, choice.row.as_deref())?;
            trials.push((&*choice.heading, trial));
        }
        let title = "Accuracy over the steps of training".to_owned();
        figure(self.output.title(title), &trials)
    }
}

/// The files by what panels call them.
fn by_name(files: &[PathBuf]) -> Result<BTreeMap<String, &Path>> {
    let mut named: BTreeMap<String, &Path> = BTreeMap::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if let Some(before) = named.insert(name.to_string(), file) {
            bail!(
                "{}: found a record {name}, as {} is, expected each name once; leave one of the two out, or rename it",
                artifact::display_name(file),
                artifact::display_name(before)
            );
        }
    }
    Ok(named)
}

/// `trials`, each with the heading of its panel.
fn figure(title: String, trials: &[(&str, Trial)]) -> Result<Drawing> {
    let columns = trials.iter().flat_map(|(_, trial)| trial.accuracies.keys());
    let columns: BTreeSet<&Column> = columns.collect();
    ensure!(
        columns.len() <= style::STYLES,
        "{} environments in one figure cannot be told apart, at most {} can; draw fewer records",
        columns.len(),
        style::STYLES
    );
    let styles: BTreeMap<&Column, usize> = columns.into_iter().zip(0..).collect();
    let lines: Vec<Vec<Line>> = trials
        .iter()
        .map(|(_, trial)| {
            let lines = trial.accuracies.iter();
            let lines = lines.map(|(column, points)| line(column, styles[column], points));
            lines.collect()
        })
        .collect();
    let y = accuracy_axis(lines.iter().flatten(), &[]);
    let side_by_side = if trials.len() <= 4 { trials.len() } else { 2 };
    let panels = trials
        .iter()
        .zip(lines)
        .map(|((heading, trial), lines)| Panel {
            heading: (*heading).to_owned(),
            x: steps_axis(trial, side_by_side),
            y: y.clone(),
            lines,
            levels: Vec::new(),
        });
    Ok(Drawing::Curves(Figure {
        title,
        arrangement: Arrangement::Rows {
            columns: side_by_side,
        },
        panels: panels.collect(),
        notes: notes(trials),
    }))
}

/// The mean over the seeds at each number of steps.
fn line(column: &Column, style: usize, points: &BTreeMap<u64, Vec<f64>>) -> Line {
    let points = points.iter().map(|(steps, accuracies)| {
        Point::new(*steps as f64, mean(accuracies), sample_std(accuracies))
    });
    Line {
        label: heading(column),
        style,
        points: points.collect(),
        reference: Vec::new(),
        spread: Spread::Band,
    }
}

/// From 0 to the last number of steps, with as many marks as have room where so many panels stand side by side.
fn steps_axis(trial: &Trial, side_by_side: usize) -> Axis {
    /// Of a digit, and between two numbers, in pixels.
    const DIGIT: usize = 16;
    const SPACE: usize = 24;
    let steps = trial.accuracies.values().flat_map(BTreeMap::keys);
    let last = steps.max().copied().unwrap_or(0);
    let room = layout::width(side_by_side) as usize;
    let marks = room / (DIGIT * last.to_string().len() + SPACE);
    Axis::around("steps", 0.0, last as f64, 0.0, marks.clamp(1, 10))
}

fn notes(trials: &[(&str, Trial)]) -> Vec<String> {
    /// In one note, which may not be longer than some lines.
    const PANELS: usize = 4;
    let counts: BTreeSet<usize> = trials.iter().map(|(_, trial)| trial.seeds).collect();
    let mut notes = vec![captions::deviation("bands", "seed", &counts)];
    if counts.len() > 1 {
        notes.extend(trials.chunks(PANELS).map(|trials| {
            let trials = trials.iter();
            let each = trials.map(|(heading, trial)| format!("{heading}: n = {}", trial.seeds));
            each.collect::<Vec<_>>().join("; ") + "."
        }));
    }
    notes.push("The seeds are those of the search, not those of the tables.".to_owned());
    for (heading, trial) in trials.iter().filter(|(_, trial)| trial.left_out > 0) {
        notes.push(format!(
            "{heading}: {} of {} numbers of steps left out, where not all seeds were scored.",
            trial.left_out, trial.steps
        ));
    }
    notes
}
