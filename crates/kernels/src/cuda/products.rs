//! Matrix products by cuBLAS.

use anyhow::{Result, ensure};
use candle_core::cuda_backend::cudarc::cublas::{result, sys};
use candle_core::{DType, Tensor};

use super::{DeviceArray, with_view};

/// The arithmetic of matrix products; sums are f32 in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// f32 operands.
    F32,
    /// f32 operands of which the tensor cores read 10 bits of the mantissa.
    Tf32,
    /// bf16 operands.
    Bf16,
}

impl Precision {
    /// The type that operands are kept in.
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 | Self::Tf32 => DType::F32,
            Self::Bf16 => DType::BF16,
        }
    }

    /// What results are marked with, such as `tf32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        }
    }
}

/// A matrix `[rows, columns]`, some rows of a tensor, or its transpose.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    tensor: &'a Tensor,
    first: usize,
    rows: usize,
    transposed: bool,
}

impl<'a> Operand<'a> {
    /// All of `tensor`.
    pub fn of(tensor: &'a Tensor) -> Self {
        Self {
            tensor,
            first: 0,
            rows: tensor.dims()[0],
            transposed: false,
        }
    }

    /// The `rows` rows from `first` on.
    pub fn rows(self, first: usize, rows: usize) -> Self {
        Self {
            first,
            rows,
            ..self
        }
    }

    /// The transpose.
    pub fn t(self) -> Self {
        Self {
            transposed: !self.transposed,
            ..self
        }
    }

    fn shape(&self) -> Result<(usize, usize)> {
        let (rows, columns) = self.tensor.dims2()?;
        ensure!(
            self.first + self.rows <= rows,
            "there are no rows {}..{}",
            self.first,
            self.first + self.rows
        );
        Ok(if self.transposed {
            (columns, self.rows)
        } else {
            (self.rows, columns)
        })
    }
}

/// The result of a product: a new matrix, or rows of one that is there.
pub struct Product {
    array: DeviceArray,
    rows: usize,
    columns: usize,
}

impl Product {
    /// A matrix `[rows, columns]` of f32 beside `like`, to be written by [`multiply`].
    ///
    /// # Errors
    /// What the driver reports.
    pub fn new(like: &Tensor, rows: usize, columns: usize) -> Result<Self> {
        let array = DeviceArray::new(
            like.device().as_cuda_device()?,
            DType::F32,
            &[rows, columns],
        )?;
        Ok(Self {
            array,
            rows,
            columns,
        })
    }

    /// The matrix, all rows of which were written.
    pub fn tensor(self) -> Tensor {
        self.array.tensor()
    }
}

/// Rows from `first` on of `into` = `scale`·(`left`·`right`), f32, added to what is there where `add`.
///
/// # Errors
/// Where the sizes or types do not fit, and what cuBLAS reports.
pub fn multiply(
    left: Operand,
    right: Operand,
    scale: f32,
    precision: Precision,
    into: &mut Product,
    first: usize,
    add: bool,
) -> Result<()> {
    let ((m, k), (inner, n)) = (left.shape()?, right.shape()?);
    ensure!(
        k == inner,
        "the operands' inner sizes differ: {k} and {inner}"
    );
    ensure!(
        n == into.columns && first + m <= into.rows,
        "the result is of another size"
    );
    let dtype = precision.dtype();
    ensure!(
        left.tensor.dtype() == dtype && right.tensor.dtype() == dtype,
        "the operands are not of {dtype:?}"
    );
    if m == 0 || n == 0 {
        return Ok(());
    }
    let (kind, compute) = match precision {
        Precision::F32 => (
            sys::cudaDataType_t::CUDA_R_32F,
            sys::cublasComputeType_t::CUBLAS_COMPUTE_32F,
        ),
        Precision::Tf32 => (
            sys::cudaDataType_t::CUDA_R_32F,
            sys::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
        ),
        Precision::Bf16 => (
            sys::cudaDataType_t::CUDA_R_16BF,
            sys::cublasComputeType_t::CUBLAS_COMPUTE_32F,
        ),
    };
    let operation = |operand: &Operand| {
        if operand.transposed {
            sys::cublasOperation_t::CUBLAS_OP_T
        } else {
            sys::cublasOperation_t::CUBLAS_OP_N
        }
    };
    let (left_columns, right_columns) = (left.tensor.dims()[1], right.tensor.dims()[1]);
    let size = dtype.size_in_bytes();
    let into_pointer = into.array.pointer()? + (first * n * 4) as u64;
    let beta = if add { 1f32 } else { 0.0 };
    with_view(left.tensor, |left_view| {
        with_view(right.tensor, |right_view| {
            let left_pointer = left_view.pointer + (left.first * left_columns * size) as u64;
            let right_pointer = right_view.pointer + (right.first * right_columns * size) as u64;
            // SAFETY: cuBLAS is column-major, so a row-major product is that of the transposes, in the other order:
            // [n, k] of rows `right_columns` apart times [k, m] of rows `left_columns` apart. `shape` has checked that
            // both lie within their tensors, and the result within `into`.
            unsafe {
                result::gemm_ex(
                    *left_view.device.cublas_handle().handle(),
                    operation(&right),
                    operation(&left),
                    i32::try_from(n)?,
                    i32::try_from(m)?,
                    i32::try_from(k)?,
                    (&raw const scale).cast(),
                    right_pointer as *const _,
                    kind,
                    i32::try_from(right_columns)?,
                    left_pointer as *const _,
                    kind,
                    i32::try_from(left_columns)?,
                    (&raw const beta).cast(),
                    into_pointer as *mut _,
                    sys::cudaDataType_t::CUDA_R_32F,
                    i32::try_from(n)?,
                    compute,
                    sys::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
                )?;
            }
            Ok(())
        })
    })
}
