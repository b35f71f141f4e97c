//! All kernels behind one type: the one place that lists them.

use crate::{Arithmetic, Bf16, F32};

/// A kernel that this CPU has.
#[derive(Clone, Copy, Debug)]
pub enum Kernel {
    /// f32, on every CPU.
    F32(F32),
    /// bf16 operands, f32 sums.
    Bf16(Bf16),
}

/// What is to be done with a kernel, whichever it is.
pub trait KernelVisitor {
    /// What comes of it.
    type Output;

    /// Does it with this one.
    fn visit<A: Arithmetic + Copy>(self, arithmetic: A) -> Self::Output;
}

impl Kernel {
    /// The kernels that this CPU has: first those of bf16, the fastest first, and last f32's.
    pub fn all() -> Vec<Self> {
        let bf16 = Bf16::kernels().into_iter().map(Self::Bf16);
        bf16.chain([Self::F32(F32)]).collect()
    }

    /// The fastest bf16 kernel; `None` where the CPU has none.
    pub fn bf16() -> Option<Self> {
        Bf16::detect().map(Self::Bf16)
    }

    /// What results are marked with: `f32` or `bf16`.
    pub fn precision(self) -> &'static str {
        match self {
            Self::F32(kernel) => kernel.name(),
            Self::Bf16(kernel) => kernel.name(),
        }
    }

    /// Calls `visitor` with this kernel.
    pub fn accept<V: KernelVisitor>(self, visitor: V) -> V::Output {
        match self {
            Self::F32(kernel) => visitor.visit(kernel),
            Self::Bf16(kernel) => visitor.visit(kernel),
        }
    }
}
