//! What an accuracy was measured on.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use environment::Split;
use score::Row;

/// The environments of an accuracy. Written `train`, as the p_e, or as the environment's name with its p_e if it has one.
///
/// A p_e is compared and written as a decimal with nine digits after the point.
#[derive(Clone, Debug)]
pub enum Column {
    /// The environments that were trained on, averaged.
    Train,
    /// The test environment without a name at this p_e, 0 to 1.
    Test(f64),
    /// The environment of this name, with its p_e if it has one.
    Named(String, Option<f64>),
}

/// What a part of the training split is called that was not trained on and has no name.
const HELD_OUT: &str = "held-out";

impl Column {
    /// Where the score `row` stands.
    ///
    /// A row that does not say whether its environment was trained on is taken as if it were, where the environment is of
    /// the training split and has no name. An environment without name and p_e is called as its file, without folder and
    /// ending.
    pub fn of(row: &Row) -> Self {
        let of_training_split = row.split == Some(Split::Train);
        let unnamed = row.environment_name.is_none();
        if row.trained_on.unwrap_or(of_training_split && unnamed) {
            return Self::Train;
        }
        match (&row.environment_name, row.p_e) {
            (Some(name), p_e) => Self::Named(name.clone(), p_e),
            (None, Some(p_e)) if of_training_split => Self::Named(HELD_OUT.to_owned(), Some(p_e)),
            (None, Some(p_e)) => Self::Test(p_e),
            (None, None) => Self::Named(by_file(&row.environment), None),
        }
    }

    /// The p_e of the test environment; `None` for the training environments, and where there is none.
    pub fn p_e(&self) -> Option<f64> {
        match self {
            Self::Train => None,
            Self::Test(p_e) => Some(score::decimal(*p_e)),
            Self::Named(_, p_e) => p_e.map(score::decimal),
        }
    }

    /// Whether it is an environment with a name.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::Named(..))
    }

    /// Orders `train` first, then by p_e, then by name.
    fn rank(&self) -> (usize, &str, Option<u64>) {
        // The bits of numbers that are not negative are in the order of the numbers.
        let p_e = self.p_e().map(f64::to_bits);
        match self {
            Self::Train => (0, "", p_e),
            Self::Test(_) => (1, "", p_e),
            Self::Named(name, _) => (2, name, p_e),
        }
    }
}

/// The file's name without its ending, or with it where that would be read as another column.
fn by_file(file: &str) -> String {
    let path = Path::new(file);
    let lossy = |name: Option<&OsStr>| name.map(|name| name.to_string_lossy().into_owned());
    let name = lossy(path.file_name()).unwrap_or_else(|| file.to_owned());
    let taken = |stem: &String| stem == "train" || stem.parse::<f64>().is_ok();
    // What stands after the last dot of test-0.9 is no ending.
    let ending = lossy(path.extension()).is_some_and(|end| end.starts_with(char::is_alphabetic));
    match lossy(path.file_stem()) {
        Some(stem) if ending && !taken(&stem) => stem,
        _ if taken(&name) => format!("./{name}"),
        _ => name,
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Column {}

impl PartialOrd for Column {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Column {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Train => f.write_str("train"),
            Self::Test(p_e) => score::decimal(*p_e).fmt(f),
            Self::Named(name, None) => f.write_str(name),
            Self::Named(name, Some(p_e)) => write!(f, "{name} {}", score::decimal(*p_e)),
        }
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "train" {
            return Ok(Self::Train);
        }
        if text.is_empty() || text.parse::<f64>().is_ok() {
            let p_e = artifact::probability(text).map(Self::Test);
            return p_e.map_err(|_| {
                format!(
                    "column \"{text}\": expected \"train\", a p_e from 0 to 1 or the name of an environment"
                )
            });
        }
        // What stands after the last blank is the p_e, if it can be one.
        let named = text.rsplit_once(' ').and_then(|(name, p_e)| {
            let p_e = artifact::probability(p_e).ok()?;
            Some(Self::Named(name.to_owned(), Some(p_e)))
        });
        Ok(named.unwrap_or_else(|| Self::Named(text.to_owned(), None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_are_written() {
        for text in [
            "train",
            "0",
            "0.1",
            "1",
            "test",
            "fresh",
            "fresh 0.9",
            "a b",
        ] {
            assert_eq!(text.parse::<Column>().unwrap().to_string(), text);
        }
        assert_eq!("0.10".parse::<Column>(), "0.1".parse());
        for bad in ["", "1.1", "-0.1", "nan", "inf"] {
            assert!(bad.parse::<Column>().is_err(), "{bad}");
        }
        assert_eq!(Column::Test(-0.0), Column::Test(0.0));
        assert!(Column::Train < Column::Test(0.0));
        let computed: Column = "0.09999999999999998".parse().unwrap();
        assert_eq!(computed, Column::Test(0.1));
        assert_eq!(computed.to_string(), "0.1");
        assert_eq!(computed.p_e(), Some(0.1));
        assert_ne!(Column::Test(0.100_000_001), Column::Test(0.1));
        let named = |name: &str, p_e| Column::Named(name.to_owned(), p_e);
        assert_eq!("fresh 0.9".parse(), Ok(named("fresh", Some(0.9))));
        assert_eq!(named("a", Some(1.0 - 0.9)), named("a", Some(0.1)));
        assert_ne!(named("a", Some(0.1)), named("a", None));
        assert_ne!(named("a", Some(0.1)), Column::Test(0.1));
        assert!(Column::Test(1.0) < named("a", None));
    }

    #[test]
    fn what_was_trained_on_is_train_and_all_else_has_a_column() {
        let row = |trained_on, split, name: Option<&str>, p_e| Row {
            trained_on,
            split,
            p_e,
            environment_name: name.map(str::to_owned),
            environment: "out/mine.safetensors".into(),
            ..Row::default()
        };
        let (train, test) = (Some(Split::Train), Some(Split::Test));
        for (row, column) in [
            (row(Some(true), train, None, Some(0.2)), "train"),
            (row(Some(true), None, Some("a"), None), "train"),
            (row(Some(true), test, None, Some(0.9)), "train"),
            (row(None, train, None, Some(0.2)), "train"),
            (row(None, train, None, None), "train"),
            (row(None, train, Some("a"), Some(0.2)), "a 0.2"),
            (row(Some(false), train, None, Some(0.2)), "held-out 0.2"),
            (row(Some(false), train, Some("a"), Some(0.2)), "a 0.2"),
            (row(Some(false), test, None, Some(0.2)), "0.2"),
            (row(None, test, Some("fresh"), Some(0.2)), "fresh 0.2"),
            (row(None, None, None, Some(0.2)), "0.2"),
            (row(None, test, None, None), "mine"),
            (row(Some(false), None, Some("a"), None), "a"),
        ] {
            assert_eq!(Column::of(&row).to_string(), column, "{row:?}");
        }
        for (file, name) in [
            ("a/b.c.safetensors", "b.c"),
            ("-", "-"),
            ("a/test-0.9", "test-0.9"),
            ("a/b", "b"),
            ("a/train.safetensors", "train.safetensors"),
            ("a/0.9.safetensors", "0.9.safetensors"),
            ("a/train", "./train"),
            ("a/9", "./9"),
        ] {
            assert_eq!(by_file(file), name);
        }
    }
}
