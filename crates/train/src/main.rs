//! `train`: environments in, one trained checkpoint out.

// Its doc comments are the text of --help, where brackets are shapes.
#[allow(rustdoc::broken_intra_doc_links)]
mod args;
mod environments;
mod from_flags;
mod list_objectives;
mod memory;
mod messages;
mod objective_flags;
mod periodic_checkpoints;
mod resume;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use std::{fs, iter};

use anyhow::Result;
use clap::CommandFactory;
use environment::{Facts, Stored, Stream};
use network::{EngineJob, EngineKind, EngineMaker, Parameters, Shape};
use objective::Objective;
use training::{
    AllRows, Diverged, EnvironmentUsed, Log, Minibatches, Provenance, RunSettings, State, Step,
};

use args::{Args, Asked, DIVERGED};
use periodic_checkpoints::PeriodicCheckpoints;

fn main() -> ExitCode {
    if let Some(code) = manual::install_if_asked(Args::command()) {
        return code;
    }
    let code = |error: &anyhow::Error| match error.is::<Diverged>() {
        true => DIVERGED,
        false => 1,
    };
    let main = || match Args::parse() {
        Asked::Train(args) => train(&args),
        Asked::List(format) => {
            let list = list_objectives::list(format) + "\n";
            artifact::write(Path::new(artifact::DASH), list.as_bytes())
        }
    };
    artifact::run_with_codes("train", main, code)
}

fn train(args: &Args) -> Result<()> {
    let start = Instant::now();
    artifact::limit_memory(args.memory_limit);
    let objective = &args.objective.objective.clone().with_seed(args.seed);
    artifact::refuse_terminal(&args.output)?;
    let periodic = PeriodicCheckpoints::new(args.checkpoint_every, &args.output);
    let partial_log = args.log.as_deref().and_then(artifact::partial_path);
    let outputs = iter::once(&args.output).chain(&args.log).cloned();
    let outputs = outputs.chain(partial_log);
    let outputs = outputs.chain(periodic.paths(args.steps.get()));
    let environments = args.environments.iter();
    let inputs = environments.chain(&args.resume).map(PathBuf::as_path);
    artifact::check_outputs(outputs, inputs)?;
    // The state that the run goes on from is replaced by its own later ones.
    let environments = args.environments.iter().map(PathBuf::as_path);
    artifact::check_outputs(periodic.state_path(), environments)?;
    let settings = from_flags::settings(args);
    // First of all, for it must find this thread alone; CUDA starts others.
    if args.device.is_cpu() {
        kernels::use_threads(args.threads)?;
    }
    let device = args.device.open()?;

    let environments = environments::read(&args.environments, args.batch)?;
    let facts: Vec<&Facts> = environments.iter().map(Stored::facts).collect();
    for doubt in environments::doubts(&facts) {
        artifact::say("train", &format!("warning: {doubt}"));
    }
    let classes = facts.iter().map(|e| e.classes).max().unwrap_or(2);
    let shape = Shape::new(
        facts[0].width(),
        args.hidden.into(),
        args.layers.into(),
        classes,
    )?;
    let engine = from_flags::engine(args, &facts)?;
    memory::check(args, engine, &environments, &shape)?;
    if args.verbose {
        artifact::say("train", &messages::chosen(args, engine));
    }

    let run = provenance(args, objective, &settings, shape, engine, &facts);

    let begin = match &args.resume {
        Some(path) => resume::load(path, args, &run, &device)?,
        None => {
            let mut rng = environment::rng(args.seed, Stream::InitialWeights);
            State::new(
                Parameters::xavier_uniform(&run.network, &mut rng, &device)?,
                settings.optimizer,
            )?
        }
    };

    // Before the log is opened, which overwrites it.
    let before = rows_before(args, begin.updates, environments.len());
    let log = args.log.as_deref().map(artifact::stream).transpose()?;
    let mut log =
        log.map(|file| Log::resume(args.log_every.get(), args.steps.get(), file, &before));
    let progress = messages::progress(args);
    progress.set_position(begin.updates as u64);
    let closes = messages::closes(args);
    let mut last = None;
    let watch = |step: &Step| {
        if closes && step.number + 1 == args.steps.get() {
            last = Some(messages::values(step));
        }
        progress.set_message(format!("loss {:.4}", step.loss));
        progress.inc(1);
        if let Some(log) = &mut log {
            log.note(step);
        }
        // A loss that is not finite is about to end the run.
        if step.loss.is_finite() {
            periodic.save((step.number, step.theta, step.optimizer), &device, &run)?;
        }
        Ok(())
    };
    let training = Training {
        objective,
        settings: &settings,
        environments,
        seed: args.seed,
        begin,
        watch,
    };
    let trained = engine.run(classes, &device, training);
    progress.finish_and_clear();
    // The log of a run that failed shows why, and a reader of the log who goes away must not cost the checkpoint: each is
    // written whatever became of the other.
    let logged = log.map_or(Ok(()), |log| log.finish()?.finish());
    if matches!(&trained, Err(error) if error.is::<Diverged>()) {
        periodic.forget();
    }
    let State {
        updates,
        theta,
        optimizer,
    } = trained?;
    periodic.save((updates, &theta, &optimizer), &device, &run)?;
    network::save(&args.output, &theta, &run)?;
    if closes {
        let line = messages::closing(last.as_deref(), start.elapsed(), &args.output);
        artifact::say("train", &line);
    }
    logged
}

