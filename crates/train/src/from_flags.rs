//! From flags to an engine and a name. Flags that contradict one another are a usage error.

use anyhow::{Context, Result};
use environment::Environment;
use kernels::{Arithmetic, Half, Single};
use network::Precision;
use objective::{GRAYSCALE_SUFFIX, Objective};

use crate::args::{Args, EngineName, Where};

/// What computes the network, and in which arithmetic.
#[derive(Clone, Copy)]
pub enum Engine {
    /// The candle engine, in f32.
    Candle,
    /// The fused engine in f32.
    Fused(Single),
    /// The fused engine in bf16.
    FusedHalf(Half),
}

impl Engine {
    /// As the provenance names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Fused(_) | Self::FusedHalf(_) => "fused",
        }
    }

    /// The arithmetic of its products, as the provenance names it.
    pub fn precision(self) -> &'static str {
        match self {
            Self::Candle => Single.name(),
            Self::Fused(single) => single.name(),
            Self::FusedHalf(half) => half.name(),
        }
    }
}

/// The engine that the flags ask for; ends the program where they contradict one another.
///
/// # Errors
/// Where bf16 is asked for by name and the CPU has no instructions for it.
pub fn engine(args: &Args) -> Result<Engine> {
    let on_cpu = matches!(args.device, Where::Cpu);
    let fused = match args.engine {
        None => on_cpu,
        Some(engine) => engine == EngineName::Fused,
    };
    if fused && !on_cpu {
        Args::refuse("--engine fused is for the CPU; leave it out, or use --device cpu");
    }
    if !fused && args.precision == Precision::Bf16 {
        Args::refuse("--precision bf16 needs --engine fused: candle's engine has only f32");
    }
    if !fused {
        return Ok(Engine::Candle);
    }
    let half = args.precision.half().context("--precision")?;
    Ok(half.map_or(Engine::Fused(Single), Engine::FusedHalf))
}

/// The name under which the run is filed: the grayscale oracle is told from its environments.
pub fn name(objective: &Objective, environments: &[Environment]) -> String {
    let grayscale = environments
        .iter()
        .all(|e| e.recipe.as_ref().is_some_and(|recipe| recipe.grayscale));
    let suffix = if grayscale { GRAYSCALE_SUFFIX } else { "" };
    format!("{}{suffix}", objective.name())
}
