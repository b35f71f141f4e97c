//! NVIDIA GPUs: kernels of our own for what lies between the matrix products, and cuBLAS for the products.
//!
//! Functions take candle's tensors, contiguous and on one CUDA device, check their types and sizes, and return new
//! ones. All work goes to the device's one stream, in order, so that a tensor may be dropped as soon as what reads it
//! was queued. Sums run in a fixed order: two runs on one kind of device give the same bytes.

mod activations;
mod padding;
mod parameters;
mod products;
mod risk;

pub use activations::{bias_mask, bias_relu, logits, mask, outer_mask, weighted_sums};
pub use padding::{Columns, gather_columns, pad, padded, scatter_columns, unpad};
pub use parameters::{AdamStep, adam, dot, linear};
pub use products::{Operand, Precision, Product, multiply};
pub use risk::{residual, residual_tangent, right, risk, scale_gradient, scale_gradient_cotangent};

use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{
    DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg, sys,
};
use candle_core::cuda_backend::cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};
use candle_core::op::BackpropOp;
use candle_core::{CudaDevice, CudaStorage, DType, Layout, Storage, Tensor};

/// Threads of a block, where a kernel has no reason for others.
const THREADS: usize = 256;

/// Prepares `device`: its allocator keeps what is freed, instead of giving it back to the system whenever the host
/// waits for the device, and tensors carry no events, which only several streams need.
///
/// # Errors
/// What the driver reports.
pub fn prepare(device: &CudaDevice) -> Result<()> {
    let stream = device.cuda_stream();
    let context = stream.context();
    context.bind_to_thread()?;
    let mut keep = u64::MAX;
    let mut pool = std::ptr::null_mut();
    // SAFETY: the context is current in this thread; the driver fills in `pool`, and reads eight bytes from `keep`.
    unsafe {
        sys::cuDeviceGetDefaultMemPool(&mut pool, context.cu_device()).result()?;
        sys::cuMemPoolSetAttribute(
            pool,
            sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD,
            (&raw mut keep).cast(),
        )
        .result()?;
    }
    // SAFETY: candle's device and this module queue all their work in one stream.
    unsafe { device.disable_event_tracking() };
    Ok(())
}

/// A contiguous array on the device, borrowed from a tensor or a storage.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pointer: u64,
    dims: &'a [usize],
    dtype: DType,
    device: &'a CudaDevice,
}

impl<'a> View<'a> {
    /// What a custom operation of candle's is given.
    ///
    /// # Errors
    /// Where the layout is not contiguous, or the type is none that kernels read.
    pub fn of_storage(storage: &'a CudaStorage, layout: &'a Layout) -> Result<Self> {
        let (start, _) = layout
            .contiguous_offsets()
            .context("a CUDA kernel reads contiguous tensors only")?;
        let device = storage.device();
        let stream = device.cuda_stream();
        let dtype = storage.dtype();
        macro_rules! pointer {
            ($type:ty) => {
                storage
                    .as_cuda_slice::<$type>()?
                    .slice(start..)
                    .device_ptr(&stream)
                    .0
            };
        }
        let pointer = match dtype {
            DType::F32 => pointer!(f32),
            DType::BF16 => pointer!(half::bf16),
            DType::U32 => pointer!(u32),
            DType::F64 => pointer!(f64),
            _ => anyhow::bail!("a CUDA kernel was given a tensor of {dtype:?}"),
        };
        Ok(Self {
            pointer,
            dims: layout.dims(),
            dtype,
            device,
        })
    }

    fn expect(&self, dtype: DType, dims: &[usize]) -> Result<()> {
        ensure!(
            self.dtype == dtype && self.dims == dims,
            "a CUDA kernel was given {:?} {:?}, expected {dtype:?} {dims:?}",
            self.dtype,
            self.dims
        );
        Ok(())
    }
}

/// Calls `job` with a view of `tensor`.
fn with_view<T>(tensor: &Tensor, job: impl FnOnce(View) -> Result<T>) -> Result<T> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cuda(storage) => job(View::of_storage(storage, layout)?),
        _ => anyhow::bail!("a CUDA kernel was given a tensor that is not on a CUDA device"),
    }
}

/// An array of `dims` whose contents are not set: the caller's kernel writes all of it.
struct DeviceArray {
    storage: CudaStorage,
    dims: Vec<usize>,
}

