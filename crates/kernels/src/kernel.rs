//! All kernels behind one type. This file is the one place that lists them: a new kernel is a module with an implementation
//! of [`Arithmetic`], and a variant here.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use crate::Amx;
#[cfg(target_arch = "x86_64")]
use crate::Avx512Bf16;
use crate::{Arithmetic, F32};

/// A kernel that this CPU has.
#[derive(Clone, Copy, Debug)]
pub enum Kernel {
    /// bf16 operands, f32 sums, on the tiles of AMX.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Amx(Amx),
    /// bf16 operands, f32 sums, on CPUs with AVX-512 BF16.
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16(Avx512Bf16),
    /// f32, on every CPU.
    F32(F32),
}

/// What is to be done with a kernel, whichever it is.
pub trait KernelVisitor {
    /// What comes of it.
    type Output;

    /// Does it with this one.
    fn visit<A: Arithmetic + Copy>(self, kernel: A) -> Self::Output;
}

impl Kernel {
    /// The kernels that this CPU has, the fastest first.
    pub fn all() -> Vec<Self> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        let (amx, made_for_amx) = (Amx::detect().map(Self::Amx), Amx::is_in_cpu());
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        let (amx, made_for_amx) = (None, false);
        #[cfg(target_arch = "x86_64")]
        let avx512_bf16 = Avx512Bf16::detect().map(Self::Avx512Bf16);
        #[cfg(not(target_arch = "x86_64"))]
        let avx512_bf16 = None;
        fastest_first(amx, avx512_bf16, Self::F32(F32), made_for_amx)
    }

    /// The first of [`Kernel::all`].
    pub fn fastest() -> Self {
        Self::all()[0]
    }

    /// The fastest bf16 kernel; `None` where the CPU has none.
    pub fn bf16() -> Option<Self> {
        let mut kernels = Self::all().into_iter();
        kernels.find(|kernel| kernel.precision() == "bf16")
    }

    /// What multiplies: `amx`, `avx512-bf16` or `f32`.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Self::Amx(_) => "amx",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16(_) => "avx512-bf16",
            Self::F32(_) => "f32",
        }
    }

    /// What results are marked with: `bf16` or `f32`.
    pub fn precision(self) -> &'static str {
        struct Precision;
        impl KernelVisitor for Precision {
            type Output = &'static str;

            fn visit<A: Arithmetic + Copy>(self, kernel: A) -> &'static str {
                kernel.precision()
            }
        }
        self.accept(Precision)
    }

    /// Calls `visitor` with this kernel.
    pub fn accept<V: KernelVisitor>(self, visitor: V) -> V::Output {
        match self {
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Self::Amx(kernel) => visitor.visit(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16(kernel) => visitor.visit(kernel),
            Self::F32(kernel) => visitor.visit(kernel),
        }
    }
}

/// Those that there are, the fastest first. A CPU that was made for AMX multiplies bf16 without it slower than f32: where the
/// system did not let it use AMX, a step of meta-IRM took 1.67 seconds with AVX-512 BF16 and 1.33 with f32. Other CPUs with
/// AVX-512 BF16 are faster with it.
fn fastest_first<T>(amx: Option<T>, avx512_bf16: Option<T>, f32: T, made_for_amx: bool) -> Vec<T> {
    let kernels = match amx.is_none() && made_for_amx {
        true => [None, Some(f32), avx512_bf16],
        false => [amx, avx512_bf16, Some(f32)],
    };
    kernels.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bf16_comes_first_but_on_a_cpu_that_may_not_use_its_amx() {
        let order = |amx, avx512_bf16, made_for_amx| {
            fastest_first(amx, avx512_bf16, "f32", made_for_amx).join(" ")
        };
        let (amx, avx512_bf16) = (Some("amx"), Some("avx512-bf16"));
        assert_eq!(order(amx, avx512_bf16, true), "amx avx512-bf16 f32");
        assert_eq!(order(None, avx512_bf16, true), "f32 avx512-bf16");
        assert_eq!(order(None, avx512_bf16, false), "avx512-bf16 f32");
        assert_eq!(order(None, None, false), "f32");
    }
}
