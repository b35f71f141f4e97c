//! What lies between a network's matrix products.
//!
//! Activations are `[n, ld]`, where ld is [`padded`](super::padded) of the layer's units, and what is behind the units is 0.

use anyhow::{Result, ensure};
use candle_core::{DType, Tensor};

use super::{
    DeviceArray, Product, THREADS, int_argument, launch, launch_with, one_thread_each, suffix,
    with_view,
};

/// Rows whose sum one thread takes: 32, or as many more as keep the number of chunks within a launch's limit.
fn chunk_of(rows: usize) -> usize {
    const MOST_CHUNKS: usize = 65_535;
    rows.div_ceil(MOST_CHUNKS).max(32)
}

/// Neighbouring numbers of a row that one thread takes.
const QUAD: usize = 4;

/// Threads of a block for `ld` columns: whole warps, and few that have none.
fn threads_of(ld: usize) -> usize {
    (ld / QUAD).next_multiple_of(32).min(THREADS)
}

/// ReLU(a + bias), `[n, ld]` of `dtype`, for `a` `[n, ld]` and `bias` `[units]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn bias_relu(a: Product, bias: &Tensor, dtype: DType) -> Result<Tensor> {
    let a = a.tensor();
    let ((rows, ld), units) = (a.dims2()?, bias.dims1()?);
    ensure!(
        units <= ld && ld.is_multiple_of(QUAD),
        "a bias of {units} for {ld} columns"
    );
    with_view(&a, |a| {
        with_view(bias, |bias| {
            bias.expect(DType::F32, &[units])?;
            let out = DeviceArray::new(a.device, dtype, &[rows, ld])?;
            launch(
                a.device,
                &format!("bias_relu_{}", suffix(dtype)?),
                one_thread_each(rows * ld / QUAD),
                &[
                    a.pointer,
                    bias.pointer,
                    out.pointer()?,
                    int_argument(rows)?,
                    int_argument(units)?,
                    int_argument(ld)?,
                ],
            )?;
            Ok(out.tensor())
        })
    })
}

/// (a + bias)∘ReLU'(h), of the type and size of `h` `[n, ld]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn bias_mask(a: Product, bias: &Tensor, h: &Tensor) -> Result<Tensor> {
    let a = a.tensor();
    let ((rows, ld), units, dtype) = (h.dims2()?, bias.dims1()?, h.dtype());
    ensure!(
        units <= ld && ld.is_multiple_of(QUAD),
        "a bias of {units} for {ld} columns"
    );
    with_view(&a, |a| {
        a.expect(DType::F32, &[rows, ld])?;
        with_view(bias, |bias| {
            bias.expect(DType::F32, &[units])?;
            with_view(h, |h| {
                let out = DeviceArray::new(a.device, dtype, &[rows, ld])?;
                launch(
                    a.device,
                    &format!("bias_mask_{}", suffix(dtype)?),
                    one_thread_each(rows * ld / QUAD),
                    &[
                        a.pointer,
                        bias.pointer,
                        h.pointer,
                        out.pointer()?,
                        int_argument(rows)?,
                        int_argument(units)?,
                        int_argument(ld)?,
                    ],
                )?;
                Ok(out.tensor())
            })
        })
    })
}

/// h·weightᵀ + bias, `[n, k]` f32, for `h` `[n, ld]`, `weight` `[k, units]` and `bias` `[k]`; with `tangent`, a second
/// such pair of matrices, their product is added: R{h}·weightᵀ + h·R{weight}ᵀ + R{bias}.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn logits(
    h: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    tangent: Option<(&Tensor, &Tensor)>,
) -> Result<Tensor> {
    let ((rows, ld), (k, units)) = (h.dims2()?, weight.dims2()?);
    ensure!(
        units <= ld && ld.is_multiple_of(QUAD),
        "a layer of {units} inputs for {ld} columns"
    );
    with_view(bias, |bias| {
        bias.expect(DType::F32, &[k])?;
        let out = DeviceArray::new(bias.device, DType::F32, &[rows, k])?;
        let products = std::iter::once((h, weight)).chain(tangent);
        for (number_of, (h, weight)) in products.enumerate() {
            ensure!(
                h.dims() == [rows, ld] && weight.dims() == [k, units],
                "the operands differ in size"
            );
            with_view(h, |h| {
                with_view(weight, |weight| {
                    weight.expect(DType::F32, &[k, units])?;
                    launch(
                        h.device,
                        &format!("logits_{}", suffix(h.dtype)?),
                        (rows.div_ceil(THREADS / 32), 1, 1),
                        &[
                            h.pointer,
                            weight.pointer,
                            if number_of == 0 { bias.pointer } else { 0 },
                            out.pointer()?,
                            int_argument(rows)?,
                            int_argument(units)?,
                            int_argument(ld)?,
                            int_argument(k)?,
                            int_argument(number_of)?,
                        ],
                    )
                })
            })?;
        }
        Ok(out.tensor())
    })
}

/// A sum over rows, chunk by chunk: `[chunks, count]` added up.
fn sum_chunks(
    partial: &DeviceArray,
    chunks: usize,
    count: usize,
    into: &DeviceArray,
    add: bool,
) -> Result<()> {
    launch_with(
        partial.device(),
        "sum_chunks",
        (count.div_ceil(32), 1, 1),
        1024,
        None::<&u64>,
        &[
            partial.pointer()?,
            into.pointer()?,
            int_argument(chunks)?,
            int_argument(count)?,
            u64::from(add),
        ],
    )
}

