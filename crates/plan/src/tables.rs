//! The tables of experiments, read and checked.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::read::{Record, Sheet};
use crate::words;

const ENVIRONMENTS: [&str; 5] = [
    "environments",
    "flags of mkenv",
    "training p_e",
    "test p_e",
    "test environments of",
];
const RUNS: [&str; 4] = ["experiment", "row", "environments", "other flags"];
const FIGURES: [&str; 6] = [
    "figure",
    "shown under",
    "kind",
    "drawn from",
    "leave out",
    "alternative text",
];

/// A row of environments.csv: a kind of environments, of which there is one set per seed.
pub struct Environments {
    pub name: String,
    pub flags: Vec<String>,
    pub training_p_e: Vec<String>,
    pub test_p_e: Vec<String>,
    /// The kind whose test environments are taken: its own, or that of another one.
    pub test_of: String,
}

/// A row of runs.csv.
pub struct Run {
    pub experiment: String,
    pub row: String,
    pub environments: String,
    /// Flags and values, in the order of the columns.
    pub flags: Vec<String>,
}

/// What a figure is drawn from.
pub enum Source {
    /// The scores of one experiment, but for the rows that are left out.
    Accuracy {
        experiment: String,
        leave_out: Vec<String>,
    },
    /// The training logs of one run, EXPERIMENT/ROW.
    Training { run: String },
    /// The scores of several experiments.
    Data { experiments: Vec<String> },
}

/// A row of figures.csv.
pub struct Figure {
    pub name: String,
    pub under: String,
    pub source: Source,
    pub alt: String,
}

/// All tables.
pub struct Tables {
    pub environments: Vec<Environments>,
    pub runs: Vec<Run>,
    pub figures: Vec<Figure>,
}

impl Run {
    /// EXPERIMENT/ROW.
    pub fn name(&self) -> String {
        format!("{}/{}", self.experiment, self.row)
    }

    /// The value of the flag `--NAME`.
    pub fn value(&self, flag: &str) -> Option<&str> {
        let place = self.flags.iter().position(|word| *word == flag)?;
        self.flags.get(place + 1).map(String::as_str)
    }
}

