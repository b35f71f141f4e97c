//! Weights and their gradients: from the dense layout of a checkpoint to the padded one that products read, and back.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};

use super::{DeviceArray, int_argument, launch, one_thread_each, suffix, with_view};

/// The columns that a matrix of so many has on the device: whole groups of 16 bytes, which the tensor cores read.
pub fn padded(columns: usize) -> usize {
    columns.next_multiple_of(8)
}

/// `weight` `[rows, columns]`, f32, as `[padded(rows), padded(columns)]` of `dtype`.
///
/// # Errors
/// Where the type does not fit, and what the driver reports.
pub fn pad(weight: &Tensor, dtype: DType) -> Result<Tensor> {
    let (rows, columns) = weight.dims2()?;
    let (out_rows, ld) = (padded(rows), padded(columns));
    with_view(weight, |weight| {
        weight.expect(DType::F32, &[rows, columns])?;
        let out = DeviceArray::new(weight.device, dtype, &[out_rows, ld])?;
        launch(
            weight.device,
            &format!("pad_{}", suffix(dtype)?),
            one_thread_each(out_rows * ld),
            &[
                weight.pointer,
                out.pointer()?,
                int_argument(rows)?,
                int_argument(columns)?,
                int_argument(out_rows)?,
                int_argument(ld)?,
            ],
        )?;
        Ok(out.tensor())
    })
}

/// The columns `index` (U32) of `weight` `[rows, inputs]`, f32, as `[padded(rows), padded(index)]` of `dtype`. Each
/// must be below `inputs`.
///
/// # Errors
/// Where a type does not fit, and what the driver reports.
pub fn gather_columns(weight: &Tensor, index: &Columns, dtype: DType) -> Result<Tensor> {
    let (rows, inputs) = weight.dims2()?;
    index.check(inputs)?;
    let columns = index.len();
    let (out_rows, ld) = (padded(rows), padded(columns));
    with_view(weight, |weight| {
        weight.expect(DType::F32, &[rows, inputs])?;
        with_view(&index.tensor, |index| {
            let out = DeviceArray::new(weight.device, dtype, &[out_rows, ld])?;
            launch(
                weight.device,
                &format!("gather_{}", suffix(dtype)?),
                one_thread_each(out_rows * ld),
                &[
                    weight.pointer,
                    index.pointer,
                    out.pointer()?,
                    int_argument(rows)?,
                    int_argument(inputs)?,
                    int_argument(columns)?,
                    int_argument(out_rows)?,
                    int_argument(ld)?,
                ],
            )?;
            Ok(out.tensor())
        })
    })
}

/// Columns of a matrix, on the device.
pub struct Columns {
    tensor: Tensor,
    len: usize,
    largest: Option<u32>,
}

impl Columns {
    /// These columns, all different.
    ///
    /// # Errors
    /// Where two are the same, and what the device reports.
    pub fn new(columns: &[u32], device: &Device) -> Result<Self> {
        let mut sorted = columns.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        ensure!(sorted.len() == columns.len(), "a column is named twice");
        Ok(Self {
            tensor: Tensor::new(columns, device)?,
            len: columns.len(),
            largest: sorted.last().copied(),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn check(&self, inputs: usize) -> Result<()> {
        let fits = self.largest.is_none_or(|column| (column as usize) < inputs);
        ensure!(fits, "a column is not below {inputs}");
        Ok(())
    }
}

/// The first `rows` rows and `columns` columns of `padded`, f32.
///
/// # Errors
/// Where there are not so many, and what the driver reports.
pub fn unpad(padded: &Tensor, rows: usize, columns: usize) -> Result<Tensor> {
    let (all_rows, ld) = padded.dims2()?;
    ensure!(
        rows <= all_rows && columns <= ld,
        "there are no {rows} rows of {columns}"
    );
    with_view(padded, |padded| {
        padded.expect(DType::F32, &[all_rows, ld])?;
        let out = DeviceArray::new(padded.device, DType::F32, &[rows, columns])?;
        launch(
            padded.device,
            "unpad",
            one_thread_each(rows * columns),
            &[
                padded.pointer,
                out.pointer()?,
                int_argument(rows)?,
                int_argument(columns)?,
                int_argument(ld)?,
            ],
        )?;
        Ok(out.tensor())
    })
}

/// A matrix `[rows, inputs]` of zeros, f32, to which the columns of each of `parts` `[.., ld]` are added where its
/// [`Columns`] say.
///
/// # Errors
/// Where a size does not fit, and what the driver reports.
pub fn scatter_columns<'a>(
    rows: usize,
    inputs: usize,
    parts: impl Iterator<Item = (Tensor, &'a Columns)>,
    device: &Device,
) -> Result<Tensor> {
    let sum = Tensor::zeros((rows, inputs), DType::F32, device)?;
    for (part, columns) in parts {
        columns.check(inputs)?;
        let (part_rows, ld) = part.dims2()?;
        ensure!(
            rows <= part_rows && columns.len() <= ld,
            "the part is of another size"
        );
        with_view(&sum, |sum| {
            with_view(&part, |part| {
                part.expect(DType::F32, &[part_rows, ld])?;
                with_view(&columns.tensor, |index| {
                    launch(
                        part.device,
                        "scatter_add",
                        one_thread_each(rows * columns.len()),
                        &[
                            part.pointer,
                            index.pointer,
                            sum.pointer,
                            int_argument(rows)?,
                            int_argument(inputs)?,
                            int_argument(columns.len())?,
                            int_argument(ld)?,
                        ],
                    )
                })
            })
        })?;
    }
    Ok(sum)
}
