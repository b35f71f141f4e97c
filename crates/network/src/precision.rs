//! The choice of an arithmetic for the fused engine.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use kernels::{F32, Kernel};

/// The arithmetic of the fused engine's matrix products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// The faster of bf16 and f32 on this CPU: see [`Kernel::all`].
    Auto,
    /// bf16 operands, f32 sums.
    Bf16,
    /// f32.
    F32,
    /// f32 operands of which an NVIDIA GPU's tensor cores read 10 bits of the mantissa, f32 sums.
    Tf32,
}

impl Precision {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("bf16", Self::Bf16),
        ("f32", Self::F32),
        ("tf32", Self::Tf32),
    ];

    /// The kernel that computes in this precision on this CPU.
    ///
    /// # Errors
    /// Where bf16 is asked for by name and the CPU has no instructions for it.
    pub fn kernel(self) -> Result<Kernel> {
        match self {
            Self::Auto => Ok(Kernel::fastest()),
            Self::F32 => Ok(Kernel::F32(F32)),
            Self::Tf32 => bail!("tf32 is for NVIDIA GPUs; take auto, bf16 or f32"),
            Self::Bf16 => Kernel::bf16().context(
                "bf16 needs AVX-512 BF16 or AMX, which this CPU has not; take auto or f32",
            ),
        }
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        named
            .map(|(_, precision)| precision)
            .ok_or_else(|| "expected auto, bf16, f32 or tf32".to_owned())
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let named = Self::NAMES
            .into_iter()
            .find(|(_, precision)| precision == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}
