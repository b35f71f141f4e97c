//! The same on a CUDA device, each in one kernel; candle's autograd sees one operation.

use anyhow::Result;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, DType, Layout, Shape, Storage, Tensor, bail,
};
use kernels::cuda::{self, View};

/// Labels `[n, out]` in f32 on a CUDA device.
#[derive(Clone)]
pub struct Labels(Tensor);

impl Labels {
    /// `labels`, if they and `logits` are of a kind that the kernels read.
    pub fn of(labels: &Tensor, logits: &Tensor) -> Option<Self> {
        let fits = |tensor: &Tensor| {
            tensor.device().is_cuda() && tensor.dtype() == DType::F32 && tensor.is_contiguous()
        };
        (fits(labels) && fits(logits)).then(|| Self(labels.clone()))
    }

    pub fn risk(self, logits: &Tensor) -> Result<Tensor> {
        Ok(logits.apply_op1(Risk(self))?)
    }

    pub fn scale_gradient(self, logits: &Tensor) -> Result<Tensor> {
        Ok(logits.apply_op1(ScaleGradient(self))?)
    }

    pub fn residual(self, logits: &Tensor) -> Result<Tensor> {
        let scale = 1.0 / logits.dim(0)? as f64;
        with_views([logits, &self.0], |[logits, labels]| {
            cuda::residual(logits, labels, None, scale)
        })
    }

    pub fn residual_tangent(self, logits: &Tensor, tangent: &Tensor) -> Result<Tensor> {
        let scale = 1.0 / logits.dim(0)? as f64;
        with_views([logits, tangent], |[logits, tangent]| {
            cuda::residual_tangent(logits, tangent, scale)
        })
    }

    pub fn scale_gradient_cotangent(self, logits: &Tensor, by: &Tensor) -> Result<Tensor> {
        with_views([logits, &self.0, by], |[logits, labels, by]| {
            cuda::scale_gradient_cotangent(logits, labels, by)
        })
    }

    pub fn right(self, logits: &Tensor) -> Result<Tensor> {
        with_views([logits, &self.0], |[logits, labels]| {
            cuda::right(logits, labels)
        })
    }

    /// `job` of views of the logits that candle gives an operation, and of the labels.
    fn forward(
        &self,
        logits: &CudaStorage,
        layout: &Layout,
        job: impl FnOnce(View, View) -> Result<CudaStorage>,
    ) -> candle_core::Result<CudaStorage> {
        let logits = View::of_storage(logits, layout).map_err(wrapped)?;
        with_views([&self.0], |[labels]| job(logits, labels)).map_err(wrapped)
    }
}

fn wrapped(error: anyhow::Error) -> candle_core::Error {
    candle_core::Error::Msg(format!("{error:#}"))
}

/// Calls `job` with views of tensors on a CUDA device.
fn with_views<const N: usize, T>(
    tensors: [&Tensor; N],
    job: impl FnOnce([View; N]) -> Result<T>,
) -> Result<T> {
    let held = tensors.map(Tensor::storage_and_layout);
    let views = held.iter().map(|(storage, layout)| match &**storage {
        Storage::Cuda(storage) => View::of_storage(storage, layout),
        _ => anyhow::bail!("a tensor is not on a CUDA device"),
    });
    let views: Vec<View> = views.collect::<Result<_>>()?;
    let views = views.try_into().ok();
    job(views.expect("as many views as tensors"))
}

struct Risk(Labels);

impl CustomOp1 for Risk {
    fn name(&self) -> &'static str {
        "risk"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        bail!("this form of the risk is for CUDA")
    }

    fn cuda_fwd(
        &self,
        logits: &CudaStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CudaStorage, Shape)> {
        Ok((self.0.forward(logits, layout, cuda::risk)?, Shape::from(())))
    }

    fn bwd(
        &self,
        logits: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<Option<Tensor>> {
        let scale = 1.0 / logits.dim(0)? as f64;
        let grad = &grad.contiguous()?;
        let cotangent = with_views([logits, &self.0.0, grad], |[logits, labels, grad]| {
            cuda::residual(logits, labels, Some(grad), scale)
        });
        cotangent.map(Some).map_err(wrapped)
    }
}

struct ScaleGradient(Labels);

impl CustomOp1 for ScaleGradient {
    fn name(&self) -> &'static str {
        "scale-gradient"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        bail!("this form of the scale gradient is for CUDA")
    }

    fn cuda_fwd(
        &self,
        logits: &CudaStorage,
        layout: &Layout,
    ) -> candle_core::Result<(CudaStorage, Shape)> {
        let gradient = self.0.forward(logits, layout, cuda::scale_gradient)?;
        Ok((gradient, Shape::from(layout.dims()[1])))
    }

    fn bwd(
        &self,
        logits: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> candle_core::Result<Option<Tensor>> {
        let grad = &grad.contiguous()?;
        let cotangent = with_views([logits, &self.0.0, grad], |[logits, labels, grad]| {
            cuda::scale_gradient_cotangent(logits, labels, grad)
        });
        cotangent.map(Some).map_err(wrapped)
    }
}
