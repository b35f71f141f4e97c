//! What environments are made from: an IDX file of images with its IDX file of labels.

use std::borrow::Cow;

use anyhow::{Result, ensure};

use crate::idx::{Element, IMAGES, Idx, LABELS};

/// QMNIST's labels have so many columns, and the first one is the class.
const QMNIST_COLUMNS: usize = 8;

/// Images and the digit that each shows (or the one of ten other classes, such as clothes), row by row.
pub struct LabelledImages<'a> {
    /// Rows, height, width.
    pub shape: [usize; 3],
    /// Brightness 0 to 255, row-major in `shape`.
    pub images: Cow<'a, [u8]>,
    /// One digit, 0 to 9, per row.
    pub digits: Vec<u8>,
    /// SHA-256 of the file of images, unpacked.
    pub images_sha256: String,
    /// SHA-256 of the file of labels, unpacked.
    pub labels_sha256: String,
}

impl<'a> LabelledImages<'a> {
    /// Parses the two files, each given as the name that messages call it and its bytes. Either may be packed with gzip.
    ///
    /// # Errors
    /// Where one is no IDX file of the expected kind, their counts differ, or a label is no digit.
    pub fn from_idx(
        (images_name, images): (&str, &'a [u8]),
        (labels_name, labels): (&str, &'a [u8]),
    ) -> Result<Self> {
        let images = Idx::parse(images_name, images, &IMAGES)?;
        let labels = Idx::parse(labels_name, labels, &LABELS)?;
        ensure!(
            images.shape[0] == labels.shape[0],
            "{labels_name}: {} labels, but {images_name} holds {} images; the two files do not belong together",
            labels.shape[0],
            images.shape[0]
        );
        let shape = [images.shape[0], images.shape[1], images.shape[2]];
        Ok(Self {
            shape,
            images: images.data,
            digits: digits(labels_name, &labels)?,
            images_sha256: images.sha256,
            labels_sha256: labels.sha256,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }
}

/// The digit of each row: the labels [n], or the first column of QMNIST's [n, 8].
fn digits(name: &str, labels: &Idx) -> Result<Vec<u8>> {
    let columns = labels.shape.get(1).copied().unwrap_or(1);
    ensure!(
        labels.shape.len() == 1 || columns == QMNIST_COLUMNS,
        "{name}: the labels are of shape {:?}, expected one for each image, or the {QMNIST_COLUMNS} columns of QMNIST",
        labels.shape
    );
    let values: Vec<i64> = match labels.element {
        Element::U8 => labels.data.iter().map(|&label| label.into()).collect(),
        Element::I32 => {
            let values = labels.data.chunks_exact(4);
            let values = values.map(|b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]));
            values.map(i64::from).collect()
        }
    };
    let rows = values.iter().step_by(columns).enumerate();
    let digit = |(row, &value): (usize, &i64)| match u8::try_from(value) {
        Ok(digit) if digit <= 9 => Ok(digit),
        _ => anyhow::bail!(
            "{name}: row {row} is {value}, expected a digit 0 to 9, or another of ten classes; of EMNIST take the files \
             digits or mnist; with letters or other labels write the environment yourself (docs/extending.md, \"Bring \
             your own environments\")"
        ),
    };
    rows.map(digit).collect()
}
