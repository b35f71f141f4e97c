//! An environment whose rows stay in its file: for files larger than memory.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use artifact::TensorsOnDisk;
use safetensors::tensor::{Dtype, TensorInfo};

use crate::environment::Environment;
use crate::facts::{self, Facts};
use crate::inputs::{self, Inputs, ValueCheck};
use crate::labels;

/// Labels of one read where all of them are looked at.
const BLOCK: usize = 1 << 16;

/// The [`Facts`] of an environment, and its file, from which rows are read when they are asked for.
pub struct EnvironmentFile {
    /// What is known of it without its rows.
    pub facts: Facts,
    file: TensorsOnDisk,
    /// Where the inputs and the labels begin, in bytes.
    inputs: u64,
    labels: u64,
    /// Type of a label.
    label: Dtype,
}

impl EnvironmentFile {
    /// Opens the file at `path`, which must be a regular one, and reads it through once: what is wrong with a value is found
    /// here, as [`Environment::read`] finds it.
    ///
    /// # Errors
    /// Those of [`Environment::read`].
    pub fn open(path: &Path) -> Result<Self> {
        let name = &path.display().to_string();
        let file = TensorsOnDisk::open(path)?;
        let recipe = facts::recipe(name, file.header())?;
        let (kind, inputs) = inputs::place(name, file.header())?;
        let (start, end) = range(inputs);
        let mut check = ValueCheck::new(name, kind, inputs.shape[1..].iter().product());
        let sha256 = file.look_through((start, kind.size()), |offset, piece| {
            // The part of the piece that holds inputs.
            let within = |place: u64| (place.max(offset) - offset).min(piece.len() as u64) as usize;
            check.look(&piece[within(start)..within(end)])
        })?;
        check.finish()?;
        let rows = inputs.shape[0];
        let labels = labels::place(name, file.header(), rows, kind)?;
        let most = facts::most_classes(recipe.as_ref());
        let mut labels_seen = BTreeSet::new();
        for first in (0..rows).step_by(BLOCK) {
            let read = read_labels(&file, labels, first, BLOCK.min(rows - first))?;
            labels_seen.extend(labels::parse(name, (labels.dtype, &read), first, most)?);
        }
        let indices = facts::indices_place(file.header(), rows).filter(|_| recipe.is_some());
        let indices = indices.map(|indices| {
            let (start, end) = range(indices);
            let mut bytes = vec![0; (end - start) as usize];
            file.read_at(&mut bytes, start)?;
            anyhow::Ok(facts::indices(&bytes))
        });
        Ok(Self {
            facts: Facts {
                name: name.clone(),
                kind,
                shape: inputs.shape.clone(),
                classes: facts::classes(recipe.as_ref(), &labels_seen),
                labels_seen,
                indices: indices.transpose()?,
                recipe,
                sha256,
            },
            inputs: start,
            labels: range(labels).0,
            label: labels.dtype,
            file,
        })
    }

    /// Those of its `rows`, in this order, as [`Environment::take`] gives them.
    ///
    /// # Errors
    /// Where the file cannot be read, has become shorter, or holds another label than when it was opened.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn take(&self, rows: &[usize]) -> Result<Environment> {
        let row_size = self.facts.width() * self.facts.kind.size();
        let label_size = labels::size(self.label);
        let mut values = vec![0; rows.len() * row_size];
        let mut labels = vec![0; rows.len() * label_size];
        let places = rows.iter().zip(values.chunks_exact_mut(row_size));
        for ((&row, values), label) in places.zip(labels.chunks_exact_mut(label_size)) {
            assert!(
                row < self.facts.rows(),
                "row {row} of {}",
                self.facts.rows()
            );
            self.file
                .read_at(values, self.inputs + (row * row_size) as u64)?;
            self.file
                .read_at(label, self.labels + (row * label_size) as u64)?;
        }
        let name = &self.facts.name;
        let labels = rows
            .iter()
            .zip(labels.chunks_exact(label_size))
            .map(|(&row, label)| {
                let label = labels::parse(name, (self.label, label), row, self.facts.classes);
                Ok(label.context("the file was changed while it was in use")?[0])
            });
        let labels = labels.collect::<Result<Vec<u32>>>()?;
        Ok(Environment {
            facts: self.facts.of_some(&labels),
            inputs: Inputs::of_bytes(self.facts.kind, &values),
            labels,
        })
    }
}

/// The bytes of `count` labels from row `first` on.
fn read_labels(
    file: &TensorsOnDisk,
    labels: &TensorInfo,
    first: usize,
    count: usize,
) -> Result<Vec<u8>> {
    let size = labels::size(labels.dtype);
    let mut bytes = vec![0; count * size];
    file.read_at(&mut bytes, range(labels).0 + (first * size) as u64)?;
    Ok(bytes)
}

fn range(tensor: &TensorInfo) -> (u64, u64) {
    let (start, end) = tensor.data_offsets;
    (start as u64, end as u64)
}

/// An environment whose rows are in memory, or in its file.
pub enum Stored {
    /// In memory.
    InMemory(Environment),
    /// In its file.
    InFile(EnvironmentFile),
}

impl Stored {
    /// What is known of it without its rows.
    pub fn facts(&self) -> &Facts {
        match self {
            Self::InMemory(environment) => &environment.facts,
            Self::InFile(file) => &file.facts,
        }
    }

    /// Those of its `rows`, in this order, as an environment of no file.
    ///
    /// # Errors
    /// Those of [`EnvironmentFile::take`].
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn take(&self, rows: &[usize]) -> Result<Environment> {
        match self {
            Self::InMemory(environment) => Ok(environment.take(rows)),
            Self::InFile(file) => file.take(rows),
        }
    }

    /// All rows in memory.
    ///
    /// # Errors
    /// Those of [`EnvironmentFile::take`].
    pub fn into_memory(self) -> Result<Environment> {
        match self {
            Self::InMemory(environment) => Ok(environment),
            Self::InFile(file) => file.take(&(0..file.facts.rows()).collect::<Vec<_>>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use artifact::encode;

    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_in_use_is_an_error() {
        let tensors = |label| {
            let labels = [0, label];
            let inputs: Vec<u8> = [0.5f32, 1.5].iter().flat_map(|x| x.to_le_bytes()).collect();
            let tensors = [
                ("inputs", Dtype::F32, vec![2, 1], &inputs[..]),
                ("labels", Dtype::U8, vec![2], &labels[..]),
            ];
            encode(&tensors, &()).unwrap()
        };
        let path = std::env::temp_dir().join(format!("in-use-{}", std::process::id()));
        fs::write(&path, tensors(1)).unwrap();
        let environment = EnvironmentFile::open(&path).unwrap();
        let taken = environment.take(&[1, 0, 1]).unwrap();
        assert_eq!(taken.inputs, Inputs::Numbers(vec![1.5, 0.5, 1.5]));
        assert_eq!(taken.labels, [1, 0, 1]);
        // The same file with another label, then shorter.
        fs::write(&path, tensors(7)).unwrap();
        let error = format!("{:#}", environment.take(&[1]).unwrap_err());
        assert!(
            error.starts_with("the file was changed while it was in use"),
            "{error}"
        );
        assert!(error.contains("tensor labels: row 1 is 7"), "{error}");
        fs::write(&path, &tensors(1)[..100]).unwrap();
        let error = format!("{:#}", environment.take(&[1]).unwrap_err());
        assert!(error.starts_with("cannot read "), "{error}");
        fs::remove_file(&path).unwrap();
    }
}
