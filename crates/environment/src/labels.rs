//! The labels of an environment's file.

use anyhow::{Context, Result, bail, ensure};
use artifact::Header;
use safetensors::tensor::{Dtype, TensorInfo};

use crate::inputs::InputKind;

/// The types of labels. Every value must be a class, whatever its type.
const TYPES: [Dtype; 4] = [Dtype::U8, Dtype::I64, Dtype::I32, Dtype::BOOL];

/// The tensor of `header` with the labels of the `rows` rows.
///
/// # Errors
/// Where the file, which messages call `name`, has none, or it is of another type or shape.
pub(crate) fn place<'a>(
    name: &str,
    header: &'a Header,
    rows: usize,
    kind: InputKind,
) -> Result<&'a TensorInfo> {
    let labels = header.tensor("labels", &TYPES)?;
    ensure!(
        labels.shape == [rows],
        "{name}: tensor labels is of shape {:?}, expected {:?}, one for each of the {}",
        labels.shape,
        [rows],
        match kind {
            InputKind::Images => "images",
            InputKind::Numbers => "rows of inputs",
        }
    );
    Ok(labels)
}

/// Bytes of one label.
pub(crate) fn size(dtype: Dtype) -> usize {
    dtype.bitsize() / 8
}

/// The labels of the rows from `first` on, from the little-endian `bytes` of a file that messages call `name`; each is
/// below `classes`.
///
/// # Errors
/// Names the first row whose label is no class.
pub(crate) fn parse(
    name: &str,
    (dtype, bytes): (Dtype, &[u8]),
    first: usize,
    classes: usize,
) -> Result<Vec<u32>> {
    let check = |(row, label): (usize, i64)| match u32::try_from(label) {
        Ok(label) if (label as usize) < classes => Ok(label),
        _ => bail!(
            "row {} is {label}, expected a class from 0 to {}",
            first + row,
            classes - 1
        ),
    };
    let number = |bytes: &[u8]| match *bytes {
        // U8 and BOOL.
        [label] => i64::from(label),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]).into(),
        _ => i64::from_le_bytes(bytes.try_into().expect("labels have 1, 4 or 8 bytes")),
    };
    let labels = bytes.chunks_exact(size(dtype)).map(number).enumerate();
    let labels: Result<Vec<u32>> = labels.map(check).collect();
    labels.with_context(|| format!("{name}: tensor labels"))
}
