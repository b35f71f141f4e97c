//! What a network sees of an environment's rows: the tensor `images` or the tensor `inputs`.

use anyhow::{Result, anyhow, bail, ensure};
use artifact::Header;
use safetensors::tensor::{Dtype, TensorInfo};

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// See [`Inputs::Images`].
    Images,
    /// See [`Inputs::Numbers`].
    Numbers,
}

impl InputKind {
    /// The tensor that such inputs are read from.
    pub fn tensor(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Numbers => "inputs",
        }
    }

    /// Bytes of one value in a file.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Images => 1,
            Self::Numbers => 4,
        }
    }
}

/// A network's inputs, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// `images` U8 [n, channels, height, width]: a value divided by 255 is the network's input.
    Images(Vec<u8>),
    /// `inputs` F32 [n, …]: the values are the network's inputs as they are, and finite.
    Numbers(Vec<f32>),
}

impl Inputs {
    /// Which of the two they are.
    pub fn kind(&self) -> InputKind {
        match self {
            Self::Images(_) => InputKind::Images,
            Self::Numbers(_) => InputKind::Numbers,
        }
    }

    /// Those of the little-endian `bytes` of a file.
    pub(crate) fn of_bytes(kind: InputKind, bytes: &[u8]) -> Self {
        match kind {
            InputKind::Images => Self::Images(bytes.to_vec()),
            InputKind::Numbers => Self::Numbers(numbers(bytes).collect()),
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
}

/// The tensor of `header` with the inputs, and their kind. All sizes are at least 1.
///
/// # Errors
/// Where the file, which messages call `name`, has neither tensor or both, or the one it has is of another type or shape.
pub(crate) fn place<'a>(name: &str, header: &'a Header) -> Result<(InputKind, &'a TensorInfo)> {
    let (kind, info) = match ["images", "inputs"].map(|tensor| header.has(tensor)) {
        [true, true] => bail!(
            "{name}: the file holds both tensors images and inputs, expected one of them: images U8 of which a value \
             divided by 255 is the network's input, or inputs F32 as they are; leave one out"
        ),
        [false, true] => (InputKind::Numbers, numbers_place(header)?),
        [_, false] => (InputKind::Images, images_place(header)?),
    };
    let shape = &info.shape;
    ensure!(
        !shape.contains(&0),
        "{name}: tensor {} is of shape {shape:?}, expected at least 1 each",
        kind.tensor()
    );
    match kind {
        InputKind::Images => ensure!(
            shape.len() == 4,
            "{name}: tensor images is of shape {shape:?}, expected [n, channels, height, width]; features that are no images \
             go into a tensor inputs F32 of any shape [n, …]"
        ),
        InputKind::Numbers => ensure!(
            shape.len() >= 2,
            "{name}: tensor inputs is of shape {shape:?}, expected two or more dimensions, [n, …]; one number a row is of shape \
             [n, 1]"
        ),
    }
    Ok((kind, info))
}

fn images_place(header: &Header) -> Result<&TensorInfo> {
    const FLOATS: [Dtype; 4] = [Dtype::F16, Dtype::BF16, Dtype::F32, Dtype::F64];
    let images = header.tensor("images", &[Dtype::U8]);
    images.map_err(|error| match header.tensor("images", &FLOATS) {
        Ok(_) => anyhow!(
            "{error}; if the values are from 0 to 1, multiply them by 255, round them, and store them as U8; or store \
             them as F32 under the name inputs, and they are the network's inputs as they are"
        ),
        Err(_) if !header.has("images") => anyhow!(
            "{error}; expected images U8 [n, channels, height, width], or inputs F32 [n, …]"
        ),
        Err(_) => error,
    })
}

fn numbers_place(header: &Header) -> Result<&TensorInfo> {
    let inputs = header.tensor("inputs", &[Dtype::F32]);
    inputs.map_err(|error| match header.tensor("inputs", &[Dtype::U8]) {
        Ok(_) => {
            anyhow!("{error}; store the values as F32, or brightness from 0 to 255 under the name images")
        }
        Err(_) => anyhow!("{error}; store the values as F32"),
    })
}

/// A look at all values of a file, in pieces.
pub(crate) struct ValueCheck<'a> {
    /// What messages call the file.
    pub name: &'a str,
    /// What the values are.
    pub kind: InputKind,
    /// Values of one row.
    pub width: usize,
    seen: usize,
    largest: u8,
}

impl<'a> ValueCheck<'a> {
    pub fn new(name: &'a str, kind: InputKind, width: usize) -> Self {
        Self {
            name,
            kind,
            width,
            seen: 0,
            largest: 0,
        }
    }

    /// Looks at the next values.
    ///
    /// # Errors
    /// Where a number is not finite.
    pub fn look(&mut self, bytes: &[u8]) -> Result<()> {
        match self.kind {
            InputKind::Images => {
                self.largest = self.largest.max(bytes.iter().copied().max().unwrap_or(0));
            }
            InputKind::Numbers => {
                if let Some((place, number)) = numbers(bytes)
                    .enumerate()
                    .find(|(_, number)| !number.is_finite())
                {
                    bail!(
                        "{}: tensor inputs: row {} holds {number}, expected finite numbers",
                        self.name,
                        (self.seen + place) / self.width
                    );
                }
            }
        }
        self.seen += bytes.len() / self.kind.size();
        Ok(())
    }

    /// After all values.
    ///
    /// # Errors
    /// Where the largest value of images is 1.
    pub fn finish(self) -> Result<()> {
        ensure!(
            self.kind == InputKind::Numbers || self.largest != 1,
            "{}: tensor images: the largest value is 1, expected brightness from 0 to 255; values from 0 to 1 were \
             stored as U8: multiply them by 255 before they are",
            self.name
        );
        Ok(())
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let numbers = bytes.chunks_exact(4);
    numbers.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("chunks of 4 bytes")))
}
