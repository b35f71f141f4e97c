//! `--resume`: the state of a run that was stopped, which must be of a run with the same flags and environments.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use candle_core::Device;
use objective::Penalty;
use serde_json::{Value, json};
use training::{OptimizerSettings, Provenance, State, device_name};

use crate::args::{Args, OptimizerName};

/// The state in the file `path`, of the run that the flags ask for.
///
/// # Errors
/// What is wrong with the file, or every flag and environment that differs.
pub fn load(path: &Path, args: &Args, run: &Provenance, device: &Device) -> Result<State> {
    let (state, found) = State::load(path, device)?;
    let name = artifact::display_name(path);
    let differences = differences(
        &flags(&found.run, &found.device, args)?,
        &flags(run, device_name(device), args)?,
    );
    ensure!(
        differences.is_empty(),
        "{name}: the state of a run with other flags: {}; give the flags of that run, or leave --resume out to start anew",
        differences.join("; ")
    );
    ensure!(
        state.updates <= run.settings.steps,
        "{name}: {} updates are made, expected at most --steps {}; give more steps",
        state.updates,
        run.settings.steps
    );
    Ok(state)
}

/// What the updates depend on, by flag. The number of steps is none of it.
fn flags(run: &Provenance, device: &str, args: &Args) -> Result<BTreeMap<String, Value>> {
    let settings = &run.settings;
    let weight = args.objective.objective.definition().penalty.as_ref();
    let weight = weight.map_or("penalty-weight", |penalty| penalty.weight.flag);
    let mut flags = BTreeMap::from([
        ("--objective".to_owned(), json!(run.objective)),
        ("--experiment".to_owned(), json!(run.experiment)),
        ("--lr".to_owned(), json!(settings.lr)),
        ("--l2".to_owned(), json!(settings.l2)),
        (
            "--penalty-weight-before".to_owned(),
            json!(settings.penalty_weight.before),
        ),
        ("--anneal".to_owned(), json!(settings.penalty_weight.anneal)),
        (format!("--{weight}"), json!(settings.penalty_weight.after)),
        (
            "--hidden and --layers".to_owned(),
            json!(run.network.hidden),
        ),
        ("--batch".to_owned(), json!(settings.batch)),
        ("--seed".to_owned(), json!(run.seed)),
        ("--engine".to_owned(), json!(run.engine)),
        ("--precision".to_owned(), json!(run.precision)),
        ("--device".to_owned(), json!(device)),
        ("the program".to_owned(), json!(run.tool)),
        ("the number of classes".to_owned(), json!(run.classes)),
        (
            "the number of environments".to_owned(),
            json!(run.environments.len()),
        ),
    ]);
    for (setting, on) in [
        (Penalty::RESET_OPTIMIZER, settings.reset_optimizer),
        (Penalty::NO_RESCALE, settings.no_rescale),
    ] {
        flags.insert(setting.shown(), json!(on));
    }
    let (optimizer, momentum) = match settings.optimizer {
        OptimizerSettings::Adam => (OptimizerName::Adam, None),
        OptimizerSettings::Sgd { momentum } => (OptimizerName::Sgd, Some(momentum)),
    };
    flags.insert("--optimizer".to_owned(), json!(optimizer.to_string()));
    if let Some(momentum) = momentum {
        flags.insert("--momentum".to_owned(), json!(momentum));
    }
    let later = settings.lr_change.map(|change| change.lr);
    flags.insert("--lr-after-anneal".to_owned(), json!(later));
    if let Some(change) = settings.lr_change {
        flags.insert("--anneal".to_owned(), json!(change.step));
    }
    for (flag, value) in &run.objective_settings {
        flags.insert(format!("--{flag}"), serde_json::to_value(value)?);
    }
    for (place, environment) in run.environments.iter().enumerate() {
        let name = format!("environment {} (SHA-256)", place + 1);
        flags.insert(name, json!(environment.sha256));
    }
    Ok(flags)
}

/// One text for each flag whose values differ. A flag that only one of the runs has follows from `--objective`, or from the
/// number of environments.
fn differences(found: &BTreeMap<String, Value>, expected: &BTreeMap<String, Value>) -> Vec<String> {
    let both = found
        .iter()
        .filter_map(|(flag, found)| Some((flag, found, expected.get(flag)?)));
    both.filter(|(_, found, expected)| found != expected)
        .map(|(flag, found, expected)| format!("{flag}: found {found}, expected {expected}"))
        .collect()
}
