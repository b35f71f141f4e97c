//! All engines behind one type: the one place that lists them.

use anyhow::Result;
use candle_core::{DType, Device};
use environment::Environment;
use kernels::{Arithmetic, F32, Kernel, KernelVisitor};

use crate::{CandleEngine, Engine, FusedEngine};

/// Which engine computes the network, and in which arithmetic.
#[derive(Clone, Copy, Debug)]
pub enum EngineKind {
    /// [`CandleEngine`] in f32, on any device.
    Candle,
    /// [`FusedEngine`] with one of this CPU's kernels.
    Fused(Kernel),
    /// [`CudaEngine`](crate::CudaEngine), on an NVIDIA GPU.
    #[cfg(feature = "cuda")]
    Cuda(kernels::cuda::Precision),
}

/// Makes engines of one kind.
pub trait EngineMaker {
    /// The kind.
    type Engine: Engine;

    /// The engine that holds `environments`, in a form of its own.
    ///
    /// # Errors
    /// Where a label is not below the number of classes, or the device refuses the memory.
    fn make(&self, environments: &[Environment]) -> Result<Self::Engine>;
}

/// What is to be done with engines, whichever they are.
pub trait EngineJob {
    /// What comes of it.
    type Output;

    /// Does it with those of `maker`.
    ///
    /// # Errors
    /// Those of the job.
    fn run<M: EngineMaker>(self, maker: M) -> Result<Self::Output>;
}

impl EngineKind {
    /// The engine's name in flags and in provenance: `candle` or `fused`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Fused(_) => "fused",
            #[cfg(feature = "cuda")]
            Self::Cuda(_) => "fused",
        }
    }

    /// The arithmetic of its products in provenance: `f32`, `bf16` or `tf32`.
    pub fn precision(self) -> &'static str {
        match self {
            Self::Candle => F32.precision(),
            Self::Fused(kernel) => kernel.precision(),
            #[cfg(feature = "cuda")]
            Self::Cuda(precision) => precision.name(),
        }
    }

    /// Runs `job` with what makes engines on `device`, for a network that tells `classes` classes apart.
    ///
    /// # Errors
    /// Those of the job.
    pub fn run<J: EngineJob>(self, classes: usize, device: &Device, job: J) -> Result<J::Output> {
        match self {
            Self::Candle => job.run(OfCandle { classes, device }),
            #[cfg(feature = "cuda")]
            Self::Cuda(precision) => job.run(OfCuda {
                classes,
                precision,
                device,
            }),
            Self::Fused(kernel) => kernel.accept(WithKernel { classes, job }),
        }
    }
}

struct OfCandle<'a> {
    classes: usize,
    device: &'a Device,
}

impl EngineMaker for OfCandle<'_> {
    type Engine = CandleEngine;

    fn make(&self, environments: &[Environment]) -> Result<CandleEngine> {
        CandleEngine::new(environments, self.classes, DType::F32, self.device)
    }
}

#[cfg(feature = "cuda")]
struct OfCuda<'a> {
    classes: usize,
    precision: kernels::cuda::Precision,
    device: &'a Device,
}

#[cfg(feature = "cuda")]
impl EngineMaker for OfCuda<'_> {
    type Engine = crate::CudaEngine;

    fn make(&self, environments: &[Environment]) -> Result<crate::CudaEngine> {
        crate::CudaEngine::new(environments, self.classes, self.precision, self.device)
    }
}

struct OfFused<A> {
    classes: usize,
    arithmetic: A,
}

impl<A: Arithmetic + Copy> EngineMaker for OfFused<A> {
    type Engine = FusedEngine<A>;

    fn make(&self, environments: &[Environment]) -> Result<FusedEngine<A>> {
        FusedEngine::new(environments, self.classes, self.arithmetic)
    }
}

/// Runs `job` with engines of the kernel that is visited.
struct WithKernel<J> {
    classes: usize,
    job: J,
}

impl<J: EngineJob> KernelVisitor for WithKernel<J> {
    type Output = Result<J::Output>;

    fn visit<A: Arithmetic + Copy>(self, arithmetic: A) -> Result<J::Output> {
        let classes = self.classes;
        self.job.run(OfFused {
            classes,
            arithmetic,
        })
    }
}
