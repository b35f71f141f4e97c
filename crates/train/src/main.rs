//! `train`: environments in, one trained checkpoint out.

mod args;
mod chosen;
mod on_the_way;

use std::iter;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use candle_core::DType;
use clap::Parser;
use environment::{Environment, Stream};
use indicatif::{ProgressBar, ProgressStyle};
use network::{Fused, Parameters, Plain, Shape};
use objective::Objective;
use training::{EnvironmentUsed, Log, Run, Settings, Step};

use args::Args;
use chosen::Engine;
use on_the_way::OnTheWay;

fn main() -> ExitCode {
    let args = Args::parse();
    args.check();
    artifact::run("train", || train(&args))
}

fn train(args: &Args) -> Result<()> {
    let objective = chosen::objective(args);
    artifact::refuse_terminal(&args.output)?;
    let on_the_way = OnTheWay::new(args.checkpoint_every, &args.output);
    let outputs = iter::once(&args.output).chain(&args.log).cloned();
    for output in outputs.chain(on_the_way.paths(args.steps.get())) {
        let inputs = args.environments.iter().map(PathBuf::as_path);
        artifact::check_output(&output, inputs)?;
    }
    let settings = Settings {
        lr: args.lr,
        l2: args.l2,
        steps: args.steps.get(),
        penalty_weight: chosen::schedule(args),
        reset_adam: args.reset_adam,
    };
    // First of all, for it must find this thread alone; CUDA starts others.
    kernels::use_threads(args.threads)?;
    let device = args.device.open()?;

    let environments = read(args)?;
    let [_, channels, height, width] = environments[0].shape;
    let classes = environments.iter().map(|e| e.classes).max().unwrap_or(2);
    let shape = Shape::new(
        channels * height * width,
        args.hidden.unwrap_or(256).into(),
        args.layers.into(),
        classes,
    )?;
    let mut rng = environment::rng(args.seed, Stream::InitialWeights);
    let theta = Parameters::xavier_uniform(&shape, &mut rng, &device)?;
    let engine = chosen::engine(args)?;

    let run = provenance(args, &objective, &settings, shape, engine, &environments);

    let log_every = args.log_every.map_or(10, NonZeroUsize::get);
    let mut log = Log::new(log_every, args.steps.get());
    let progress = progress(args.steps.get());
    let watch = |step: &Step| {
        progress.set_message(format!("loss {:.4}", step.loss));
        progress.inc(1);
        log.note(step)?;
        // A loss that is not finite is about to end the run.
        if step.loss.is_finite() {
            on_the_way.save(step.number, step.theta, &run)?;
        }
        Ok(())
    };
    // An engine holds the pixels in its own form, so the environments are dropped once it is made.
    let trained = match engine {
        Engine::Candle => {
            let engine = Plain::new(&environments, classes, DType::F32, &device)?;
            drop(environments);
            training::train(&engine, &objective, &settings, theta, watch)
        }
        Engine::Fused(single) => {
            let engine = Fused::new(&environments, classes, single)?;
            drop(environments);
            training::train(&engine, &objective, &settings, theta, watch)
        }
        #[cfg(feature = "cuda")]
        Engine::Cuda(precision) => {
            let engine = network::CudaEngine::new(&environments, classes, precision, &device)?;
            drop(environments);
            training::train(&engine, &objective, &settings, theta, watch)
        }
        Engine::FusedHalf(half) => {
            let engine = Fused::new(&environments, classes, half)?;
            drop(environments);
            training::train(&engine, &objective, &settings, theta, watch)
        }
    };
    progress.finish_and_clear();
    // The log of a run that failed shows why, and a reader of the log who goes away must not cost the checkpoint: each is
    // written whatever became of the other.
    let logged = args
        .log
        .as_ref()
        .map_or(Ok(()), |path| artifact::write(path, &log.into_bytes()?));
    let trained = trained?;
    on_the_way.save(args.steps.get(), &trained, &run)?;
    network::save(&args.output, &trained, &run)?;
    logged
}

/// What the checkpoint will say of its run.
fn provenance(
    args: &Args,
    objective: &Objective,
    settings: &Settings,
    shape: Shape,
    engine: Engine,
    environments: &[Environment],
) -> Run {
    Run {
        kind: Run::KIND.to_owned(),
        tool: concat!("train ", env!("CARGO_PKG_VERSION")).to_owned(),
        experiment: args.experiment.clone(),
        objective: chosen::name(objective, environments),
        meta_irm: chosen::meta_irm(objective),
        settings: settings.clone(),
        classes: shape.classes(),
        network: shape,
        n_per_env: same_rows(environments),
        seed: args.seed,
        engine: engine.name().to_owned(),
        precision: engine.precision().to_owned(),
        environments: environments
            .iter()
            .map(|environment| EnvironmentUsed {
                sha256: environment.sha256.clone(),
                recipe: environment.recipe.clone(),
            })
            .collect(),
    }
}

/// The environments, which must agree on the images' size and, where they name it, on the classes.
fn read(args: &Args) -> Result<Vec<Environment>> {
    let environments = args
        .environments
        .iter()
        .map(|path| Environment::read(path))
        .collect::<Result<Vec<_>>>()?;
    let first = &environments[0];
    for other in &environments[1..] {
        ensure!(
            other.shape[1..] == first.shape[1..],
            "{}: images are {:?} (channels, height, width), expected {:?} as in {}",
            other.name,
            &other.shape[1..],
            &first.shape[1..],
            first.name
        );
    }
    // A file that does not say shows by its labels that there are so many classes, or more.
    let most = environments.iter().max_by_key(|e| e.classes);
    let most = most.expect("there is an environment");
    for other in &environments {
        let recipe = other.recipe.as_ref();
        ensure!(
            recipe.is_none_or(|recipe| recipe.classes == most.classes),
            "{}: made for {} classes, expected {} as in {}",
            other.name,
            other.classes,
            most.classes,
            most.name
        );
    }
    Ok(environments)
}

fn same_rows(environments: &[Environment]) -> Option<usize> {
    let rows = environments[0].rows();
    environments
        .iter()
        .all(|environment| environment.rows() == rows)
        .then_some(rows)
}

/// A bar on stderr, and nothing where that is no terminal.
fn progress(steps: usize) -> ProgressBar {
    let style = "{bar:40} step {pos}/{len}, {msg}, {eta} left";
    ProgressBar::new(steps as u64).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }
}
