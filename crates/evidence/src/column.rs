//! What an accuracy was measured on.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The environments of an accuracy. Written `train` or as the p_e.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// The training environments, averaged.
    Train,
    /// The test digits with colours at this p_e, 0 to 1.
    Test(f64),
}

impl Column {
    /// The p_e of the test environment; `None` for the training environments.
    pub fn p_e(self) -> Option<f64> {
        match self {
            Self::Train => None,
            Self::Test(p_e) => Some(p_e),
        }
    }

    /// Orders `train` first, then by p_e.
    fn rank(self) -> f64 {
        match self {
            Self::Train => -1.0,
            // The sum turns a negative zero into zero.
            Self::Test(p_e) => p_e + 0.0,
        }
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
        self.rank().total_cmp(&other.rank())
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Train => f.write_str("train"),
            Self::Test(p_e) => p_e.fmt(f),
        }
    }
}

impl FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "train" {
            return Ok(Self::Train);
        }
        artifact::probability(text)
            .map(Self::Test)
            .map_err(|_| format!("column \"{text}\": expected \"train\" or a p_e from 0 to 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_as_they_are_written() {
        for text in ["train", "0", "0.1", "1"] {
            assert_eq!(text.parse::<Column>().unwrap().to_string(), text);
        }
        assert_eq!("0.10".parse::<Column>(), "0.1".parse());
        for bad in ["", "test", "1.1", "-0.1", "nan"] {
            assert!(bad.parse::<Column>().is_err(), "{bad}");
        }
        assert_eq!(Column::Test(-0.0), Column::Test(0.0));
        assert!(Column::Train < Column::Test(0.0));
    }
}
