//! The tables of experiments, read and checked.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use crate::cell_syntax;
use crate::claims::{self, Comparison};
use crate::csv_table::{CsvTable, Record};
use crate::environments::{self, Environments};
use crate::index::Index;
use crate::search_panels::{self, Panel};

/// Reads the file of a path.
pub type ReadFile<'a> = dyn Fn(&Path) -> Result<Vec<u8>> + 'a;

/// The columns of runs.csv that it must have and that are no flags of train.
const RUNS: [&str; 4] = ["experiment", "row", "environments", "other flags"];
/// The column of runs.csv that it may have besides, and that is no flag either.
const ALSO_TESTED_ON: &str = "also tested on";
/// The column of figures.csv that it may have besides.
const TITLE: &str = "title";
const FIGURES: [&str; 6] = [
    "figure",
    "shown under",
    "kind",
    "drawn from",
    "leave out",
    "alternative text",
];

/// A row of runs.csv.
pub struct Run {
    pub experiment: String,
    pub row: String,
    pub environments: String,
    /// Test environments beside those of its own kind.
    pub also_tested_on: Vec<FurtherTests>,
    /// Flags and values, in the order of the columns.
    pub flags: Vec<String>,
}

/// The test environments of a kind, under a name of their own in tables. Written KIND, or NAME=KIND.
pub struct FurtherTests {
    pub name: String,
    pub kind: String,
}

/// What a figure is drawn from.
pub enum FigureSource {
    /// The scores of one experiment, but for the rows that are left out.
    Accuracy {
        experiment: String,
        leave_out: Vec<String>,
    },
    /// The training logs of one run, EXPERIMENT/ROW.
    Training { run: String },
    /// The scores of several experiments.
    Data { experiments: Vec<String> },
    /// The scores of all experiments that the claims of the paper are tested on.
    Claims { tested_on: Vec<Comparison> },
    /// The records of searches.
    Search { panels: Vec<Panel> },
}

/// A row of figures.csv.
pub struct Figure {
    pub name: String,
    pub under: String,
    pub source: FigureSource,
    pub alt: String,
    /// Empty where report is to choose one.
    pub title: String,
}

