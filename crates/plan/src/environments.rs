//! environments.csv: kinds of environments, and the digits that they are made from.

use anyhow::{Result, bail, ensure};

use crate::cell_syntax;
use crate::csv_table::Record;
use crate::tables::expected;

/// The columns that it must have.
pub const REQUIRED: [&str; 5] = [
    "environments",
    "flags of mkenv",
    "training p_e",
    "test p_e",
    "test environments of",
];
/// The column that it may have besides.
pub const DIGITS: &str = "digits";

/// The digits where a row says nothing.
const MNIST: &str = "mnist";
/// After the folder and a slash: the files of the data set's own test set.
const T10K: &str = "t10k";

/// A row: a kind of environments, of which there is one set per seed.
pub struct Environments {
    pub name: String,
    pub digits: Digits,
    pub flags: Vec<String>,
    /// Empty where the kind is only tested on.
    pub training_p_e: Vec<String>,
    pub test_p_e: Vec<String>,
    /// The kind whose test environments are taken: its own, or that of another one.
    pub test_of: String,
}

/// Which files of a data set environments are made from. Written FOLDER for its training files, or FOLDER/t10k.
#[derive(Clone, PartialEq)]
pub struct Digits {
    /// The data set, which is the name of its folder.
    pub folder: String,
    /// Whether all digits of its own test set are taken, which are only tested on.
    pub t10k: bool,
}

impl Digits {
    /// # Errors
    /// What was found and expected.
    fn parse(cell: &str) -> Result<Self> {
        let (folder, t10k) = match cell.split_once('/') {
            None if cell.is_empty() => (MNIST, false),
            None => (cell, false),
            Some((folder, T10K)) => (folder, true),
            Some(_) => bail!(
                "found {cell:?}, expected a folder of digits, such as {MNIST} or {MNIST}/{T10K}"
            ),
        };
        Ok(Self {
            folder: cell_syntax::name(folder)?,
            t10k,
        })
    }

    /// The IDX files of images and labels, as seen from the folder of all digits.
    pub fn files(&self) -> Vec<String> {
        let of = if self.t10k { T10K } else { "train" };
        ["images-idx3", "labels-idx1"]
            .map(|file| format!("{}/{of}-{file}-ubyte", self.folder))
            .into()
    }

    /// The split of mkenv that the test environments are.
    pub fn test_split(&self) -> &'static str {
        if self.t10k { "all" } else { "test" }
    }
}

impl Environments {
    /// The kind in `record`, which comes after the kinds `before`.
    ///
    /// # Errors
    /// What makes no sense, with its file, line and column.
    pub fn read(record: &Record, before: &[Self]) -> Result<Self> {
        let name = record.parse("environments", |cell| {
            let twice = before.iter().any(|kind| kind.name == cell);
            ensure!(!twice, "two lines are {cell}");
            cell_syntax::name(cell)
        })?;
        let digits = record.parse(DIGITS, Digits::parse)?;
        let training_p_e = record.parse("training p_e", |cell| {
            let found = cell_syntax::probabilities(cell)?;
            ensure!(
                digits.t10k || !found.is_empty(),
                "found nothing, expected a p_e for each training environment"
            );
            ensure!(
                !digits.t10k || found.is_empty(),
                "found {cell:?}, expected nothing: the digits of {T10K} are only tested on"
            );
            Ok(found)
        })?;
        let test_p_e = record.parse("test p_e", cell_syntax::probabilities)?;
        let test_of = record.parse("test environments of", |cell| {
            if cell.is_empty() {
                return Ok(name.clone());
            }
            let Some(other) = before.iter().find(|kind| kind.name == cell) else {
                bail!("{}", expected(cell, before.iter().map(|kind| &*kind.name)));
            };
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
        Ok(Self {
            flags: record.parse("flags of mkenv", cell_syntax::flags)?,
            name,
            digits,
            training_p_e,
            test_p_e,
            test_of,
        })
    }

    /// What they are made with, for people and recipes: the flags, after the digits where these are not MNIST's.
    pub fn recipe(&self) -> String {
        let mut words = self.flags.clone();
        if self.digits.folder != MNIST {
            words.insert(0, self.digits.folder.clone());
        }
        words.join(" ")
    }
}
