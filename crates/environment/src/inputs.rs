//! What a network sees of an environment's rows: the tensor `images` or the tensor `inputs`.

use anyhow::{Result, anyhow, bail, ensure};
use artifact::{MemoryNeed, TensorFile};
use safetensors::tensor::{Dtype, TensorView};

/// A network's inputs, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// `images` U8 [n, channels, height, width]: a value divided by 255 is the network's input.
    Images(Vec<u8>),
    /// `inputs` F32 [n, …]: the values are the network's inputs as they are, and finite.
    Numbers(Vec<f32>),
}

impl Inputs {
    /// The tensor that such inputs are read from.
    pub fn tensor(&self) -> &'static str {
        match self {
            Self::Images(_) => "images",
            Self::Numbers(_) => "inputs",
        }
    }

    /// The values in `columns` of `rows`, row by row, where each row has `width` values.
    pub fn select(&self, width: usize, rows: &[usize], columns: &[u32]) -> Self {
        fn picked<T: Copy>(values: &[T], width: usize, rows: &[usize], columns: &[u32]) -> Vec<T> {
            let mut picked = Vec::with_capacity(rows.len() * columns.len());
            for &row in rows {
                let values = &values[row * width..][..width];
                picked.extend(columns.iter().map(|&column| values[column as usize]));
            }
            picked
        }
        match self {
            Self::Images(bytes) => Self::Images(picked(bytes, width, rows, columns)),
            Self::Numbers(numbers) => Self::Numbers(picked(numbers, width, rows, columns)),
        }
    }

    /// All values of `rows`, row by row, where each row has `width` values.
    pub(crate) fn take(&self, width: usize, rows: &[usize]) -> Self {
        fn taken<T: Copy>(values: &[T], width: usize, rows: &[usize]) -> Vec<T> {
            let rows = rows.iter().map(|&row| &values[row * width..][..width]);
            rows.collect::<Vec<_>>().concat()
        }
        match self {
            Self::Images(bytes) => Self::Images(taken(bytes, width, rows)),
            Self::Numbers(numbers) => Self::Numbers(taken(numbers, width, rows)),
        }
    }

    /// Those of `file`, which messages call `name`, and the tensor's shape.
    ///
    /// # Errors
    /// Where the file has neither tensor or both, or the one it has is of another type or shape, holds a number that is
    /// not finite, or images whose largest value is 1.
    pub(crate) fn read(name: &str, file: &TensorFile) -> Result<(Vec<usize>, Self)> {
        let names = file.names();
        for tensor in ["images", "inputs"] {
            // Copied out of the file.
            if let Ok(view) = file.tensor(tensor, &[Dtype::U8, Dtype::F32]) {
                let need = MemoryNeed {
                    bytes: view.data().len() as u128,
                    what: format!("the {tensor} of {name} (shape {:?})", view.shape()),
                };
                artifact::check_memory(&[need], "fewer rows")?;
            }
        }
        match ["images", "inputs"].map(|tensor| names.contains(&tensor)) {
            [true, true] => bail!(
                "{name}: the file holds both tensors images and inputs, expected one of them: images U8 of which a value \
                 divided by 255 is the network's input, or inputs F32 as they are; leave one out"
            ),
            [false, true] => numbers(name, file),
            [_, false] => images(name, file),
        }
    }
}

fn images(name: &str, file: &TensorFile) -> Result<(Vec<usize>, Inputs)> {
    const FLOATS: [Dtype; 4] = [Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64];
    let images = file.tensor("images", &[Dtype::U8]);
    let images = images.map_err(|error| match file.tensor("images", &FLOATS) {
        Ok(_) => anyhow!(
            "{error}; if the values are from 0 to 1, multiply them by 255, round them, and store them as U8; or store \
             them as F32 under the name inputs, and they are the network's inputs as they are"
        ),
        Err(_) if !file.names().contains(&"images") => anyhow!(
            "{error}; expected images U8 [n, channels, height, width], or inputs F32 [n, …]"
        ),
        Err(_) => error,
    })?;
    let shape = shape(name, "images", &images)?;
    ensure!(
        shape.len() == 4,
        "{name}: tensor images is of shape {shape:?}, expected [n, channels, height, width]; features that are no images \
         go into a tensor inputs F32 of any shape [n, …]"
    );
    ensure!(
        images.data().iter().max() != Some(&1),
        "{name}: tensor images: the largest value is 1, expected brightness from 0 to 255; values from 0 to 1 were \
         stored as U8: multiply them by 255 before they are"
    );
    Ok((shape, Inputs::Images(images.data().to_vec())))
}

fn numbers(name: &str, file: &TensorFile) -> Result<(Vec<usize>, Inputs)> {
    let inputs = file.tensor("inputs", &[Dtype::F32]);
    let inputs = inputs.map_err(|error| match file.tensor("inputs", &[Dtype::U8]) {
        Ok(_) => {
            anyhow!("{error}; store the values as F32, or brightness from 0 to 255 under the name images")
        }
        Err(_) => anyhow!("{error}; store the values as F32"),
    })?;
    let shape = shape(name, "inputs", &inputs)?;
    ensure!(
        shape.len() >= 2,
        "{name}: tensor inputs is of shape {shape:?}, expected two or more dimensions, [n, …]; one number a row is of shape \
         [n, 1]"
    );
    let numbers: Vec<f32> = inputs
        .data()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("chunks of 4 bytes")))
        .collect();
    if let Some(place) = numbers.iter().position(|number| !number.is_finite()) {
        let width: usize = shape[1..].iter().product();
        bail!(
            "{name}: tensor inputs: row {} holds {}, expected finite numbers",
            place / width,
            numbers[place]
        );
    }
    Ok((shape, Inputs::Numbers(numbers)))
}

/// The sizes of `tensor`, none of which may be zero.
fn shape(name: &str, tensor: &str, view: &TensorView) -> Result<Vec<usize>> {
    let shape = view.shape();
    ensure!(
        !shape.contains(&0),
        "{name}: tensor {tensor} is of shape {shape:?}, expected at least 1 each"
    );
    Ok(shape.to_vec())
}
