//! `report figure claims`: the differences that test the paper's claims, with their intervals.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use evidence::claims::{Claims, Expected, Judged, Selection, Word};

use super::drawn::{Drawn, Sources};
use super::score_files::ScoreFiles;
use crate::claims::Verdicts;
use crate::claims::words::{self, starred};
use crate::figure::drawing::axis::Axis;
use crate::figure::drawing::differences::{Differences, Group, Kind, Row};
use crate::figure::drawing::plot::Drawing;
use crate::figure::drawing::style;
use crate::figure::output::Output;
use crate::inputs;
use crate::notation::visible;

const EXAMPLES: &str = "\
Example:
  $ report figure claims --claims scripts/experiments/claims.csv \\
      --reference fixtures/reference.csv -o claims.svg scores.csv";

/// Draws the differences that test the paper's claims, with their 95 % intervals, one under the other.
///
/// The shaded side is where the claim expects the difference. The verdict is that of `report claims`. Comparisons without rows are
/// left out.
#[derive(clap::Args)]
#[command(arg_required_else_help = true, after_long_help = EXAMPLES)]
pub struct Args {
    /// The claims, in the format that `report claims` reads
    #[arg(long, value_name = "FILE")]
    claims: PathBuf,

    #[command(flatten)]
    scored: ScoreFiles,
}

impl Drawn for Args {
    fn name(&self) -> &'static str {
        "claims"
    }

    fn output(&self) -> &Output {
        &self.scored.output
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            claims: Some(&self.claims),
            ..self.scored.sources()
        }
    }

    fn figure(&self) -> Result<Drawing> {
        let claims = Claims::read(&self.claims)?;
        let references = self.scored.references()?;
        let gathered = inputs::gather(&self.scored.scores, None)?;
        let verdicts = Verdicts::of(&claims, &gathered.cells, &references)?;
        let groups = groups(&verdicts);
        ensure!(
            !groups.is_empty(),
            "no comparison of {} has all of its rows in the scores; give the scores of the experiments that it names",
            artifact::display_name(&self.claims)
        );
        let title = self
            .scored
            .output
            .title("Differences that test the claims".to_owned());
        Ok(Drawing::Differences(differences(title, groups)))
    }
}

/// Those of the claims that have rows.
fn groups(verdicts: &Verdicts) -> Vec<Group> {
    let groups = verdicts.claims().map(|(number, each)| {
        let mut rows = Vec::new();
        for place in 0..each[0].1.comparisons.len() {
            let mut first = true;
            for (selection, claim) in &each {
                if let Some(row) = row(*selection, &claim.comparisons[place], first) {
                    rows.push(row);
                    first = false;
                }
            }
        }
        Group {
            heading: format!("{number}. {}", visible(&each[0].1.claim.statement)),
            rows,
        }
    });
    groups.filter(|group| !group.rows.is_empty()).collect()
}

/// What one comparison is under `selection`. The `first` row of a comparison names it, and has the paper's difference.
fn row(selection: Selection, judged: &Judged, first: bool) -> Option<Row> {
    let estimate = judged.estimate.filter(|_| judged.word != Word::Untested)?;
    let interval = judged.interval.map_or(String::new(), |interval| {
        format!(" ({})", words::interval(interval))
    });
    Some(Row {
        label: match first {
            true => visible(&judged.comparison.words),
            false => String::new(),
        },
        kind: Selection::ALL
            .iter()
            .position(|other| *other == selection)?,
        mean: estimate.mean,
        interval: judged
            .interval
            .map(|interval| (interval.low, interval.high)),
        published: judged.paper.filter(|_| first),
        expected: match judged.comparison.expected {
            Expected::Above => (0.0, f64::INFINITY),
            Expected::Below => (f64::NEG_INFINITY, 0.0),
            Expected::Same { margin } => (-margin, margin),
        },
        words: format!(
            "{}{interval} {}",
            words::signed(estimate.mean),
            starred(judged)
        ),
    })
}

/// `groups` on one axis, of which there is at least one.
fn differences(title: String, groups: Vec<Group>) -> Differences {
    let rows = || groups.iter().flat_map(|group| &group.rows);
    let values = rows().flat_map(|row| {
        let (low, high) = row.interval.unwrap_or((row.mean, row.mean));
        let (from, to) = row.expected;
        let ends = [from, to].into_iter().filter(|end| end.is_finite());
        ends.chain(row.published).chain([row.mean, low, high])
    });
    let (low, high) = values.fold((0.0f64, 0.0f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let published = rows().any(|row| row.published.is_some());
    let mut notes =
        vec!["Bars: 95 % interval of the mean difference over seeds. Shaded: where the claim expects the difference.".to_owned()];
    if rows().any(|row| row.words.ends_with('*')) {
        notes.push(
            "*: undecided when the intervals are widened for all comparisons together.".to_owned(),
        );
    }
    Differences {
        title,
        axis: Axis::covering("difference in accuracy, points of per cent", low, high, 12),
        kinds: [
            (Selection::Fidelity, style::SOLID),
            (Selection::Honest, HONEST),
        ]
        .map(|(selection, style)| Kind {
            name: selection.to_string(),
            words: format!("{selection}: {}", words::chosen(selection)),
            style,
        })
        .into(),
        published: published.then(|| "the paper's difference".to_owned()),
        groups,
        notes,
    }
}

/// A square, which is told from the disc of fidelity without its colour too.
const HONEST: usize = 1;