/// The log's header and rows of the `updates` steps that an earlier part of the run made, from the partial log that it left;
/// empty where they are not there, which a word on stderr says.
fn rows_before(args: &Args, updates: usize, environments: usize) -> String {
    let Some(log) = args.log.as_deref().filter(|_| updates > 0) else {
        return String::new();
    };
    let partial = artifact::partial_path(log);
    let rows = partial.as_deref().and_then(|partial| {
        let text = fs::read_to_string(partial).ok()?;
        let logged = (args.log_every.get(), args.steps.get());
        training::rows_before(&text, logged, environments, updates)
    });
    rows.unwrap_or_else(|| {
        let partial = partial.map_or("a partial log".to_owned(), |path| path.display().to_string());
        artifact::say(
            "train",
            &format!(
                "the log {} starts at step {updates}: {partial} does not hold the rows of all logged steps before",
                artifact::display_name(log)
            ),
        );
        String::new()
    })
}

/// The training itself, with whichever engine the flags ask for.
struct Training<'a, W> {
    objective: &'a Objective,
    settings: &'a RunSettings,
    environments: Vec<Stored>,
    /// Of the order in which minibatches are dealt.
    seed: u64,
    /// Where the run begins or goes on.
    begin: State,
    watch: W,
}

impl<W: FnMut(&Step) -> Result<()>> EngineJob for Training<'_, W> {
    type Output = State;

    fn run<M: EngineMaker>(self, maker: M) -> Result<State> {
        let Self {
            objective,
            settings,
            environments,
            seed,
            begin,
            watch,
        } = self;
        match settings.batch {
            Some(batch) => {
                let rows = Minibatches::new(maker, environments, batch, seed)?;
                training::resume(rows, objective, settings, begin, watch)
            }
            None => {
                let all = environments.into_iter().map(Stored::into_memory);
                // They are dropped then: the engine keeps the rows in a form of its own.
                let engine = maker.make(&all.collect::<Result<Vec<_>>>()?)?;
                training::resume(AllRows(&engine), objective, settings, begin, watch)
            }
        }
    }
}

/// What the checkpoint will say of its run.
fn provenance(
    args: &Args,
    objective: &Objective,
    settings: &RunSettings,
    shape: Shape,
    engine: EngineKind,
    environments: &[&Facts],
) -> Provenance {
    Provenance {
        kind: Provenance::KIND.to_owned(),
        tool: concat!("train ", env!("CARGO_PKG_VERSION")).to_owned(),
        experiment: args.experiment.clone(),
        objective: from_flags::name(objective, environments),
        objective_settings: objective.own_settings(),
        settings: settings.clone(),
        input_tensor: Some(environments[0].kind.tensor().to_owned()),
        input_shape: Some(environments[0].shape[1..].to_vec()),
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

fn same_rows(environments: &[&Facts]) -> Option<usize> {
    let rows = environments[0].rows();
    environments
        .iter()
        .all(|environment| environment.rows() == rows)
        .then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }
}
