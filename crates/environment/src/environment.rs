//! An environment and its safetensors form.
//!
//! Required: `images` U8 [n, channels, height, width] or `inputs` F32 [n, …], and `labels` U8, I64, I32 or BOOL [n]. Of what
//! [`make`] adds, `indices` are read back; `digits`, `colors` and `patches` are for the curious.
//!
//! [`make`]: crate::make()

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use artifact::{NamedTensor, TensorFile};
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;

use crate::inputs::Inputs;
use crate::make::Made;
use crate::recipe::Recipe;

/// The types of labels. Every value must be a class, whatever its type.
const LABELS: [Dtype; 4] = [Dtype::U8, Dtype::I64, Dtype::I32, Dtype::BOOL];

/// More classes than this are taken for a mistake: a wild label would else make a wild network.
const MOST_CLASSES: usize = 1000;

/// Labelled rows, as networks are trained and scored on.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The file as messages call it.
    pub name: String,
    /// Sizes of the inputs, the number of rows n first; of images n, channels, height, width. None is zero.
    pub shape: Vec<usize>,
    /// What a network sees of the rows, row-major in `shape`.
    pub inputs: Inputs,
    /// n labels, each below `classes`.
    pub labels: Vec<u32>,
    /// Number of classes: the recipe's, or else the largest label + 1, and at least 2.
    pub classes: usize,
    /// Of a file with our provenance, the row of the source that each row is, if the file says.
    pub indices: Option<Vec<u32>>,
    /// What made it; `None` for a file without our provenance.
    pub recipe: Option<Recipe>,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
}

impl Environment {
    /// One that is in no file: `labels` `[n]` and `inputs`, row-major in `shape`.
    ///
    /// # Panics
    /// Where the sizes do not fit, or a label is not below `classes`.
    ///
    /// ```
    /// use environment::{Environment, Inputs};
    ///
    /// // Two rows of three numbers.
    /// let inputs = Inputs::Numbers(vec![0.1, -2.0, 7.5, 0.3, 1.0, -1.5]);
    /// let environment = Environment::new("made", &[2, 3], inputs, vec![0, 1], 2);
    /// assert_eq!((environment.rows(), environment.width()), (2, 3));
    /// ```
    pub fn new(
        name: &str,
        shape: &[usize],
        inputs: Inputs,
        labels: Vec<u32>,
        classes: usize,
    ) -> Self {
        let values = match &inputs {
            Inputs::Images(bytes) => bytes.len(),
            Inputs::Numbers(numbers) => numbers.len(),
        };
        assert_eq!(
            values,
            shape.iter().product::<usize>(),
            "the inputs do not fill the shape"
        );
        assert_eq!(labels.len(), shape[0], "one label a row");
        assert!(labels.iter().all(|&label| (label as usize) < classes));
        Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            inputs,
            labels,
            classes,
            indices: None,
            recipe: None,
            sha256: String::new(),
        }
    }

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
    /// Names the tensor that is missing, of another type or shape, holds a label out of range, a number that is not finite, or
    /// images whose largest value is 1.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let file = TensorFile::parse(name, bytes)?;
        let recipe = recipe(name, &file)?;
        let (shape, inputs) = Inputs::read(name, &file)?;
        let labels = file.tensor("labels", &LABELS)?;
        ensure!(
            labels.shape() == [shape[0]],
            "{name}: tensor labels is of shape {:?}, expected {:?}, one for each of the {}",
            labels.shape(),
            [shape[0]],
            match inputs {
                Inputs::Images(_) => "images",
                Inputs::Numbers(_) => "rows of inputs",
            }
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
            labels,
            classes: known.unwrap_or(seen.max(2)),
            indices: recipe.as_ref().and_then(|_| indices(&file, shape[0])),
            shape,
            inputs,
            recipe,
            sha256: artifact::sha256(bytes),
        })
    }

    /// Those of its `rows`, in this order, as an environment of no file.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn take(&self, rows: &[usize]) -> Self {
        let shape = [&[rows.len()], &self.shape[1..]].concat();
        Self {
            inputs: self.inputs.take(self.width(), rows),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
            shape,
            name: self.name.clone(),
            classes: self.classes,
            indices: None,
            recipe: None,
            sha256: String::new(),
        }
    }

    /// Number of rows n.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Inputs of one row.
    pub fn width(&self) -> usize {
        self.shape[1..].iter().product()
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
    if let Some(Recipe {
        classes,
        p_e,
        label_noise,
        ..
    }) = recipe
    {
        // Not `Recipe::check`: another program's environments may have three classes.
        ensure!(
            (2..=MOST_CLASSES).contains(&classes),
            "{name}: metadata field provenance: classes is {classes}, expected 2 to {MOST_CLASSES}"
        );
        for (field, value) in [("p_e", p_e), ("label_noise", label_noise)] {
            ensure!(
                (0.0..=1.0).contains(&value),
                "{name}: metadata field provenance: {field} is {value}, expected a probability from 0 to 1"
            );
        }
    }
    Ok(recipe)
}

/// The tensor `indices` U32 [n]; another program may have given a tensor of another form that name.
fn indices(file: &TensorFile, rows: usize) -> Option<Vec<u32>> {
    let indices = file.tensor("indices", &[Dtype::U32]).ok()?;
    let numbers = indices.data().chunks_exact(4);
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("chunks of 4 bytes"));
    (indices.shape() == [rows]).then(|| numbers.map(number).collect())
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