impl Tables {
    /// The tables in the folder.
    ///
    /// # Errors
    /// What cannot be read or makes no sense, with its file, line and column.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut tables = Self {
            environments: Vec::new(),
            runs: Vec::new(),
            figures: Vec::new(),
        };
        let sheet = Sheet::read(&folder.join("environments.csv"), &ENVIRONMENTS)?;
        sheet.only(&ENVIRONMENTS)?;
        for record in sheet.rows() {
            let environments = tables.environments_of(&record)?;
            tables.environments.push(environments);
        }
        let sheet = Sheet::read(&folder.join("runs.csv"), &RUNS)?;
        for record in sheet.rows() {
            let run = tables.run_of(&record, &sheet.columns)?;
            tables.runs.push(run);
        }
        let sheet = Sheet::read(&folder.join("figures.csv"), &FIGURES)?;
        sheet.only(&FIGURES)?;
        for record in sheet.rows() {
            let figure = tables.figure_of(&record)?;
            tables.figures.push(figure);
        }
        Ok(tables)
    }

    /// The names of the experiments, in the order of their first rows.
    pub fn experiments(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for run in &self.runs {
            if !names.contains(&&*run.experiment) {
                names.push(&run.experiment);
            }
        }
        names
    }

    /// The runs of one experiment.
    pub fn rows(&self, experiment: &str) -> impl Iterator<Item = &Run> {
        self.runs
            .iter()
            .filter(move |run| run.experiment == experiment)
    }

    /// The environments that `run` is trained on.
    pub fn of(&self, run: &Run) -> &Environments {
        self.kind(&run.environments)
            .expect("a run's environments are looked up as it is read")
    }

    /// The first run with the environments and flags of `run`, which is `run` itself where there is none before it.
    pub fn trained_as<'a>(&'a self, run: &'a Run) -> &'a Run {
        let same =
            |other: &&Run| (&other.environments, &other.flags) == (&run.environments, &run.flags);
        self.runs.iter().find(same).unwrap_or(run)
    }

    /// The run EXPERIMENT/ROW.
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.name() == name)
    }

    fn kind(&self, name: &str) -> Option<&Environments> {
        self.environments.iter().find(|kind| kind.name == name)
    }

    fn known_kind(&self, name: &str) -> Result<&Environments> {
        let names = || self.environments.iter().map(|kind| &*kind.name);
        match self.kind(name) {
            Some(kind) => Ok(kind),
            None => bail!("{}", expected(name, names())),
        }
    }

    fn known_experiment(&self, name: &str) -> Result<()> {
        let names = self.experiments();
        ensure!(names.contains(&name), "{}", expected(name, names));
        Ok(())
    }

    fn environments_of(&self, record: &Record) -> Result<Environments> {
        let name = record.parse("environments", |cell| {
            ensure!(self.kind(cell).is_none(), "two lines are {cell}");
            words::name(cell)
        })?;
        let training_p_e = record.parse("training p_e", |cell| {
            let found = words::probabilities(cell)?;
            ensure!(
                !found.is_empty(),
                "found nothing, expected a p_e for each training environment"
            );
            Ok(found)
        })?;
        let test_p_e = record.parse("test p_e", words::probabilities)?;
        let test_of = record.parse("test environments of", |cell| {
            if cell.is_empty() {
                return Ok(name.clone());
            }
            let other = self.known_kind(cell)?;
            ensure!(
                other.test_of == other.name,
                "found {cell:?}, which takes those of {:?} itself, expected {:?}",
                other.test_of,
                other.test_of
            );
            if let Some(p_e) = test_p_e.iter().find(|p_e| !other.test_p_e.contains(p_e)) {
                bail!(
                    "{cell} is not tested at p_e {p_e}, expected some of {}",
                    other.test_p_e.join(" ")
                );
            }
            Ok(cell.to_owned())
        })?;
        Ok(Environments {
            flags: record.parse("flags of mkenv", words::flags)?,
            name,
            training_p_e,
            test_p_e,
            test_of,
        })
    }

    fn run_of(&self, record: &Record, columns: &[String]) -> Result<Run> {
        let experiment = record.parse("experiment", words::name)?;
        let row = record.parse("row", |cell| {
            let there = |run: &Run| run.experiment == experiment && run.row == cell;
            ensure!(
                !self.runs.iter().any(there),
                "two lines are {experiment}/{cell}"
            );
            words::name(cell)
        })?;
        let environments = record.parse("environments", |cell| {
            Ok(self.known_kind(cell)?.name.clone())
        })?;
        let mut flags = Vec::new();
        for column in columns
            .iter()
            .filter(|column| !RUNS.contains(&column.as_str()))
        {
            let value = record.parse(column, |cell| {
                let flag = column.starts_with(|c: char| c.is_ascii_lowercase());
                ensure!(
                    flag && words::name(column).is_ok(),
                    "found the column {column:?}, expected a flag of train without its hyphens"
                );
                words::not_given(column)?;
                if cell.is_empty() {
                    Ok(None)
                } else {
                    words::value(cell).map(Some)
                }
            })?;
            flags.extend(
                value
                    .into_iter()
                    .flat_map(|value| [format!("--{column}"), value]),
            );
        }
        let other = record.parse("other flags", |cell| {
            let other = words::flags(cell)?;
            if let Some(first) = other.first() {
                ensure!(
                    first.starts_with("--"),
                    "found {first:?}, expected a flag such as --first-order"
                );
            }
            for word in other.iter().filter(|word| word.starts_with('-')) {
                words::not_given(word)?;
                ensure!(
                    !flags.contains(word),
                    "found {word:?}, which has a column of its own in this row"
                );
            }
            Ok(other)
        })?;
        flags.extend(other);
        Ok(Run {
            experiment,
            row,
            environments,
            flags,
        })
    }

    fn figure_of(&self, record: &Record) -> Result<Figure> {
        let name = record.parse("figure", |cell| {
            ensure!(
                !self.figures.iter().any(|figure| figure.name == cell),
                "two lines are {cell}"
            );
            words::name(cell)
        })?;
        let under = record.parse("shown under", |cell| {
            self.known_experiment(cell)?;
            Ok(cell.to_owned())
        })?;
        let leave_out: Vec<String> = record
            .cell("leave out")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let kind = record.cell("kind");
        let source = record.parse("drawn from", |cell| match kind {
            "accuracy" => {
                self.known_experiment(cell)?;
                Ok(Source::Accuracy {
                    experiment: cell.to_owned(),
                    leave_out: leave_out.clone(),
                })
            }
            "training" => match self.run(cell) {
                Some(run) => Ok(Source::Training { run: run.name() }),
                None => bail!(
                    "found {cell:?}, expected an experiment and its row, such as cmnist/meta-irm"
                ),
            },
            _ => {
                let experiments: Vec<String> = cell.split_whitespace().map(str::to_owned).collect();
                ensure!(
                    !experiments.is_empty(),
                    "found nothing, expected experiments"
                );
                for name in &experiments {
                    self.known_experiment(name)?;
                }
                Ok(Source::Data { experiments })
            }
        })?;
        record.parse("kind", |cell| {
            let kinds = ["accuracy", "training", "data"];
            ensure!(kinds.contains(&cell), "{}", expected(cell, kinds));
            Ok(())
        })?;
        record.parse("leave out", |_| match &source {
            Source::Accuracy { experiment, .. } => {
                let rows: Vec<&str> = self.rows(experiment).map(|run| &*run.row).collect();
                let other = leave_out.iter().find(|row| !rows.contains(&row.as_str()));
                other.map_or(Ok(()), |row| {
                    bail!("{}", expected(row, rows.iter().copied()))
                })
            }
            _ => {
                ensure!(
                    leave_out.is_empty(),
                    "found {leave_out:?}, expected nothing: only accuracy leaves rows out"
                );
                Ok(())
            }
        })?;
        let alt = record.parse("alternative text", |cell| {
            ensure!(
                !cell.is_empty() && !cell.contains(|c: char| c.is_control() || c == '\\'),
                "found {cell:?}, expected one line of text without backslashes"
            );
            Ok(cell.to_owned())
        })?;
        Ok(Figure {
            name,
            under,
            source,
            alt,
        })
    }
}

fn expected<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    format!("found {found:?}, expected one of {}", names.join(" "))
}
