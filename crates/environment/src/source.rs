//! The digits that environments are made from: an IDX file of images with its IDX file of labels.

use anyhow::{Result, ensure};

use crate::idx::Idx;

/// Images and digits, row by row.
pub struct Source<'a> {
    /// Rows, height, width.
    pub shape: [usize; 3],
    /// Brightness 0 to 255, row-major in `shape`.
    pub images: &'a [u8],
    /// One digit, 0 to 9, per row.
    pub digits: &'a [u8],
    /// SHA-256 of the file of images.
    pub images_sha256: String,
    /// SHA-256 of the file of labels.
    pub labels_sha256: String,
}

impl<'a> Source<'a> {
    /// Parses the two files, each given as the name that messages call it and its bytes.
    ///
    /// # Errors
    /// Where one is no IDX file of the expected kind, their counts differ, or a label is no digit.
    pub fn from_idx(
        (images_name, images): (&str, &'a [u8]),
        (labels_name, labels): (&str, &'a [u8]),
    ) -> Result<Self> {
        let images_sha256 = artifact::sha256(images);
        let labels_sha256 = artifact::sha256(labels);
        let images = Idx::<3>::parse(images_name, images)?;
        let labels = Idx::<1>::parse(labels_name, labels)?;
        ensure!(
            images.shape[0] == labels.shape[0],
            "{labels_name}: {} labels, but {images_name} holds {} images; the two files do not belong together",
            labels.shape[0],
            images.shape[0]
        );
        if let Some(row) = labels.data.iter().position(|&digit| digit > 9) {
            anyhow::bail!(
                "{labels_name}: row {row} is {}, expected a digit 0 to 9",
                labels.data[row]
            );
        }
        Ok(Self {
            shape: images.shape,
            images: images.data,
            digits: labels.data,
            images_sha256,
            labels_sha256,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }
}