/// All tables.
pub struct Tables {
    pub environments: Vec<Environments>,
    pub runs: Vec<Run>,
    pub figures: Vec<Figure>,
    index: Index,
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
        Self::read_with(folder, &artifact::read)
    }

    /// As [`Tables::read`], where `read` reads the file of a path.
    ///
    /// # Errors
    /// As there.
    pub fn read_with(folder: &Path, read: &ReadFile) -> Result<Self> {
        let table = |name: &str, required: &[&str]| {
            let path = folder.join(name);
            CsvTable::parse(&path, &read(&path)?, required)
        };
        let mut tables = Self {
            environments: Vec::new(),
            runs: Vec::new(),
            figures: Vec::new(),
            index: Index::default(),
        };
        let kinds = table("environments.csv", &environments::REQUIRED)?;
        let known = [&environments::REQUIRED[..], &[environments::DIGITS]].concat();
        kinds.only(&known)?;
        for record in kinds.rows() {
            let environments = Environments::read(&record, &tables.environments)?;
            tables.environments.push(environments);
        }
        let runs = table("runs.csv", &RUNS)?;
        for record in runs.rows() {
            let run = tables.run_of(&record, &runs.columns)?;
            tables.index.add(tables.runs.len(), &run);
            tables.runs.push(run);
        }
        let figures = table("figures.csv", &FIGURES)?;
        figures.only(&[&FIGURES[..], &[TITLE]].concat())?;
        // Read where a figure needs them.
        let comparisons = || {
            Ok(claims::comparisons(&table(
                "claims.csv",
                &claims::REQUIRED,
            )?))
        };
        // The tables are in scripts/experiments of the folder from where make names all other files.
        let root = folder.parent().and_then(Path::parent);
        let read_from_root = |path: &Path| read(&root.unwrap_or(Path::new("")).join(path));
        for record in figures.rows() {
            let figure = tables.figure_of(&record, &comparisons, &read_from_root)?;
            tables.figures.push(figure);
        }
        Ok(tables)
    }

    /// The names of the experiments, in the order of their first rows.
    pub fn experiments(&self) -> Vec<&str> {
        self.index.experiments.iter().map(String::as_str).collect()
    }

    /// The runs of one experiment.
    pub fn rows(&self, experiment: &str) -> impl Iterator<Item = &Run> {
        let places = self.index.rows(experiment).iter();
        places.map(|place| &self.runs[*place])
    }

    /// The environments that `run` is trained on.
    pub fn of(&self, run: &Run) -> &Environments {
        self.kind(&run.environments)
            .expect("a run's environments are looked up as it is read")
    }

    /// The first run with the environments and flags of `run`, which is `run` itself where there is none before it.
    pub fn trained_as<'a>(&'a self, run: &'a Run) -> &'a Run {
        let place = self.index.trained_as(run);
        place.map_or(run, |place| &self.runs[place])
    }

    /// The run EXPERIMENT/ROW.
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.index.run(name).map(|place| &self.runs[place])
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
        ensure!(
            !self.index.rows(name).is_empty(),
            "{}",
            expected(name, self.experiments())
        );
        Ok(())
    }

    /// What stands in the column `also tested on` of a run with the environments `own`.
    fn further_tests(&self, cell: &str, own: &str) -> Result<Vec<FurtherTests>> {
        let mut found: Vec<FurtherTests> = Vec::new();
        for word in cell.split_whitespace() {
            let (name, kind) = word.split_once('=').unwrap_or((word, word));
            let kind = self.known_kind(kind)?;
            let tested_before = self
                .kind(own)
                .is_some_and(|own| own.test_of == kind.test_of);
            ensure!(
                !tested_before && !kind.test_p_e.is_empty(),
                "found {word:?}, expected a kind with a test p_e, other than the one whose test environments the row has anyway"
            );
            ensure!(
                name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name != "train"
                    && cell_syntax::name(name).is_ok(),
                "found {word:?}, expected a name that begins with a letter and is not train, such as fresh={}",
                kind.name
            );
            ensure!(
                found
                    .iter()
                    .all(|other| other.name != name && other.kind != kind.name),
                "found {word:?}, expected each name and each kind once"
            );
            found.push(FurtherTests {
                name: name.to_owned(),
                kind: kind.name.clone(),
            });
        }
        Ok(found)
    }

    /// The environments of `tests`.
    pub fn kind_of(&self, tests: &FurtherTests) -> &Environments {
        self.kind(&tests.kind)
            .expect("the kinds of further tests are looked up as a run is read")
    }

    fn run_of(&self, record: &Record, columns: &[String]) -> Result<Run> {
        let experiment = record.parse("experiment", cell_syntax::name)?;
        let row = record.parse("row", |cell| {
            let name = format!("{experiment}/{cell}");
            ensure!(self.index.run(&name).is_none(), "two lines are {name}");
            cell_syntax::name(cell)
        })?;
        let environments = record.parse("environments", |cell| {
            let kind = self.known_kind(cell)?;
            ensure!(
                !kind.training_p_e.is_empty(),
                "found {cell:?}, which has no training p_e, expected a kind that has"
            );
            Ok(kind.name.clone())
        })?;
        let also_tested_on = record.parse(ALSO_TESTED_ON, |cell| {
            self.further_tests(cell, &environments)
        })?;
        let mut flags = Vec::new();
        for column in columns
            .iter()
            .filter(|column| !RUNS.contains(&column.as_str()) && *column != ALSO_TESTED_ON)
        {
            let value = record.parse(column, |cell| {
                let flag = column.starts_with(|c: char| c.is_ascii_lowercase());
                ensure!(
                    flag && cell_syntax::name(column).is_ok(),
                    "found the column {column:?}, expected a flag of train without its hyphens"
                );
                cell_syntax::not_given(column)?;
                if cell.is_empty() {
                    Ok(None)
                } else {
                    cell_syntax::value(cell).map(Some)
                }
            })?;
            flags.extend(
                value
                    .into_iter()
                    .flat_map(|value| [format!("--{column}"), value]),
            );
        }
        let other = record.parse("other flags", |cell| {
            let other = cell_syntax::flags(cell)?;
            if let Some(first) = other.first() {
                ensure!(
                    first.starts_with("--"),
                    "found {first:?}, expected a flag such as --first-order"
                );
            }
            for word in other.iter().filter(|word| word.starts_with('-')) {
                cell_syntax::not_given(word)?;
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
            also_tested_on,
            flags,
        })
    }

    fn figure_of(
        &self,
        record: &Record,
        comparisons: &dyn Fn() -> Result<Vec<Comparison>>,
        read: &ReadFile,
    ) -> Result<Figure> {
        let name = record.parse("figure", |cell| {
            ensure!(
                !self.figures.iter().any(|figure| figure.name == cell),
                "two lines are {cell}"
            );
            cell_syntax::name(cell)
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
                Ok(FigureSource::Accuracy {
                    experiment: cell.to_owned(),
                    leave_out: leave_out.clone(),
                })
            }
            "training" => match self.run(cell) {
                Some(run) => Ok(FigureSource::Training { run: run.name() }),
                None => bail!(
                    "found {cell:?}, expected an experiment and its row, such as cmnist/meta-irm"
                ),
            },
            "claims" => {
                ensure!(cell == "claims", "{}", expected(cell, ["claims"]));
                let tested_on = comparisons()?;
                Ok(FigureSource::Claims { tested_on })
            }
            "search" => {
                let panels = search_panels::parse(cell, read)?;
                Ok(FigureSource::Search { panels })
            }
            _ => {
                let experiments: Vec<String> = cell.split_whitespace().map(str::to_owned).collect();
                ensure!(
                    !experiments.is_empty(),
                    "found nothing, expected experiments"
                );
                for name in &experiments {
                    self.known_experiment(name)?;
                }
                Ok(FigureSource::Data { experiments })
            }
        })?;
        record.parse("kind", |cell| {
            let kinds = ["accuracy", "training", "data", "claims", "search"];
            ensure!(kinds.contains(&cell), "{}", expected(cell, kinds));
            Ok(())
        })?;
        record.parse("leave out", |_| match &source {
            FigureSource::Accuracy { experiment, .. } => {
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
        let title = record.parse(TITLE, |cell| {
            ensure!(
                !cell.contains(|c: char| c.is_control() || c == '\\'),
                "found {cell:?}, expected one line of text without backslashes"
            );
            Ok(cell.to_owned())
        })?;
        Ok(Figure {
            name,
            under,
            source,
            alt,
            title,
        })
    }
}

/// That `found` is none of `names`.
pub fn expected<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    format!("found {found:?}, expected one of {}", names.join(" "))
}
