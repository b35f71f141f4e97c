//! What an accuracy was measured on.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The environments of an accuracy. Written `train` or as the p_e.
///
/// A p_e is compared and written as a decimal with nine digits after the point.
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
            Self::Test(p_e) => Some(score::decimal(p_e)),
        }
    }

    /// Orders `train` first, then by p_e.
    fn rank(self) -> f64 {
        match self {
            Self::Train => -1.0,
            Self::Test(p_e) => score::decimal(p_e),
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
            Self::Test(p_e) => score::decimal(*p_e).fmt(f),
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
        let computed: Column = "0.09999999999999998".parse().unwrap();
        assert_eq!(computed, Column::Test(0.1));
        assert_eq!(computed.to_string(), "0.1");
        assert_eq!(computed.p_e(), Some(0.1));
        assert_ne!(Column::Test(0.100_000_001), Column::Test(0.1));
    }
}
