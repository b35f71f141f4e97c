//! An environment and its safetensors form.
//!
//! Required: `images` U8 [n, channels, height, width] and `labels` U8, I64, I32 or BOOL [n]. What [`make`]
//! adds for the curious, `digits`, `colors`, `patches` and `indices`, is not read back.
//!
//! [`make`]: crate::make()

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use artifact::{NamedTensor, TensorFile};
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;

use crate::make::Made;
use crate::recipe::Recipe;

/// The types of labels. Every value must be a class, whatever its type.
const LABELS: [Dtype; 4] = [Dtype::U8, Dtype::I64, Dtype::I32, Dtype::BOOL];

/// More classes than this are taken for a mistake: a wild label would else make a wild network.
const MOST_CLASSES: usize = 1000;

/// Labelled images, as networks are trained and scored on.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The file as messages call it.
    pub name: String,
    /// n, channels, height, width; none is zero.
    pub shape: [usize; 4],
    /// Row-major in `shape`; a value divided by 255 is the network's input.
    pub images: Vec<u8>,
    /// n labels, each below `classes`.
    pub labels: Vec<u32>,
    /// Number of classes: the recipe's, or else the largest label + 1, and at least 2.
    pub classes: usize,
    /// What made it; `None` for a file without our provenance.
    pub recipe: Option<Recipe>,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
}

impl Environment {
    /// Reads the file at `path`, or standard input where it is `-`.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no environment: see [`Environment::from_bytes`].
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = artifact::read(path)?;
        Self::from_bytes(&artifact::display_name(path), &bytes)
    }

    /// Parses `bytes`; `name` is what messages call the file.
    ///
    /// # Errors
    /// Names the tensor that is missing, of another type or shape, holds a label out of range, or images whose largest
    /// value is 1.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let file = TensorFile::parse(name, bytes)?;
        let recipe = recipe(name, &file)?;
        let images = images(&file)?;
        let labels = file.tensor("labels", &LABELS)?;
        let Ok(shape) = <[usize; 4]>::try_from(images.shape()) else {
            bail!(
                "{name}: tensor images is of shape {:?}, expected [n, channels, height, width]",
                images.shape()
            );
        };
        ensure!(
            !shape.contains(&0),
            "{name}: tensor images is of shape {shape:?}, expected at least 1 each"
        );
        ensure!(
            labels.shape() == [shape[0]],
            "{name}: tensor labels is of shape {:?}, expected {:?}, one for each of the images",
            labels.shape(),
            [shape[0]]
        );
        ensure!(
            images.data().iter().max() != Some(&1),
            "{name}: tensor images: the largest value is 1, expected brightness from 0 to 255; values from 0 to 1 were \
             stored as U8: multiply them by 255 before they are"
        );
        let known = recipe.as_ref().map(|recipe| recipe.classes);
        let labels = labels_below(&labels, known.unwrap_or(MOST_CLASSES))
            .with_context(|| format!("{name}: tensor labels"))?;
        let seen = labels
            .iter()
            .max()
            .map_or(0, |&largest| largest as usize + 1);
        Ok(Self {
            name: name.to_owned(),
            shape,
            images: images.data().to_vec(),
            labels,
            classes: known.unwrap_or(seen.max(2)),
            recipe,
            sha256: artifact::sha256(bytes),
        })
    }

    /// Number of rows n.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }
}

impl Made {
    /// The bytes of the environment's file: the same environment is always the same bytes.
    ///
    /// # Errors
    /// None that depends on the environment: only what the safetensors writer itself may report.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let n = self.shape[0];
        let indices: Vec<u8> = self
            .indices
            .iter()
            .flat_map(|row| row.to_le_bytes())
            .collect();
        let mut tensors: Vec<NamedTensor> = vec![
            ("images", Dtype::U8, self.shape.to_vec(), &self.images),
            ("labels", Dtype::U8, vec![n], &self.labels),
            ("digits", Dtype::U8, vec![n], &self.digits),
            ("indices", Dtype::U32, vec![n], &indices),
        ];
        for (name, values) in [("colors", &self.colors), ("patches", &self.patches)] {
            if let Some(values) = values {
                tensors.push((name, Dtype::U8, vec![n], values));
            }
        }
        artifact::encode(&tensors, &self.recipe)
    }
}

/// The recipe in the file's provenance; `None` where there is none of ours.
fn recipe(name: &str, file: &TensorFile) -> Result<Option<Recipe>> {
    /// What every artifact of ours says of itself.
    #[derive(Deserialize)]
    struct Artifact {
        kind: String,
    }
    let Ok(Some(Artifact { kind })) = file.provenance() else {
        return Ok(None);
    };
    ensure!(
        kind == Recipe::KIND,
        "{name}: the file says that it is a {kind}, expected an environment"
    );
    let recipe: Option<Recipe> = file.provenance()?;
    if let Some(Recipe { classes, p_e, .. }) = recipe {
        // Not `Recipe::check`: another program's environments may have three classes.
        ensure!(
            (2..=MOST_CLASSES).contains(&classes),
            "{name}: metadata field provenance: classes is {classes}, expected 2 to {MOST_CLASSES}"
        );
        ensure!(
            (0.0..=1.0).contains(&p_e),
            "{name}: metadata field provenance: p_e is {p_e}, expected a probability from 0 to 1"
        );
    }
    Ok(recipe)
}

/// The tensor `images`; where its values are floats, the error says what to do.
fn images<'a>(file: &TensorFile<'a>) -> Result<TensorView<'a>> {
    const FLOATS: [Dtype; 4] = [Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64];
    let images = file.tensor("images", &[Dtype::U8]);
    images.map_err(|error| match file.tensor("images", &FLOATS) {
        Ok(_) => anyhow!(
            "{error}; if the values are from 0 to 1, multiply them by 255, round them, and store them as U8"
        ),
        Err(_) => error,
    })
}

/// The labels as numbers, each checked to lie in 0..`classes`.
fn labels_below(labels: &TensorView, classes: usize) -> Result<Vec<u32>> {
    let check = |(row, label): (usize, i64)| match u32::try_from(label) {
        Ok(label) if (label as usize) < classes => Ok(label),
        _ => bail!(
            "row {row} is {label}, expected a class from 0 to {}",
            classes - 1
        ),
    };
    match labels.dtype() {
        Dtype::I64 => labels
            .data()
            .chunks_exact(8)
            .map(|bytes| i64::from_le_bytes(bytes.try_into().expect("chunks of 8 bytes")))
            .enumerate()
            .map(check)
            .collect(),
        Dtype::I32 => labels
            .data()
            .chunks_exact(4)
            .map(|bytes| i32::from_le_bytes(bytes.try_into().expect("chunks of 4 bytes")).into())
            .enumerate()
            .map(check)
            .collect(),
        // One byte each: U8 and BOOL.
        _ => labels
            .data()
            .iter()
            .map(|&label| i64::from(label))
            .enumerate()
            .map(check)
            .collect(),
    }
}
