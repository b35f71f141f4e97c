//! An environment and its safetensors form.
//!
//! Required: `images` U8 [n, channels, height, width] or `inputs` F32 [n, …], and `labels` U8, I64, I32 or BOOL [n]. Of what
//! [`make`] adds, `indices` are read back; `digits`, `colors` and `patches` are for the curious.
//!
//! [`make`]: crate::make()

use std::path::Path;

use anyhow::Result;
use artifact::{MemoryNeed, NamedTensor, TensorFile};
use safetensors::tensor::Dtype;

use crate::facts::{self, Facts};
use crate::inputs::{self, Inputs, ValueCheck};
use crate::labels;
use crate::make::Made;

/// Labelled rows, as networks are trained and scored on.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// What is known of it without its rows.
    pub facts: Facts,
    /// What a network sees of the rows, row-major in the shape of the facts.
    pub inputs: Inputs,
    /// n labels, each below the number of classes.
    pub labels: Vec<u32>,
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
            facts: Facts {
                name: name.to_owned(),
                kind: inputs.kind(),
                shape: shape.to_vec(),
                classes,
                labels_seen: labels.iter().copied().collect(),
                indices: None,
                recipe: None,
                sha256: String::new(),
            },
            inputs,
            labels,
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
        let recipe = facts::recipe(name, file.header())?;
        let (kind, info) = inputs::place(name, file.header())?;
        let values = file.bytes(info);
        // Copied out of the file.
        let need = MemoryNeed {
            bytes: values.len() as u128,
            what: format!("the {} of {name} (shape {:?})", kind.tensor(), info.shape),
        };
        artifact::check_memory(&[need], "fewer rows")?;
        let mut check = ValueCheck::new(name, kind, info.shape[1..].iter().product());
        check.look(values)?;
        check.finish()?;
        let rows = info.shape[0];
        let place = labels::place(name, file.header(), rows, kind)?;
        let most = facts::most_classes(recipe.as_ref());
        let labels = labels::parse(name, (place.dtype, file.bytes(place)), 0, most)?;
        let labels_seen = labels.iter().copied().collect();
        let indices = facts::indices_place(file.header(), rows).filter(|_| recipe.is_some());
        Ok(Self {
            facts: Facts {
                name: name.to_owned(),
                kind,
                shape: info.shape.clone(),
                classes: facts::classes(recipe.as_ref(), &labels_seen),
                labels_seen,
                indices: indices.map(|place| facts::indices(file.bytes(place))),
                recipe,
                sha256: artifact::sha256(bytes),
            },
            inputs: Inputs::of_bytes(kind, values),
            labels,
        })
    }

    /// Those of its `rows`, in this order, as an environment of no file.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn take(&self, rows: &[usize]) -> Self {
        let labels: Vec<u32> = rows.iter().map(|&row| self.labels[row]).collect();
        Self {
            facts: self.facts.of_some(&labels),
            inputs: self.inputs.take(self.width(), rows),
            labels,
        }
    }

    /// Number of rows n.
    pub fn rows(&self) -> usize {
        self.facts.rows()
    }

    /// Inputs of one row.
    pub fn width(&self) -> usize {
        self.facts.width()
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
