//! From flags to an engine, the settings of a run and a name. Flags that contradict one another are a usage error.

use anyhow::{Context, Result};
use environment::{Facts, InputKind};
use network::{EngineKind, Precision};
use objective::{GRAYSCALE_SUFFIX, Objective};
use training::{LrChange, OptimizerSettings, RunSettings};

use crate::args::{Args, EngineName, OptimizerName};

/// The engine that the flags ask for; ends the program where they contradict one another.
///
/// Unless it is asked for by name, bf16 is not taken for inputs that are no images, for it rounds the inputs themselves to 8
/// bits; bytes it holds exactly.
///
/// # Errors
/// Where bf16 is asked for by name and the CPU has no instructions for it.
pub fn engine(args: &Args, environments: &[&Facts]) -> Result<EngineKind> {
    // Without a hidden layer there is nothing to fuse on a GPU.
    let on_cpu = args.device.is_cpu();
    let fused = match args.engine {
        None => on_cpu || args.layers > 0,
        Some(engine) => engine == EngineName::Fused,
    };
    if fused && !on_cpu && args.layers == 0 {
        Args::refuse("--engine fused needs a hidden layer on CUDA; leave it out");
    }
    if !fused && !matches!(args.precision, Precision::Auto | Precision::F32) {
        Args::refuse(format!(
            "--precision {} needs --engine fused: candle's engine has only f32",
            args.precision
        ));
    }
    if !fused {
        return Ok(EngineKind::Candle);
    }
    #[cfg(feature = "cuda")]
    if !on_cpu {
        use kernels::cuda::Precision as OnCuda;
        return Ok(EngineKind::Cuda(match args.precision {
            Precision::Auto | Precision::F32 => OnCuda::F32,
            Precision::Tf32 => OnCuda::Tf32,
            Precision::Bf16 => OnCuda::Bf16,
        }));
    }
    let numbers = environments.iter().any(|e| e.kind == InputKind::Numbers);
    let precision = match args.precision {
        Precision::Auto if numbers => Precision::F32,
        asked => asked,
    };
    let kernel = precision.kernel().context("--precision")?;
    Ok(EngineKind::Fused(kernel))
}

/// How the objective is minimised.
pub fn settings(args: &Args) -> RunSettings {
    let objective = &args.objective.objective;
    let later = args.lr_after_anneal.zip(objective.anneal());
    RunSettings {
        lr: args.lr,
        optimizer: match args.optimizer {
            OptimizerName::Adam => OptimizerSettings::Adam,
            OptimizerName::Sgd => OptimizerSettings::Sgd {
                momentum: args.momentum,
            },
        },
        lr_change: later.map(|(lr, step)| LrChange { step, lr }),
        l2: args.l2,
        steps: args.steps.get(),
        batch: args.batch,
        penalty_weight: objective.schedule(),
        reset_optimizer: objective.resets_optimizer(),
        no_rescale: objective.is_not_rescaled(),
    }
}

/// The name under which the run is filed: the grayscale oracle is told from its environments.
pub fn name(objective: &Objective, environments: &[&Facts]) -> String {
    let grayscale = environments
        .iter()
        .all(|e| e.recipe.as_ref().is_some_and(|recipe| recipe.grayscale));
    let suffix = if grayscale { GRAYSCALE_SUFFIX } else { "" };
    format!("{}{suffix}", objective.name())
}
