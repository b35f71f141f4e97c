//! Published numbers to compare with, such as those of `fixtures/reference.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::row_key::RowKey;
use crate::variant::variant_of;

/// Where a published number was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In the paper itself.
    Paper,
    /// On the page of the paper's author.
    AuthorPage,
}

impl Origin {
    /// Each, in the order in which they are counted.
    pub const ALL: [Self; 2] = [Self::Paper, Self::AuthorPage];
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Paper => "paper",
            Self::AuthorPage => "author-page",
        })
    }
}

/// A published mean and standard deviation, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Mean accuracy, 0 to 100.
    pub mean: f64,
    /// The published ±, taken for a standard deviation, in points.
    pub std: f64,
    /// Where it was published.
    pub origin: Origin,
}

/// A published number and its place in its experiment.
pub type PublishedCell = (RowKey, Column, Published);

/// What one experiment is compared with.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// In the file's order; none where the file does not know the experiment.
    pub cells: &'a [PublishedCell],
    /// The experiment whose cells they are, where it is another one. Then the verdicts do not count.
    pub variant_of: Option<&'a str>,
}

/// The published cells of every experiment, in the file's order.
#[derive(Default)]
pub struct References {
    /// What messages call the file; empty where none was read.
    name: String,
    /// In the file's order.
    experiments: Vec<String>,
    cells: BTreeMap<String, Vec<PublishedCell>>,
}

/// The names of [`Line`]'s fields, but for `row`, which may be missing.
const COLUMNS: [&str; 8] = [
    "experiment",
    "objective",
    "classes",
    "n_per_env",
    "column",
    "mean",
    "std",
    "origin",
];

/// One line of a reference file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    experiment: String,
    objective: String,
    classes: usize,
    n_per_env: Option<usize>,
    column: String,
    mean: f64,
    std: f64,
    origin: Origin,
    /// The name of the row beside which it stands, where several are of this objective.
    #[serde(default)]
    row: Option<String>,
}

impl References {
    /// The reference file `path`; without one, no experiment is known.
    ///
    /// # Errors
    /// Names the file, the line and the field of what is no published number, and of a cell given
    /// twice.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = artifact::display_name(path);
        Self::parse(&name, &artifact::read(path)?)
    }

    /// The CSV text `bytes`; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let mut references = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        references
            .add(bytes)
            .with_context(|| format!("{name}: not a table of reference"))?;
        Ok(references)
    }

    /// What messages call the file; empty where none was read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the experiments, in the file's order.
    pub fn experiments(&self) -> impl Iterator<Item = &str> {
        self.experiments.iter().map(String::as_str)
    }

    /// What `experiment` is compared with: its own cells, or for a variant that has none, those of the experiment of which
    /// it is a variant.
    pub fn of(&self, experiment: &str) -> Reference<'_> {
        let cells = self.cells(experiment);
        match variant_of(experiment, self.experiments()) {
            Some(other) if cells.is_empty() => Reference {
                cells: self.cells(other),
                variant_of: Some(other),
            },
            _ => Reference {
                cells,
                variant_of: None,
            },
        }
    }

    fn cells(&self, experiment: &str) -> &[PublishedCell] {
        self.cells.get(experiment).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let mut taken = BTreeSet::new();
        for line in score::lines(bytes, &COLUMNS)? {
            let (number, line): (_, Line) = line?;
            let experiment = line.experiment.clone();
            let cell = cell(line).map_err(|e| anyhow!("line {number}: {e:#}"))?;
            let (key, column, _) = &cell;
            ensure!(
                taken.insert((experiment.clone(), key.clone(), column.clone())),
                "line {number}: {key} has a number in column {column} already"
            );
            if !self.cells.contains_key(&experiment) {
                self.experiments.push(experiment.clone());
            }
            self.cells.entry(experiment).or_default().push(cell);
        }
        Ok(())
    }
}

