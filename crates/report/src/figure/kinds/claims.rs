//! `report figure claims`: the differences by which claims are judged, one under the other.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use evidence::References;
use evidence::claims::{Claims, Judged, JudgedClaim, Selection};

use super::drawn::Drawn;
use super::score_files::ScoreFiles;
use crate::claims::{Verdicts, experiments, words};
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::plot::{Figure, Level, Line, Panel, Point, Spread};
use crate::figure::drawing::style::SOLID;
use crate::figure::output::Output;
use crate::notation::visible;

const EXAMPLES: &str = "\
Example:
  $ report figure claims --claims scripts/experiments/claims.csv \\
      --reference fixtures/reference.csv -o claims.svg scores.csv";

/// Draws the differences by which `report claims` judges, with their 95 % intervals.
///
/// Each comparison is a line of the figure. It shows the mean difference over seeds under each selection, its interval
/// (Student's t over seeds), and the paper's difference as a hollow marker.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Args {
    /// The claims, as `report claims` reads them.
    #[arg(long, value_name = "FILE")]
    claims: PathBuf,

    #[command(flatten)]
    scored: ScoreFiles,
}

/// The look of each selection, and how far its points are moved from the middle of their line.
const LOOKS: [(Selection, usize, f64); 2] = [
    (Selection::Fidelity, SOLID, 0.14),
    (Selection::Honest, 1, -0.14),
];

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "claims"
    }

    fn output(&self) -> &Output {
        &self.scored.output
    }

    fn files(&self) -> &[PathBuf] {
        &self.scored.scores
    }

    fn reference(&self) -> Option<&Path> {
        self.scored.reference.as_deref()
    }

    fn figure(&self) -> Result<Figure> {
        let claims = Claims::read(&self.claims)?;
        let (references, rows) = self.scored.read()?;
        let title = self
            .scored
            .output
            .title("The claims: differences in accuracy".to_owned());
        figure(title, &claims, &experiments(&rows)?, &references)
    }
}

fn figure(
    title: String,
    claims: &Claims,
    experiments: &evidence::claims::contrast::Experiments,
    references: &References,
) -> Result<Figure> {
    let verdicts = Verdicts::of(claims, experiments, references)?;
    // Each comparison of which there is a number, with its claim's number, from 1.
    let mut tested: Vec<(usize, usize)> = Vec::new();
    for (number, each) in verdicts.claims() {
        for place in 0..each[0].1.comparisons.len() {
            let mut of_each = each.iter().map(|(_, claim)| &claim.comparisons[place]);
            if of_each.any(|judged| judged.estimate.is_some() || judged.paper.is_some()) {
                tested.push((number, place));
            }
        }
    }
    ensure!(
        !tested.is_empty(),
        "no comparison of the claims has rows in the score files; name the files of their experiments"
    );
    let lines: Vec<Line> = verdicts
        .0
        .iter()
        .filter_map(|(selection, claims)| line(*selection, claims, &tested))
        .collect();
    let first: &Vec<JudgedClaim> = &verdicts.0[0].1;
    let names: Vec<String> = tested
        .iter()
        .map(|&(number, place)| name(number, &first[number - 1].comparisons[place]))
        .rev()
        .collect();
    let values = || lines.iter().flat_map(Line::values);
    let (low, high) = values().fold((0.0f64, 0.0f64), |(low, high), y| (low.min(y), high.max(y)));
    Ok(Figure {
        title,
        panels: vec![Panel {
            x: Axis::of_names("", &names),
            y: Axis::covering("difference (points of per cent)", low, high, 8),
            lines,
            levels: vec![Level {
                label: "no difference".to_owned(),
                y: 0.0,
            }],
            sideways: true,
        }],
        notes: vec![
            "Bars: 95 % interval of the mean difference within a seed, Student's t over seeds."
                .to_owned(),
            "In brackets what the claim expects. Hollow: the difference of the published means."
                .to_owned(),
        ],
    })
}

/// The number of the claim, its comparison in words, and what it expects.
fn name(number: usize, judged: &Judged) -> String {
    let comparison = judged.comparison;
    format!(
        "{number}. {} ({})",
        visible(&comparison.words),
        words::expected(comparison.expected)
    )
}

/// The differences under `selection`; `None` where nothing is tested under it. The published ones stand beside the first.
fn line(selection: Selection, claims: &[JudgedClaim], tested: &[(usize, usize)]) -> Option<Line> {
    let (_, style, aside) = LOOKS.into_iter().find(|(of, ..)| *of == selection)?;
    // The first comparison is at the top.
    let places = (0..tested.len()).rev().map(|place| place as f64);
    let judged = tested
        .iter()
        .map(|&(number, place)| &claims[number - 1].comparisons[place]);
    let judged: Vec<_> = places.zip(judged).collect();
    let point = |(x, judged): &(f64, &Judged)| {
        let spread = judged
            .interval
            .map(|interval| (interval.low, interval.high));
        Some(Point {
            x: x + aside,
            mean: judged.estimate?.mean,
            spread,
        })
    };
    let points: Vec<Point> = judged.iter().filter_map(point).collect();
    let published = judged.iter().filter(|_| selection == Selection::ALL[0]);
    let reference =
        published.filter_map(|(x, judged)| Some(Point::new(x + aside, judged.paper?, None)));
    let reference: Vec<Point> = reference.collect();
    (!points.is_empty() || !reference.is_empty()).then(|| Line {
        label: format!("ours, {selection}"),
        style,
        points,
        runs: Vec::new(),
        reference,
        spread: Spread::BarsAlone,
    })
}
