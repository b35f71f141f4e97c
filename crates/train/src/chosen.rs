//! From flags to an objective. A flag that the chosen objective does not use is a usage error.

use anyhow::{Context, Result};
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use environment::Environment;
use kernels::{Arithmetic, Half, Single};
use network::Precision;
use objective::{LOGIT_OBJECTIVES, LogitObjective, MetaIrm, Objective, Schedule};

use crate::args::{Args, EngineName, Where};

const META_IRM: &str = "meta-irm";

/// What `--objective` takes.
pub fn objective_names() -> PossibleValuesParser {
    LOGIT_OBJECTIVES
        .iter()
        .map(|objective| PossibleValue::new(objective.name).help(objective.formula))
        .chain([PossibleValue::new(META_IRM).help(
            "sum_i sum_{j!=i} R^j(theta_i') + lambda*std, theta_i' = theta - alpha*grad R^i(theta)",
        )])
        .into()
}

fn of_logits(args: &Args) -> Option<&'static LogitObjective> {
    LOGIT_OBJECTIVES
        .iter()
        .find(|objective| objective.name == args.objective)
}

/// The objective that the flags ask for; ends the program where they contradict one another.
pub fn objective(args: &Args) -> Objective {
    let name = &args.objective;
    let meta_irm_flags = [
        ("--inner-lr", args.inner_lr.is_some()),
        ("--inner-steps", args.inner_steps.is_some()),
        ("--std-weight", args.std_weight.is_some()),
        ("--first-order", args.first_order),
        ("--same-env", args.same_env),
    ];
    let schedule_flags = [
        (
            "--penalty-weight-before",
            args.penalty_weight_before.is_some(),
        ),
        ("--anneal", args.anneal.is_some()),
        ("--reset-adam", args.reset_adam),
    ];
    let penalty_flag = ("--penalty-weight", args.penalty_weight.is_some());

    let (unused, fewest): (Vec<_>, usize) = match of_logits(args) {
        Some(objective) if objective.penalised => (meta_irm_flags.into(), objective.environments),
        Some(objective) => {
            let unused = meta_irm_flags
                .into_iter()
                .chain(schedule_flags)
                .chain([penalty_flag]);
            (unused.collect(), objective.environments)
        }
        None => (vec![penalty_flag], if args.same_env { 1 } else { 2 }),
    };
    if let Some((flag, _)) = unused.iter().find(|(_, given)| *given) {
        let hint = if of_logits(args).is_none() {
            "; its penalty's weight is --std-weight"
        } else {
            ""
        };
        Args::refuse(format!(
            "{flag} has no meaning for the objective {name}{hint}"
        ));
    }
    let Schedule {
        before,
        anneal,
        after,
    } = schedule(args);
    let idle = if args.penalty_weight_before.is_some() && anneal == 0 {
        Some("--penalty-weight-before")
    } else if args.reset_adam && (anneal == 0 || before == after) {
        Some("--reset-adam")
    } else {
        None
    };
    if let Some(flag) = idle {
        Args::refuse(format!(
            "{flag} has no meaning where the penalty's weight never changes: give --anneal, and two weights"
        ));
    }
    let given = args.environments.len();
    if given < fewest {
        Args::refuse(format!(
            "the objective {name} needs {fewest} or more environments, found {given}"
        ));
    }
    match of_logits(args) {
        Some(objective) => Objective::OfLogits(objective),
        None => {
            let schedule = schedule(args);
            Objective::MetaIrm(MetaIrm {
                inner_lr: args.inner_lr.unwrap_or(0.1),
                inner_steps: args.inner_steps.map_or(1, std::num::NonZero::get),
                first_order: args.first_order,
                same_env: args.same_env,
                no_std: schedule.before == 0.0 && schedule.after == 0.0,
            })
        }
    }
}

/// The penalty's weight over the steps; 0 throughout for an objective without a penalty.
pub fn schedule(args: &Args) -> Schedule {
    let after = match of_logits(args) {
        Some(objective) if !objective.penalised => 0.0,
        Some(_) => args.penalty_weight.unwrap_or(10_000.0),
        None => args.std_weight.unwrap_or(100.0),
    };
    let before = if after == 0.0 { 0.0 } else { 1.0 };
    Schedule {
        before: args.penalty_weight_before.unwrap_or(before),
        anneal: if after == 0.0 && args.penalty_weight_before.is_none() {
            0
        } else {
            args.anneal.unwrap_or(100)
        },
        after,
    }
}

/// What computes the network, and in which arithmetic.
#[derive(Clone, Copy)]
pub enum Engine {
    /// The candle engine, in f32.
    Candle,
    /// The fused engine in f32.
    Fused(Single),
    /// The fused engine in bf16.
    FusedHalf(Half),
    /// The fused engine for NVIDIA GPUs.
    #[cfg(feature = "cuda")]
    Cuda(kernels::cuda::Precision),
}

impl Engine {
    /// As the provenance names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Candle => "candle",
            Self::Fused(_) | Self::FusedHalf(_) => "fused",
            #[cfg(feature = "cuda")]
            Self::Cuda(_) => "fused",
        }
    }

    /// The arithmetic of its products, as the provenance names it.
    pub fn precision(self) -> &'static str {
        match self {
            Self::Candle => Single.name(),
            Self::Fused(single) => single.name(),
            Self::FusedHalf(half) => half.name(),
            #[cfg(feature = "cuda")]
            Self::Cuda(precision) => precision.name(),
        }
    }
}

/// The engine that the flags ask for; ends the program where they contradict one another.
///
/// # Errors
/// Where bf16 is asked for by name and the CPU has no instructions for it.
pub fn engine(args: &Args) -> Result<Engine> {
    // Without a hidden layer there is nothing to fuse on a GPU.
    let on_cpu = matches!(args.device, Where::Cpu);
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
        return Ok(Engine::Candle);
    }
    #[cfg(feature = "cuda")]
    if !on_cpu {
        return Ok(Engine::Cuda(match args.precision {
            Precision::Auto | Precision::F32 => kernels::cuda::Precision::F32,
            Precision::Tf32 => kernels::cuda::Precision::Tf32,
            Precision::Bf16 => kernels::cuda::Precision::Bf16,
        }));
    }
    let half = args.precision.half().context("--precision")?;
    Ok(half.map_or(Engine::Fused(Single), Engine::FusedHalf))
}

/// meta-IRM's settings, if that is the objective.
pub fn meta_irm(objective: &Objective) -> Option<MetaIrm> {
    match objective {
        Objective::OfLogits(_) => None,
        Objective::MetaIrm(settings) => Some(settings.clone()),
    }
}

/// The name under which the run is filed: the grayscale oracle is told from its environments.
pub fn name(objective: &Objective, environments: &[Environment]) -> String {
    let grayscale = environments
        .iter()
        .all(|e| e.recipe.as_ref().is_some_and(|recipe| recipe.grayscale));
    let suffix = if grayscale { "-grayscale" } else { "" };
    format!("{}{suffix}", objective.name())
}
