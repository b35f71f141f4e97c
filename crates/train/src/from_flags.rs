//! From flags to an engine and a name. Flags that contradict one another are a usage error.

use anyhow::{Context, Result};
use environment::Environment;
use network::{EngineKind, Precision};
use objective::{GRAYSCALE_SUFFIX, Objective};

use crate::args::{Args, EngineName, Where};

/// The engine that the flags ask for; ends the program where they contradict one another.
///
/// # Errors
/// Where bf16 is asked for by name and the CPU has no instructions for it.
pub fn engine(args: &Args) -> Result<EngineKind> {
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
        return Ok(EngineKind::Candle);
    }
    let kernel = args.precision.kernel().context("--precision")?;
    Ok(EngineKind::Fused(kernel))
}

/// The name under which the run is filed: the grayscale oracle is told from its environments.
pub fn name(objective: &Objective, environments: &[Environment]) -> String {
    let grayscale = environments
        .iter()
        .all(|e| e.recipe.as_ref().is_some_and(|recipe| recipe.grayscale));
    let suffix = if grayscale { GRAYSCALE_SUFFIX } else { "" };
    format!("{}{suffix}", objective.name())
}