/// (c·w + d·v)∘ReLU'(h) `[n, ld]` of the type of `h`, for `c`, `d` `[n, k]` and `w`, `v` `[k, units]`, and its sum over rows
/// `[units]`. `second` is (d, v).
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn outer_mask(
    (c, w): (&Tensor, &Tensor),
    second: Option<(&Tensor, &Tensor)>,
    h: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let ((rows, ld), (k, units), dtype) = (h.dims2()?, w.dims2()?, h.dtype());
    ensure!(
        units <= ld && ld.is_multiple_of(QUAD),
        "a layer of {units} inputs for {ld} columns"
    );
    let chunk = chunk_of(rows);
    let chunks = rows.div_ceil(chunk);
    let (d, v) = second.unwrap_or((c, w));
    let operands = [
        (c, [rows, k]),
        (w, [k, units]),
        (d, [rows, k]),
        (v, [k, units]),
    ];
    let mut pointers = [0; 4];
    for ((tensor, dims), pointer) in operands.into_iter().zip(&mut pointers) {
        *pointer = with_view(tensor, |view| {
            view.expect(DType::F32, &dims)?;
            Ok(view.pointer)
        })?;
    }
    if second.is_none() {
        pointers[2..].fill(0);
    }
    with_view(h, |h| {
        let out = DeviceArray::new(h.device, dtype, &[rows, ld])?;
        let partial = DeviceArray::new(h.device, DType::F32, &[chunks, units])?;
        let sum = DeviceArray::new(h.device, DType::F32, &[units])?;
        launch_with(
            h.device,
            &format!("outer_mask_{}", suffix(dtype)?),
            (ld.div_ceil(QUAD * threads_of(ld)), chunks, 1),
            threads_of(ld),
            None::<&u64>,
            &[
                pointers[0],
                pointers[1],
                pointers[2],
                pointers[3],
                h.pointer,
                out.pointer()?,
                partial.pointer()?,
                int_argument(rows)?,
                int_argument(units)?,
                int_argument(ld)?,
                int_argument(k)?,
                int_argument(chunk)?,
            ],
        )?;
        sum_chunks(&partial, chunks, units, &sum, false)?;
        Ok((out.tensor(), sum.tensor()))
    })
}

/// delta∘ReLU'(h) `[n, ld]` of the type of `h`, and its sum over rows `[units]`.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn mask(delta: Product, h: &Tensor, units: usize) -> Result<(Tensor, Tensor)> {
    let delta = delta.tensor();
    let ((rows, ld), dtype) = (h.dims2()?, h.dtype());
    ensure!(
        units <= ld && ld.is_multiple_of(QUAD),
        "{units} units in {ld} columns"
    );
    let chunk = chunk_of(rows);
    let chunks = rows.div_ceil(chunk);
    with_view(&delta, |delta| {
        delta.expect(DType::F32, &[rows, ld])?;
        with_view(h, |h| {
            let out = DeviceArray::new(h.device, dtype, &[rows, ld])?;
            let partial = DeviceArray::new(h.device, DType::F32, &[chunks, units])?;
            let sum = DeviceArray::new(h.device, DType::F32, &[units])?;
            launch_with(
                h.device,
                &format!("mask_{}", suffix(dtype)?),
                (ld.div_ceil(QUAD * threads_of(ld)), chunks, 1),
                threads_of(ld),
                None::<&u64>,
                &[
                    delta.pointer,
                    h.pointer,
                    out.pointer()?,
                    partial.pointer()?,
                    int_argument(rows)?,
                    int_argument(units)?,
                    int_argument(ld)?,
                    int_argument(chunk)?,
                ],
            )?;
            sum_chunks(&partial, chunks, units, &sum, false)?;
            Ok((out.tensor(), sum.tensor()))
        })
    })
}

/// Σ_n c_n ⊗ h_n `[k, units]` over all pairs (c `[n, k]`, h `[n, ld]`), and Σ_n c_n `[k]` of the first pair's: the gradient of
/// the last layer.
///
/// # Errors
/// Where a size or a type does not fit, and what the driver reports.
pub fn weighted_sums(pairs: &[(&Tensor, &Tensor)], units: usize) -> Result<(Tensor, Tensor)> {
    ensure!(!pairs.is_empty(), "there is nothing to sum");
    let (rows, k) = pairs[0].0.dims2()?;
    let chunk = chunk_of(rows);
    let chunks = rows.div_ceil(chunk);
    let device = pairs[0].0.device().as_cuda_device()?;
    let weight = DeviceArray::new(device, DType::F32, &[k, units])?;
    let bias = DeviceArray::new(device, DType::F32, &[k])?;
    for (number_of, (c, h)) in pairs.iter().enumerate() {
        let ld = h.dims2()?.1;
        ensure!(
            h.dims() == [rows, ld] && units <= ld,
            "the operands differ in size"
        );
        with_view(c, |c| {
            c.expect(DType::F32, &[rows, k])?;
            with_view(h, |h| {
                let sum = |h_pointer, units: usize, into: &DeviceArray, add| {
                    let partial = DeviceArray::new(device, DType::F32, &[chunks, k, units])?;
                    launch(
                        device,
                        &format!("weighted_{}", suffix(h.dtype)?),
                        (units.div_ceil(THREADS), chunks, k),
                        &[
                            c.pointer,
                            h_pointer,
                            partial.pointer()?,
                            int_argument(rows)?,
                            int_argument(units)?,
                            int_argument(ld)?,
                            int_argument(k)?,
                            int_argument(chunk)?,
                        ],
                    )?;
                    sum_chunks(&partial, chunks, k * units, into, add)
                };
                sum(h.pointer, units, &weight, number_of > 0)?;
                if number_of == 0 {
                    sum(0, 1, &bias, false)?;
                }
                Ok(())
            })
        })?;
    }
    Ok((weight.tensor(), bias.tensor()))
}