fn cell(line: Line) -> Result<PublishedCell> {
    ensure!(
        line.classes >= 2,
        "classes is {}, expected at least 2",
        line.classes
    );
    ensure!(
        (0.0..=100.0).contains(&line.mean),
        "mean is {}, expected per cent from 0 to 100",
        line.mean
    );
    ensure!(
        (0.0..=100.0).contains(&line.std),
        "std is {}, expected points from 0 to 100",
        line.std
    );
    let key = RowKey {
        name: line.row.unwrap_or_default(),
        objective: line.objective,
        classes: line.classes,
        n_per_env: line.n_per_env,
    };
    let column = line.column.parse().map_err(anyhow::Error::msg)?;
    let published = Published {
        mean: line.mean,
        std: line.std,
        origin: line.origin,
    };
    Ok((key, column, published))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "experiment,objective,classes,n_per_env,column,mean,std,origin\n";

    #[test]
    fn every_objective_of_the_paper_has_a_printed_name() {
        let reference = include_str!("../../../fixtures/reference.csv");
        for line in reference.lines().skip(1) {
            let objective = line.split(',').nth(1).unwrap();
            assert_ne!(objective::printed_name(objective), objective);
        }
    }

    #[test]
    fn the_papers_file_is_read_whole() {
        let file = include_bytes!("../../../fixtures/reference.csv");
        let references = References::parse("f", file).unwrap();
        let count = |experiment| references.of(experiment).cells.len();
        let experiments = [
            ("cmnist", 18),
            ("multiclass", 16),
            ("insufficient", 9),
            ("two-spurious", 9),
            ("ablation", 8),
        ];
        for (experiment, cells) in experiments {
            assert_eq!(count(experiment), cells, "{experiment}");
        }
        assert_eq!(
            references.experiments().collect::<Vec<_>>(),
            experiments.map(|(experiment, _)| experiment)
        );
        assert_eq!(count("none"), 0);
        assert_eq!(references.of("cmnist").variant_of, None);
        for variant in ["cmnist-honest", "cmnist-mine"] {
            let variant = references.of(variant);
            assert_eq!(variant.cells.len(), 18);
            assert_eq!(variant.variant_of, Some("cmnist"));
        }
        let (key, column, published) = &references.of("cmnist").cells[6];
        assert_eq!(key.to_string(), "mm-rex (classes 2, n_per_env 25000)");
        assert_eq!(column.to_string(), "0.1");
        assert_eq!(published.mean, 70.8);
        assert_eq!(published.std, 1.5);
        assert_eq!(published.origin, Origin::AuthorPage);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = "t,erm,2,100,0.9,70,1,paper\n";
        for (bad, expected) in [
            (
                "t,erm,2,100,0.8,many,1,paper\n",
                "line 3: mean: invalid float",
            ),
            (
                "t,erm,2,100,0.8,70,1,hearsay\n",
                "line 3: unknown variant `hearsay`",
            ),
            ("t,erm,2,100,0.8,70\n", "line: 3"),
            ("t,erm,1,100,0.8,70,1,paper\n", "line 3: classes is 1"),
            ("t,erm,2,100,0.8,170,1,paper\n", "line 3: mean is 170"),
            ("t,erm,2,100,0.8,70,-1,paper\n", "line 3: std is -1"),
            ("t,erm,2,100,1.8,70,1,paper\n", "line 3: column \"1.8\""),
            (good, "line 3: erm (classes 2, n_per_env 100) has"),
        ] {
            let text = format!("{HEADER}{good}{bad}");
            let error = format!(
                "{:#}",
                References::parse("f", text.as_bytes()).err().unwrap()
            );
            assert!(error.contains(expected), "{bad}: {error}");
        }
        // Beside which of several rows, where the file says.
        let text = HEADER.trim_end().to_owned() + ",row\n" + good.trim_end() + ",wide\n";
        let references = References::parse("f", text.as_bytes()).unwrap();
        assert_eq!(references.of("t").cells[0].0.name, "wide");
        for empty in ["", "experiment,mean\n"] {
            let error = format!(
                "{:#}",
                References::parse("f", empty.as_bytes()).err().unwrap()
            );
            assert!(error.contains("line 1: no column"), "{empty}: {error}");
        }
    }
}
