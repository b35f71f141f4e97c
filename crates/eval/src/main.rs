//! `eval`: checkpoints and environments in, one CSV row of scores per pair out.

// Its doc comments are the text of --help, where brackets are shapes.
#[allow(rustdoc::broken_intra_doc_links)]
mod args;
mod checks;
mod environment_file;
mod inputs;
#[allow(rustdoc::broken_intra_doc_links)]
mod stated;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::CommandFactory;
use environment::Environment;
use indicatif::{ProgressBar, ProgressStyle};
use kernels::{Arithmetic, F32};
use network::{Alive, Checkpoint, Engine, FusedEngine};
use score::Row;
use training::Provenance;

use args::Args;
use inputs::{CheckpointFile, Inputs};

fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let args: Args = manual::parse(Args::command());
    args.check();
    artifact::run("eval", || eval(&args))
}

fn eval(args: &Args) -> Result<()> {
    artifact::limit_memory(args.memory_limit);
    artifact::check_output(&args.output, args.files().map(PathBuf::as_path))?;
    kernels::use_threads(args.threads)?;
    let Inputs {
        checkpoints,
        environments,
    } = inputs::read(args)?;
    let (files, environments): (Vec<_>, Vec<_>) = environments.into_iter().unzip();
    let trained_on = args.stated.trained_on(&files)?;
    let style = "{bar:40} checkpoint {pos}/{len}, {eta} left";
    let progress = ProgressBar::new(checkpoints.len() as u64).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    // The environments in the form that a network of so many classes takes.
    let mut engines: BTreeMap<usize, FusedEngine<F32>> = BTreeMap::new();
    let mut rows = Vec::new();
    for CheckpointFile { path, bytes } in &checkpoints {
        let checkpoint: Checkpoint<Provenance> = match bytes {
            Some(bytes) => network::decode(&artifact::display_name(path), bytes)?,
            None => network::load(path)?,
        };
        checks::provenance(path, &checkpoint)?;
        checks::fit(path, &checkpoint, &environments)?;
        if !args.allow_overlap {
            checks::overlap(path, &checkpoint, &environments)?;
        }
        let needs =
            network::memory_needs(environments.iter(), &checkpoint.shape, Alive::SCORE, false);
        artifact::check_memory(&needs, "fewer environments at a time")?;
        let engine = match engines.entry(checkpoint.shape.classes()) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let classes = *place.key();
                let engine = FusedEngine::new(&environments, classes, F32);
                place.insert(engine.with_context(|| artifact::display_name(path))?)
            }
        };
        let run = checkpoint.run.as_ref();
        let known = args
            .stated
            .rows(path, run, &environments, trained_on.as_deref())?;
        for (e, (environment, known)) in environments.iter().zip(known).enumerate() {
            let row = Row {
                environment: files[e].path.display().to_string(),
                environment_name: files[e].name.clone(),
                ..score(known, &checkpoint, engine, e, environment)?
            };
            ensure!(
                row.risk.is_finite(),
                "{} on {}: the risk is {}, expected a finite number; the weights are too large for f32",
                artifact::display_name(path),
                environment.facts.name,
                row.risk
            );
            rows.push(row);
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    artifact::write(&args.output, &score::write_rows(&rows)?)
}

/// The row of `checkpoint` on the engine's environment `e`, with what is `known` of the checkpoint.
fn score(
    known: Row,
    checkpoint: &Checkpoint<Provenance>,
    engine: &FusedEngine<F32>,
    e: usize,
    environment: &Environment,
) -> Result<Row> {
    let pass = engine.forward(&checkpoint.parameters, e)?;
    let targets = engine.targets(e);
    let risk: f32 = targets.risk(&pass.logits)?.to_scalar()?;
    let run = checkpoint.run.as_ref();
    let recipe = environment.facts.recipe.as_ref();
    Ok(Row {
        classes: Some(checkpoint.shape.classes()),
        split: recipe.map(|recipe| recipe.split),
        p_e: recipe.map(|recipe| recipe.p_e),
        label_noise: recipe.map(|recipe| recipe.label_noise),
        count: targets.rows(),
        accuracy: targets.accuracy(&pass.logits)?,
        risk: risk.into(),
        precision: run.map_or(F32.precision().to_owned(), |run| run.precision.clone()),
        ..known
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }
}
