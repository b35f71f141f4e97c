//! Input files: those named, or standard input.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use evidence::{Cells, Gathering};
use score::Rows;

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

/// All `files`, or standard input where there are none.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read(files: &[PathBuf]) -> Result<Vec<Input>> {
    let files = or_stdin(files);
    files.iter().map(|file| Input::read(file)).collect()
}

/// The cells of some experiments, and how many scores there are of any.
pub struct Gathered {
    /// By experiment.
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

/// The scores of the experiments `only`, or else of all, in all `files`, or in standard input where there are none. They are
/// gathered as they are read: rows are not kept.
///
/// # Errors
/// Names the file, and the row of what cannot be a score; and as [`evidence::gather`].
pub fn gather(files: &[PathBuf], only: Option<&[String]>) -> Result<Gathered> {
    let mut taken = Taken::default();
    for file in or_stdin(files) {
        let name = artifact::display_name(&file);
        taken.take(Rows::new(&name, artifact::open(&file)?), only)?;
    }
    taken.gathered()
}

/// All scores of files that were read already, by their experiments.
///
/// # Errors
/// As [`gather`].
pub fn gather_read(inputs: &[Input]) -> Result<Gathered> {
    let mut taken = Taken::default();
    for input in inputs {
        taken.take(Rows::new(&input.name, &*input.bytes), None)?;
    }
    taken.gathered()
}

/// What was read so far.
#[derive(Default)]
struct Taken {
    experiments: BTreeMap<String, Gathering>,
    counts: BTreeMap<Option<String>, usize>,
}

impl Taken {
    fn take<R: Read>(&mut self, rows: Rows<R>, only: Option<&[String]>) -> Result<()> {
        for row in rows {
            let row = row?;
            if let Some(name) = &row.experiment
                && only.is_none_or(|only| only.contains(name))
            {
                match self.experiments.get_mut(name) {
                    Some(gathering) => gathering.add(&row)?,
                    None => self
                        .experiments
                        .entry(name.clone())
                        .or_default()
                        .add(&row)?,
                }
            }
            *self.counts.entry(row.experiment).or_default() += 1;
        }
        Ok(())
    }

    fn gathered(self) -> Result<Gathered> {
        let experiments = self.experiments.into_iter();
        let cells = experiments.map(|(name, gathering)| Ok((name, gathering.cells()?)));
        Ok(Gathered {
            cells: cells.collect::<Result<_>>()?,
            counts: self.counts,
        })
    }
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
