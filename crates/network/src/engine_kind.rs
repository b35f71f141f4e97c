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

/// What is to be done with an engine, whichever it is.
pub trait EngineJob {
    /// What comes of it.
    type Output;

    /// Does it with this one.
    ///
    /// # Errors
    /// Those of the job.
    fn run<E: Engine>(self, engine: &E) -> Result<Self::Output>;
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

    /// Makes the engine of `environments` on `device`, for a network that tells `classes` classes apart, and runs `job` with
    /// it. The engine keeps the pixels in a form of its own, so the environments are dropped before that.
    ///
    /// # Errors
    /// Where a label is not below `classes` or the device refuses the memory, and those of the job.
    pub fn run<J: EngineJob>(
        self,
        environments: Vec<Environment>,
        classes: usize,
        device: &Device,
        job: J,
    ) -> Result<J::Output> {
        match self {
            Self::Candle => {
                let engine = CandleEngine::new(&environments, classes, DType::F32, device)?;
                drop(environments);
                job.run(&engine)
            }
            #[cfg(feature = "cuda")]
            Self::Cuda(precision) => {
                let engine = crate::CudaEngine::new(&environments, classes, precision, device)?;
                drop(environments);
                job.run(&engine)
            }
            Self::Fused(kernel) => kernel.accept(WithFusedEngine {
                environments,
                classes,
                job,
            }),
        }
    }
}

/// Runs `job` with a [`FusedEngine`] of the kernel that is visited.
struct WithFusedEngine<J> {
    environments: Vec<Environment>,
    classes: usize,
    job: J,
}

impl<J: EngineJob> KernelVisitor for WithFusedEngine<J> {
    type Output = Result<J::Output>;

    fn visit<A: Arithmetic + Copy>(self, arithmetic: A) -> Result<J::Output> {
        let engine = FusedEngine::new(&self.environments, self.classes, arithmetic)?;
        drop(self.environments);
        self.job.run(&engine)
    }
}
