//! What is known of an environment without its rows.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use artifact::Header;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::Deserialize;

use crate::inputs::InputKind;
use crate::recipe::Recipe;

/// More classes than this are taken for a mistake: a wild label would else make a wild network.
const MOST_CLASSES: usize = 1000;

/// What is known of an environment without its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The file as messages call it.
    pub name: String,
    /// Whether its rows are images.
    pub kind: InputKind,
    /// Sizes of the inputs, the number of rows n first; of images n, channels, height, width. None is zero.
    pub shape: Vec<usize>,
    /// Number of classes: the recipe's, or else the largest label + 1, and at least 2.
    pub classes: usize,
    /// The labels that some row has, each below `classes`.
    pub labels_seen: BTreeSet<u32>,
    /// Of a file with our provenance, the row of the source that each row is, if the file says.
    pub indices: Option<Vec<u32>>,
    /// What made it; `None` for a file without our provenance.
    pub recipe: Option<Recipe>,
    /// SHA-256 of the file's bytes; empty for one that is in no file.
    pub sha256: String,
}

impl Facts {
    /// Number of rows n.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Inputs of one row.
    pub fn width(&self) -> usize {
        self.shape[1..].iter().product()
    }

    /// Those of some of its rows, which have `labels`, as an environment of no file.
    pub(crate) fn of_some(&self, labels: &[u32]) -> Self {
        Self {
            name: self.name.clone(),
            kind: self.kind,
            shape: [&[labels.len()], &self.shape[1..]].concat(),
            classes: self.classes,
            labels_seen: labels.iter().copied().collect(),
            indices: None,
            recipe: None,
            sha256: String::new(),
        }
    }
}

/// Each label is to be below it.
pub(crate) fn most_classes(recipe: Option<&Recipe>) -> usize {
    recipe.map_or(MOST_CLASSES, |recipe| recipe.classes)
}

/// The number of classes of a file: see [`Facts::classes`].
pub(crate) fn classes(recipe: Option<&Recipe>, labels_seen: &BTreeSet<u32>) -> usize {
    let seen = labels_seen
        .last()
        .map_or(0, |&largest| largest as usize + 1);
    recipe.map_or(seen.max(2), |recipe| recipe.classes)
}

/// The tensor `indices` U32 [n]; another program may have given a tensor of another form that name.
pub(crate) fn indices_place(header: &Header, rows: usize) -> Option<&TensorInfo> {
    let indices = header.tensor("indices", &[Dtype::U32]).ok()?;
    (indices.shape == [rows]).then_some(indices)
}

/// Those of the little-endian `bytes` of a file.
pub(crate) fn indices(bytes: &[u8]) -> Vec<u32> {
    let numbers = bytes.chunks_exact(4);
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("chunks of 4 bytes"));
    numbers.map(number).collect()
}

/// The recipe in the file's provenance; `None` where there is none of ours.
pub(crate) fn recipe(name: &str, header: &Header) -> Result<Option<Recipe>> {
    /// What every artifact of ours says of itself.
    #[derive(Deserialize)]
    struct Artifact {
        kind: String,
    }
    let Ok(Some(Artifact { kind })) = header.provenance() else {
        return Ok(None);
    };
    ensure!(
        kind == Recipe::KIND,
        "{name}: the file says that it is a {kind}, expected an environment"
    );
    let recipe: Option<Recipe> = header.provenance()?;
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
