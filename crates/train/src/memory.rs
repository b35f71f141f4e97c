//! Whether a training fits into memory, before it begins.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use anyhow::Result;
use environment::{Environment, Stored};
use network::{Alive, EngineKind, Shape};

use crate::args::{Args, OptimizerName};

/// Refuses a training on the CPU that would take more memory than there is. A GPU's memory is the device's to refuse.
///
/// # Errors
/// Says how much is needed, by which sizes, and what to try.
pub fn check(
    args: &Args,
    engine: EngineKind,
    environments: &[Stored],
    shape: &Shape,
) -> Result<()> {
    if !args.device.is_cpu() {
        return Ok(());
    }
    let alive = args.objective.objective.alive(environments.len());
    // Adam's two moments, or the velocity; and all of them once more while they are updated.
    let remembered = match args.optimizer {
        OptimizerName::Adam => 4,
        OptimizerName::Sgd if args.momentum > 0.0 => 2,
        OptimizerName::Sgd => 0,
    };
    let alive = Alive {
        vectors: alive.vectors + remembered,
        ..alive
    };
    let keeps_all = matches!(engine, EngineKind::Candle);
    // Of minibatches one is held at a time.
    let most = args.batch.map_or(usize::MAX, NonZeroUsize::get);
    let held = environments.iter().map(|stored| match stored {
        Stored::InMemory(environment) if environment.rows() <= most => {
            Ok(Cow::Borrowed(environment))
        }
        stored => {
            let rows: Vec<usize> = (0..most.min(stored.facts().rows())).collect();
            stored.take(&rows).map(Cow::Owned)
        }
    });
    let held = held.collect::<Result<Vec<Cow<Environment>>>>()?;
    let held = held.iter().map(AsRef::as_ref);
    let needs = network::memory_needs(held, shape, alive, keeps_all);
    artifact::check_memory(
        &needs,
        "fewer rows or inputs, --batch, or a smaller --hidden or --layers",
    )
}
