//! Operations on all tensors of a network's parameters at once, each one kernel.

use anyhow::{Context, Result, ensure};
use candle_core::cuda_backend::cudarc::driver::DeviceRepr;
use candle_core::{CudaDevice, DType, Tensor};

use super::{DeviceArray, THREADS, float_argument, int_argument, launch, launch_with, with_view};

/// Blocks that share a scalar product.
const DOT_BLOCKS: usize = 264;

/// Most tensors of a network: weights and biases of 20 layers.
const MAX_TENSORS: usize = 40;

/// Where the tensors of up to seven sets of parameters lie, as kernels.cu declares it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Tensors {
    at: [[u64; MAX_TENSORS]; 7],
    /// Where each tensor ends in the whole vector; behind the last, the vector's end.
    ends: [i32; MAX_TENSORS],
}

// SAFETY: plain numbers in the layout of the kernels' own type.
unsafe impl DeviceRepr for Tensors {}

/// Sets of parameters of one shape, f32.
struct Sets<'a> {
    tensors: Tensors,
    count: usize,
    like: &'a [&'a Tensor],
    device: &'a CudaDevice,
}

impl<'a> Sets<'a> {
    fn new(like: &'a [&'a Tensor]) -> Result<Self> {
        let first = like.first().context("there are no parameters")?;
        ensure!(
            like.len() <= MAX_TENSORS,
            "{} tensors, expected at most {MAX_TENSORS}",
            like.len()
        );
        let mut count = 0;
        let mut ends = [0; MAX_TENSORS];
        for (tensor, end) in like.iter().zip(&mut ends) {
            count += tensor.elem_count();
            *end = i32::try_from(count)?;
        }
        ends[like.len()..].fill(i32::try_from(count)?);
        let at = [[0; MAX_TENSORS]; 7];
        Ok(Self {
            tensors: Tensors { at, ends },
            count,
            like,
            device: first.device().as_cuda_device()?,
        })
    }

    /// Names `tensors` as set `set`.
    fn read(&mut self, set: usize, tensors: &[&Tensor]) -> Result<()> {
        ensure!(
            tensors.len() == self.like.len(),
            "sets of parameters differ in their number"
        );
        for ((tensor, like), at) in tensors.iter().zip(self.like).zip(&mut self.tensors.at[set]) {
            *at = with_view(tensor, |view| {
                view.expect(DType::F32, like.dims())?;
                Ok(view.pointer)
            })?;
        }
        Ok(())
    }

    /// Makes new tensors, neighbours in one array, for the kernel to write as set `set`.
    fn write(&mut self, set: usize) -> Result<DeviceArray> {
        let all = DeviceArray::new(self.device, DType::F32, &[self.count])?;
        let mut start = all.pointer()?;
        for (like, at) in self.like.iter().zip(&mut self.tensors.at[set]) {
            *at = start;
            start += (like.elem_count() * size_of::<f32>()) as u64;
        }
        Ok(all)
    }

    /// `all` as tensors of the parameters' shapes.
    fn split(&self, all: DeviceArray) -> Result<Vec<Tensor>> {
        let all = all.tensor();
        let mut start = 0;
        let part = |like: &&Tensor| {
            let count = like.elem_count();
            let part = all.narrow(0, start, count)?.reshape(like.dims())?;
            start += count;
            Ok(part)
        };
        self.like.iter().map(part).collect()
    }

    fn launch(&self, name: &str, numbers: &[u64]) -> Result<()> {
        let grid = (self.count.div_ceil(THREADS), 1, 1);
        let numbers = [&[int_argument(self.count)?], numbers].concat();
        launch_with(
            self.device,
            name,
            grid,
            THREADS,
            Some(&self.tensors),
            &numbers,
        )
    }
}

/// `a`·`x` + `b`·`y`; `second` is (b, y).
///
/// # Errors
/// Where the shapes differ, and what the driver reports.
pub fn linear((a, x): (f64, &[&Tensor]), second: Option<(f64, &[&Tensor])>) -> Result<Vec<Tensor>> {
    let mut sets = Sets::new(x)?;
    sets.read(0, x)?;
    if let Some((_, y)) = second {
        sets.read(1, y)?;
    }
    let out = sets.write(2)?;
    sets.launch(
        "linear",
        &[
            float_argument(a),
            float_argument(second.map_or(0.0, |(b, _)| b)),
        ],
    )?;
    sets.split(out)
}

/// Σ x·y over all entries, a scalar on the device; products in f32, their sum in f64.
///
/// # Errors
/// Where the shapes differ, and what the driver reports.
pub fn dot(x: &[&Tensor], y: &[&Tensor]) -> Result<Tensor> {
    let mut sets = Sets::new(x)?;
    sets.read(0, x)?;
    sets.read(1, y)?;
    let partial = DeviceArray::new(sets.device, DType::F64, &[DOT_BLOCKS])?;
    let numbers = [partial.pointer()?, int_argument(sets.count)?];
    launch_with(
        sets.device,
        "dot",
        (DOT_BLOCKS, 1, 1),
        THREADS,
        Some(&sets.tensors),
        &numbers,
    )?;
    let out = DeviceArray::new(sets.device, DType::F32, &[])?;
    let numbers = [
        partial.pointer()?,
        out.pointer()?,
        int_argument(DOT_BLOCKS)?,
        1f64.to_bits(),
    ];
    launch(sets.device, "finish", (1, 1, 1), &numbers)?;
    Ok(out.tensor())
}

/// The numbers of an update of Adam.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// The step size.
    pub lr: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub epsilon: f64,
    /// 1/(1 − β₁^t).
    pub mean_scale: f64,
    /// 1/(1 − β₂^t).
    pub square_scale: f64,
}

/// θ, the mean and the square after an update of Adam, for [θ, gradient, mean, square].
///
/// # Errors
/// Where the shapes differ, and what the driver reports.
pub fn adam(all: [&[&Tensor]; 4], by: &AdamStep) -> Result<[Vec<Tensor>; 3]> {
    let mut sets = Sets::new(all[0])?;
    for (set, tensors) in all.into_iter().enumerate() {
        sets.read(set, tensors)?;
    }
    let out = [sets.write(4)?, sets.write(5)?, sets.write(6)?];
    let numbers = [
        by.lr,
        by.beta1,
        by.beta2,
        by.epsilon,
        by.mean_scale,
        by.square_scale,
    ];
    sets.launch("adam", &numbers.map(float_argument))?;
    let [theta, mean, square] = out.map(|all| sets.split(all));
    Ok([theta?, mean?, square?])
}
