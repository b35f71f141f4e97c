//! Input files: those named, or standard input.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use evidence::{Cells, Gathering};
use score::{Row, Rows};

use crate::usage::{self, UsageError};

/// A file that was read.
pub struct Input {
    /// What messages and pages call it.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Input {
    /// The file `path`, or standard input.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        Ok(Self {
            name: artifact::display_name(path),
            bytes: artifact::read(path)?,
        })
    }

    /// As text.
    ///
    /// # Errors
    /// Names the file that is no UTF-8.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.bytes)
            .map_err(|e| anyhow!("{}: not text in UTF-8: {e}", self.name))
    }
}

/// The score rows of all `files`, or of standard input where there are none.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn scores(files: &[PathBuf]) -> Result<Vec<Row>> {
    rows(&read(files)?)
}

/// All `files`, or standard input where there are none.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read(files: &[PathBuf]) -> Result<Vec<Input>> {
    let files = or_stdin(files);
    files.iter().map(|file| Input::read(file)).collect()
}

/// The score rows of all `inputs`.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn rows(inputs: &[Input]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for input in inputs {
        rows.extend(score::read_rows(&input.name, &input.bytes)?);
    }
    Ok(rows)
}

/// The cells of some experiments, and how many scores there are of any.
pub struct Gathered {
    /// Of each experiment that was asked for.
    pub cells: BTreeMap<String, Cells>,
    /// By experiment; `None` for scores that name none.
    pub counts: BTreeMap<Option<String>, usize>,
}

impl Gathered {
    /// How many scores name no experiment.
    pub fn unnamed(&self) -> usize {
        self.counts.get(&None).copied().unwrap_or_default()
    }
}

/// The scores of `experiments` in all `files`, or in standard input where there are none, gathered as they are read: rows are
/// not kept.
///
/// # Errors
/// As [`scores`] and [`evidence::gather`].
pub fn gather(files: &[PathBuf], experiments: &[String]) -> Result<Gathered> {
    let asked = experiments.iter();
    let mut asked: BTreeMap<&str, Gathering> =
        asked.map(|name| (&**name, Gathering::default())).collect();
    let mut counts = BTreeMap::new();
    for file in or_stdin(files) {
        for row in Rows::new(&artifact::display_name(&file), artifact::open(&file)?) {
            let row = row?;
            if let Some(experiment) = &row.experiment
                && let Some(gathering) = asked.get_mut(&**experiment)
            {
                gathering.add(&row)?;
            }
            match counts.get_mut(&row.experiment) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(row.experiment, 1);
                }
            }
        }
    }
    let cells = asked
        .into_iter()
        .map(|(name, gathering)| Ok((name.to_owned(), gathering.cells()?)));
    Ok(Gathered {
        cells: cells.collect::<Result<_>>()?,
        counts,
    })
}

/// `files`, or standard input where there are none.
pub fn or_stdin(files: &[PathBuf]) -> Vec<PathBuf> {
    match files {
        [] => vec![PathBuf::from(artifact::DASH)],
        files => files.to_vec(),
    }
}

/// Refuses a command line of the subcommand `path` by which standard input would have to be two of the files.
///
/// # Errors
/// Says which.
pub fn check_stdin(
    path: &[&'static str],
    reference: Option<&Path>,
    files: &[PathBuf],
) -> Result<(), UsageError> {
    let files = or_stdin(files);
    let dashes = files.iter().filter(|file| *file == artifact::DASH).count();
    if dashes > 0 && reference == Some(Path::new(artifact::DASH)) {
        let message = "standard input cannot be both the reference and the scores; name a file for one of them";
        return Err(usage::conflict(path, message));
    }
    if dashes > 1 {
        let message = "only one file can be read from standard input";
        return Err(usage::conflict(path, message));
    }
    Ok(())
}