impl DeviceArray {
    fn new(device: &CudaDevice, dtype: DType, dims: &[usize]) -> Result<Self> {
        let count = dims.iter().product();
        // SAFETY: no element is read before a kernel in the same stream has written it.
        let storage = unsafe {
            match dtype {
                DType::F32 => {
                    CudaStorage::wrap_cuda_slice(device.alloc::<f32>(count)?, device.clone())
                }
                DType::F64 => {
                    CudaStorage::wrap_cuda_slice(device.alloc::<f64>(count)?, device.clone())
                }
                DType::BF16 => {
                    CudaStorage::wrap_cuda_slice(device.alloc::<half::bf16>(count)?, device.clone())
                }
                _ => anyhow::bail!("no CUDA kernel writes {dtype:?}"),
            }
        };
        Ok(Self {
            storage,
            dims: dims.to_vec(),
        })
    }

    fn device(&self) -> &CudaDevice {
        self.storage.device()
    }

    fn pointer(&self) -> Result<u64> {
        let layout = Layout::contiguous(self.dims.as_slice());
        Ok(View::of_storage(&self.storage, &layout)?.pointer)
    }

    fn tensor(self) -> Tensor {
        let storage = Storage::Cuda(self.storage);
        Tensor::from_storage(storage, self.dims, BackpropOp::none(), false)
    }
}

/// The kernels as PTX for `device`, compiled once a process.
fn ptx(device: &CudaDevice) -> Result<&'static str> {
    static PTX: OnceLock<Result<String, String>> = OnceLock::new();
    let compiled = PTX.get_or_init(|| {
        let stream = device.cuda_stream();
        let capability = stream.context().compute_capability();
        let (major, minor) = capability.map_err(|e| e.to_string())?;
        let options = CompileOptions {
            options: vec![format!("--gpu-architecture=compute_{major}{minor}")],
            ..Default::default()
        };
        let ptx = compile_ptx_with_opts(include_str!("kernels.cu"), options);
        ptx.map(|ptx| ptx.to_src()).map_err(|e| e.to_string())
    });
    let compiled = compiled.as_ref().map(String::as_str);
    compiled.map_err(|e| anyhow::anyhow!("the CUDA kernels cannot be compiled: {e}"))
}

/// One argument of a kernel: a pointer, or a number in the low bytes.
fn int_argument(value: usize) -> Result<u64> {
    Ok(i32::try_from(value)? as u64)
}

fn float_argument(value: f64) -> u64 {
    u64::from((value as f32).to_bits())
}

/// The blocks with one thread for each of `count` numbers, which the kernels count in 32 bits.
fn one_thread_each(count: usize) -> (usize, usize, usize) {
    (count.div_ceil(THREADS), 1, 1)
}

/// How a kernel's name ends for operands of `dtype`.
fn suffix(dtype: DType) -> Result<&'static str> {
    match dtype {
        DType::F32 => Ok("f32"),
        DType::BF16 => Ok("bf16"),
        _ => anyhow::bail!("no CUDA kernel reads activations of {dtype:?}"),
    }
}

/// Queues the kernel `name`. The callers are the functions of this module, which pass what the kernel's declaration in
/// kernels.cu asks for: pointers to arrays of the sizes that they have checked, and numbers of four or eight bytes.
fn launch(
    device: &CudaDevice,
    name: &str,
    grid: (usize, usize, usize),
    arguments: &[u64],
) -> Result<()> {
    launch_with(device, name, grid, THREADS, None::<&u64>, arguments)
}

/// As [`launch`], in blocks of `threads`, and with a first argument of the kernel's own type where there is one.
fn launch_with<T: DeviceRepr>(
    device: &CudaDevice,
    name: &str,
    grid: (usize, usize, usize),
    threads: usize,
    first: Option<&T>,
    arguments: &[u64],
) -> Result<()> {
    if grid.0 == 0 || grid.1 == 0 || grid.2 == 0 {
        return Ok(());
    }
    let function = device.get_or_load_custom_func(name, "kernels", ptx(device)?)?;
    let mut builder = function.builder();
    if let Some(first) = first {
        builder.arg(first);
    }
    for argument in arguments {
        builder.arg(argument);
    }
    let config = LaunchConfig {
        grid_dim: (
            u32::try_from(grid.0)?,
            u32::try_from(grid.1)?,
            u32::try_from(grid.2)?,
        ),
        block_dim: (u32::try_from(threads)?, 1, 1),
        shared_mem_bytes: 0,
    };
    // SAFETY: see `launch`.
    unsafe { builder.launch(config) }.with_context(|| format!("the CUDA kernel {name}"))?;
    Ok(())
}
