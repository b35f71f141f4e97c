//! `eval`: checkpoints and environments in, one CSV row of scores per pair out.

mod args;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use candle_core::{DType, Device};
use clap::Parser;
use environment::Environment;
use indicatif::{ProgressBar, ProgressStyle};
use network::{Checkpoint, Engine, Plain};
use score::Row;
use training::Run;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    args.check();
    artifact::run("eval", || eval(&args))
}

fn eval(args: &Args) -> Result<()> {
    machine::use_threads(args.threads)?;
    let environments = args
        .environments
        .iter()
        .map(|path| Environment::read(path))
        .collect::<Result<Vec<_>>>()?;
    let style = "{bar:40} checkpoint {pos}/{len}, {eta} left";
    let progress = ProgressBar::new(args.checkpoints.len() as u64).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut rows = Vec::new();
    for path in &args.checkpoints {
        rows.extend(score(path, &args.environments, &environments)?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    artifact::write(&args.output, &score::write_rows(&rows)?)
}

/// One checkpoint's rows, in the environments' order.
fn score(path: &Path, files: &[PathBuf], environments: &[Environment]) -> Result<Vec<Row>> {
    let checkpoint: Checkpoint<Run> = network::load(path)?;
    let name = artifact::display_name(path);
    for environment in environments {
        let [_, channels, height, width] = environment.shape;
        ensure!(
            channels * height * width == checkpoint.shape.inputs,
            "{}: images have {channels}x{height}x{width} = {} values, \
             expected {}, the inputs of {name}",
            environment.name,
            channels * height * width,
            checkpoint.shape.inputs
        );
    }
    let classes = checkpoint.shape.classes();
    let engine = Plain::new(environments, classes, DType::F32, &Device::Cpu)?;
    let run = checkpoint.run.as_ref();
    files
        .iter()
        .zip(environments)
        .enumerate()
        .map(|(e, (file, environment))| {
            let pass = engine.forward(&checkpoint.parameters, e)?;
            let targets = engine.targets(e);
            let risk: f32 = targets.risk(&pass.logits)?.to_scalar()?;
            let recipe = environment.recipe.as_ref();
            Ok(Row {
                experiment: run.and_then(|run| run.experiment.clone()),
                objective: run.map(|run| run.objective.clone()),
                classes: run.map(|run| run.classes),
                n_per_env: run.and_then(|run| run.n_per_env),
                seed: run.map(|run| run.seed),
                split: recipe.map(|recipe| recipe.split),
                p_e: recipe.map(|recipe| recipe.p_e),
                count: targets.rows(),
                accuracy: targets.correct(&pass.logits)? as f64 / targets.rows() as f64,
                risk: risk.into(),
                precision: "f32".to_owned(),
                checkpoint: path.display().to_string(),
                environment: file.display().to_string(),
            })
        })
        .collect()
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
