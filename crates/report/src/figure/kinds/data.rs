//! `report figure data`: what becomes of each objective as the training data decrease.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use evidence::{Cell, Column, Published, RowKey};

use super::accuracy_axis::accuracy_axis;
use super::drawn::{Drawn, Sources};
use super::score_files::ScoreFiles;
use super::shift::shift;
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Arrangement, Drawing, Figure, Line, Panel, Point, Spread};
use crate::figure::drawing::style;
use crate::figure::{captions, output::Output};
use crate::notation::{thousands, visible};
use crate::{experiment, inputs};

const EXAMPLES: &str = "\
Example (cmnist has 25,000 rows per environment, insufficient fewer):
  $ report figure data --experiment cmnist --experiment insufficient \\
      --reference fixtures/reference.csv -o data.svg scores.csv";

/// Draws the accuracy at one p_e over the rows per training environment, from many to few.
///
/// Each objective that was run with several numbers of rows is a line. The bars are ± one sample
/// standard deviation over the seeds.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, allow_negative_numbers = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// An experiment to take rows from; may be repeated.
    #[arg(long = "experiment", value_name = "NAME", required = true)]
    experiments: Vec<String>,

    /// The test environment: its p_e, from 0 to 1.
    #[arg(long, value_name = "P", default_value = "0.9", value_parser = artifact::probability)]
    p_e: f64,

    #[command(flatten)]
    scored: ScoreFiles,
}

/// What one line is about: an objective, and the number of classes.
type Key = (usize, String, usize);

/// Cells and published numbers by falling rows per environment.
type Sizes = BTreeMap<Reverse<usize>, (Option<Cell>, Option<Published>)>;

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "data"
    }

    fn output(&self) -> &Output {
        &self.scored.output
    }

    fn sources(&self) -> Sources<'_> {
        self.scored.sources()
    }

    fn figure(&self) -> Result<Drawing> {
        let references = self.scored.references()?;
        let gathered = inputs::gather(&self.scored.scores, Some(&self.experiments))?;
        experiment::warn_unnamed(gathered.unnamed());
        let column = Column::Test(self.p_e);
        let mut found: BTreeMap<Key, Sizes> = BTreeMap::new();
        let mut without_scores = Vec::new();
        for name in &self.experiments {
            let cells = match experiment::cells_or_why_not(name, &gathered) {
                Ok(cells) => cells,
                Err(why_not) => {
                    without_scores.push(why_not);
                    continue;
                }
            };
            for (key, columns) in cells.rows {
                let Some(cell) = columns.get(&column) else {
                    continue;
                };
                let Some((ours, _)) = place(&mut found, &key) else {
                    experiment::warn(&format!(
                        "{key}: not drawn, because its training environments have no one number of rows"
                    ));
                    continue;
                };
                if ours.replace(cell.clone()).is_some() {
                    bail!(
                        "{key}: its objective has scores of this size twice, in two rows or in two of the experiments; leave \
                         one of them out"
                    );
                }
            }
            for (key, of, published) in experiment::reference(&references, name).cells {
                if *of == column
                    && let Some((_, paper)) = place(&mut found, key)
                {
                    *paper = Some(*published);
                }
            }
        }
        found.retain(|_, sizes| sizes.values().filter(|(ours, _)| ours.is_some()).count() > 1);
        let names = self.experiments.join(", ");
        if found.is_empty() {
            without_scores.push(format!(
                "no objective of {names} has scores at p_e {} for more than one number of rows per \
                 environment; name an experiment of each number after --experiment",
                column
            ));
            bail!(without_scores.join("; "));
        }
        for why_not in without_scores {
            experiment::warn(&why_not);
        }
        let title = format!(
            "Accuracy at p_e = {} with fewer training data: {}",
            column,
            visible(&names)
        );
        figure(self.scored.output.title(title), &found)
    }
}

/// The place of the row `key` on the axis; `None` where it has no number of rows.
fn place<'a>(
    found: &'a mut BTreeMap<Key, Sizes>,
    key: &RowKey,
) -> Option<&'a mut (Option<Cell>, Option<Published>)> {
    let size = Reverse(key.n_per_env?);
    let objective = key.objective.clone();
    let key = (objective::rank(&objective), objective, key.classes);
    let sizes = found.entry(key).or_default();
    Some(sizes.entry(size).or_default())
}

fn figure(title: String, found: &BTreeMap<Key, Sizes>) -> Result<Drawing> {
    let scored = |sizes: &Sizes| -> Vec<Reverse<usize>> {
        let sizes = sizes.iter().filter(|(_, (ours, _))| ours.is_some());
        sizes.map(|(size, _)| *size).collect()
    };
    let all: BTreeSet<Reverse<usize>> = found.values().flat_map(scored).collect();
    let names: Vec<String> = all.iter().map(|size| thousands(size.0)).collect();
    let places: BTreeMap<Reverse<usize>, f64> = all.into_iter().zip((0..).map(f64::from)).collect();

    let objectives: Vec<&str> = found.keys().map(|(_, name, _)| name.as_str()).collect();
    let styles = style::assign(&objectives)?;
    let keys: Vec<RowKey> = found
        .keys()
        .map(|(_, objective, classes)| RowKey {
            name: String::new(),
            objective: objective.clone(),
            classes: *classes,
            n_per_env: None,
        })
        .collect();
    let counts = |sizes: &Sizes| -> BTreeSet<usize> {
        let cells = sizes.values().filter_map(|(ours, _)| ours.as_ref());
        cells.map(Cell::n).collect()
    };
    let counted: Vec<_> = keys.iter().zip(found.values().map(counts)).collect();
    let lines: Vec<Line> = found
        .values()
        .zip(captions::labels(&counted))
        .zip(styles)
        .enumerate()
        .map(|(place, ((sizes, label), style))| {
            let shift = shift(place, found.len());
            line(label, style, sizes, |size| Some(places.get(size)? + shift))
        })
        .collect();

    let all: BTreeSet<usize> = counted.iter().flat_map(|(_, n)| n.clone()).collect();
    let mut notes = vec![captions::deviation("bars", "seed", &all)];
    if all.iter().any(|&count| count > 1) {
        notes.push(captions::SEEDS.to_owned());
    }
    if lines.iter().any(|line| !line.reference.is_empty()) {
        notes.push(captions::PUBLISHED.to_owned());
    }
    Ok(Drawing::Curves(Figure {
        title,
        arrangement: Arrangement::Stacked,
        panels: vec![Panel {
            heading: String::new(),
            x: Axis::of_names("images per training environment", &names),
            y: accuracy_axis(lines.iter(), &[]),
            lines,
            levels: Vec::new(),
        }],
        notes,
    }))
}

/// `x` tells where a number of rows stands, if it is on the axis.
fn line(
    label: String,
    style: usize,
    sizes: &Sizes,
    x: impl Fn(&Reverse<usize>) -> Option<f64>,
) -> Line {
    Line {
        label,
        style,
        points: sizes
            .iter()
            .filter_map(|(size, (ours, _))| Some(Point::of(x(size)?, ours.as_ref()?)))
            .collect(),
        reference: sizes
            .iter()
            .filter_map(|(size, (_, paper))| Some(Point::published(x(size)?, paper.as_ref()?)))
            .collect(),
        spread: Spread::Bars,
    }
}
