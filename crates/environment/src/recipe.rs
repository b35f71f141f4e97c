//! Everything that made an environment. It is the provenance that the file carries.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::labelled_images::LabelledImages;

/// Which of the source's rows an environment is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// All rows but the last `test_rows`.
    Train,
    /// The last `test_rows` rows.
    Test,
    /// Every row: for files that are a test set as they are, such as MNIST's t10k.
    All,
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Split::Train => "train",
            Split::Test => "test",
            Split::All => "all",
        })
    }
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "train" => Ok(Split::Train),
            "test" => Ok(Split::Test),
            "all" => Ok(Split::All),
            _ => Err("expected train, test or all".to_owned()),
        }
    }
}

/// The `index`-th of the `count` environments that the training rows are dealt to, written `1/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Part {
    /// 1 to `count`.
    pub index: usize,
    /// At least 1.
    pub count: usize,
}

impl Part {
    /// All rows in one environment.
    pub const WHOLE: Part = Part { index: 1, count: 1 };
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split_once('/')
            .and_then(|(index, count)| {
                Some(Part {
                    index: index.parse().ok()?,
                    count: count.parse().ok()?,
                })
            })
            .filter(|part| (1..=part.count).contains(&part.index))
            .ok_or_else(|| "expected I/N with I from 1 to N, such as 1/2".to_owned())
    }
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Part> for String {
    fn from(part: Part) -> String {
        part.to_string()
    }
}

/// Everything that made an environment: the same recipe on the same source gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Always `environment`: tells the file from other artifacts.
    pub kind: String,
    /// Program and version, such as `mkenv 0.1.0`.
    pub tool: String,
    /// SHA-256 of the IDX file of images, unpacked.
    pub images_sha256: String,
    /// SHA-256 of the IDX file of labels, unpacked.
    pub labels_sha256: String,
    /// Rows of the source. Version 0.1.0 did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_rows: Option<usize>,
    /// Which of the source's rows.
    pub split: Split,
    /// How many rows at the source's end are kept for the test split; 0 where the split is all.
    pub test_rows: usize,
    /// Which of the training environments; [`Part::WHOLE`] where the split is not train.
    pub part: Part,
    /// Only so many rows, or all.
    pub limit: Option<usize>,
    /// Number of classes k: 2, 5 or 10.
    pub classes: usize,
    /// Probability that a label is moved: flipped (k = 2), or +1 mod k.
    pub label_noise: f64,
    /// Probability that the colour (and, independently, the patch) is moved away from the label.
    pub p_e: f64,
    /// Whether a patch is the second spurious feature.
    pub patch: bool,
    /// Whether there is one channel only, and so no colour.
    pub grayscale: bool,
    /// Whether rows and columns of each image are swapped, as EMNIST's files need. Files say so only where they are.
    #[serde(default, skip_serializing_if = "is_false")]
    pub transpose: bool,
    /// Every `subsample`-th row and column of the images is kept, from the first on.
    pub subsample: usize,
    /// Seed of all random draws.
    pub seed: u64,
}

impl Recipe {
    /// The value of [`Recipe::kind`].
    pub const KIND: &str = "environment";

    /// The two-class training recipe of Arjovsky et al. (2019) for the whole of `source`, with the colour
    /// always that of the label (p_e = 0) and with seed 0; `tool` is who asks.
    pub fn new(source: &LabelledImages, tool: &str) -> Self {
        Self {
            kind: Self::KIND.to_owned(),
            tool: tool.to_owned(),
            images_sha256: source.images_sha256.clone(),
            labels_sha256: source.labels_sha256.clone(),
            source_rows: Some(source.rows()),
            split: Split::Train,
            // 10,000 of MNIST's 60,000.
            test_rows: source.rows() / 6,
            part: Part::WHOLE,
            limit: None,
            classes: 2,
            label_noise: 0.25,
            p_e: 0.0,
            patch: false,
            grayscale: false,
            transpose: false,
            subsample: 2,
            seed: 0,
        }
    }

    /// Whether the fields make sense, each alone and together.
    ///
    /// # Errors
    /// Names the first field that does not.
    pub fn check(&self) -> Result<()> {
        ensure!(
            [2, 5, 10].contains(&self.classes),
            "classes is {}, expected 2, 5 or 10",
            self.classes
        );
        for (name, value) in [("p_e", self.p_e), ("label noise", self.label_noise)] {
            // NaN is in no range.
            ensure!(
                (0.0..=1.0).contains(&value),
                "{name} is {value}, expected a probability from 0 to 1"
            );
        }
        ensure!(self.subsample > 0, "subsample is 0, expected at least 1");
        ensure!(self.limit != Some(0), "limit is 0, expected at least 1 row");
        if self.patch && self.classes != 2 {
            bail!(
                "a patch has two places, so it needs 2 classes, not {}",
                self.classes
            );
        }
        ensure!(
            (1..=self.part.count).contains(&self.part.index),
            "part is {}, expected I/N with I from 1 to N",
            self.part
        );
        if self.split != Split::Train && self.part != Part::WHOLE {
            bail!(
                "part {} of the {} split: only training rows are dealt to parts",
                self.part,
                self.split
            );
        }
        ensure!(
            self.split != Split::All || self.test_rows == 0,
            "{} rows are kept for the test split, expected 0 where the split is all",
            self.test_rows
        );
        Ok(())
    }
}

/// For serde, which leaves the key out then.
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_written_alike() {
        assert_eq!("2/3".parse(), Ok(Part { index: 2, count: 3 }));
        assert_eq!("2/3".parse::<Part>().unwrap().to_string(), "2/3");
        for bad in ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/"] {
            assert!(bad.parse::<Part>().is_err(), "{bad}");
        }
    }

    #[test]
    fn splits_are_read_and_written_alike() {
        for split in [Split::Train, Split::Test, Split::All] {
            assert_eq!(split.to_string().parse(), Ok(split));
            assert_eq!(serde_json::to_value(split).unwrap(), split.to_string());
        }
        assert!("Train".parse::<Split>().is_err());
    }
}
