//! Whether a training fits into memory, before it begins.

use anyhow::Result;
use environment::Environment;
use network::{Alive, EngineKind, Shape};

use crate::args::{Args, OptimizerName};

/// Refuses a training on the CPU that would take more memory than there is. A GPU's memory is the device's to refuse.
///
/// # Errors
/// Says how much is needed, by which sizes, and what to try.
pub fn check(
    args: &Args,
    engine: EngineKind,
    environments: &[Environment],
    shape: &Shape,
) -> Result<()> {
    if !args.device.is_cpu() {
        return Ok(());
    }
    let alive = args.objective.objective.alive(environments.len());
    // Two moments, and both once more while they are updated.
    let moments = match args.optimizer {
        OptimizerName::Adam => 4,
        OptimizerName::Sgd => 0,
    };
    let alive = Alive {
        vectors: alive.vectors + moments,
        ..alive
    };
    let keeps_all = matches!(engine, EngineKind::Candle);
    // Of minibatches one is held at a time.
    let batches: Option<Vec<Environment>> = args.batch.map(|batch| {
        let first = |e: &Environment| e.take(&(0..batch.get().min(e.rows())).collect::<Vec<_>>());
        environments.iter().map(first).collect()
    });
    let held = batches.as_deref().unwrap_or(environments);
    let needs = network::memory_needs(held, shape, alive, keeps_all);
    artifact::check_memory(
        &needs,
        "fewer rows or inputs, --batch, or a smaller --hidden or --layers",
    )
}
