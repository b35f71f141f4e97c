//! Recipes: what the rows of committed results were made with, one line a row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use csv::Writer;

use crate::args::Asked;
use crate::csv_table::CsvTable;
use crate::precisions;
use crate::tables::{Run, Tables};

const COLUMNS: [&str; 3] = ["run", "mkenv", "train"];

/// Prints the recipes of the `experiments`, or of all where none is named, and then the lines of all others in the file
/// `others`.
///
/// # Errors
/// An experiment that there is not, or what cannot be read or written.
pub fn print(tables: &Tables, experiments: &[String], others: Option<&Path>) -> Result<()> {
    let there = tables.experiments();
    if let Some(name) = experiments
        .iter()
        .find(|name| !there.contains(&name.as_str()))
    {
        bail!(
            "there is no experiment {name}, expected some of {}",
            there.join(" ")
        );
    }
    let printed = |name: &str| experiments.is_empty() || experiments.iter().any(|one| one == name);
    let mut out = Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for run in tables.runs.iter().filter(|run| printed(&run.experiment)) {
        out.write_record([&run.name(), &tables.of(run).recipe(), &run.flags.join(" ")])?;
    }
    if let Some(path) = others {
        let table = CsvTable::read(path, &COLUMNS)?;
        for record in table
            .rows()
            .filter(|record| !printed(experiment(record.cell("run"))))
        {
            out.write_record(COLUMNS.map(|column| record.cell(column)))?;
        }
    }
    artifact::write(Path::new(artifact::DASH), &out.into_inner()?)
}

/// Refuses results whose rows were made with other flags than the tables have, runs and seeds that they have already,
/// and runs that would be trained in another precision.
///
/// # Errors
/// The first difference, or what cannot be read.
pub fn check(tables: &Tables, asked: &Asked) -> Result<()> {
    let path = asked.results.join("recipes.csv");
    let shown = artifact::display_name(&path);
    ensure!(
        path.exists(),
        "there is no {shown}, expected a folder that make results wrote"
    );
    let table = CsvTable::read(&path, &COLUMNS)?;
    let compared = |name: &str| asked.compared.iter().any(|one| one == experiment(name));
    for record in table.rows().filter(|record| compared(record.cell("run"))) {
        let name = record.cell("run");
        let Some(run) = tables.run(name) else {
            bail!(
                "{shown}: {name} is no row of runs.csv; these results were made with other tables"
            );
        };
        let ours = [tables.of(run).recipe(), run.flags.join(" ")];
        for (column, ours) in COLUMNS[1..].iter().zip(&ours) {
            let theirs = record.cell(column);
            ensure!(
                by_flag(theirs) == by_flag(ours),
                "{shown}: {name} was made with other flags of {column}: found {theirs:?}, the tables have {ours:?}"
            );
        }
    }
    check_seeds(tables, asked)?;
    check_precisions(tables, asked)
}

/// Where `--device` says on what the runs are to be trained.
fn check_precisions(tables: &Tables, asked: &Asked) -> Result<()> {
    let Some(device) = &asked.device else {
        return Ok(());
    };
    for name in &asked.runs {
        let run = run_of(tables, name)?;
        let trained = tables.trained_as(run);
        let new = asked
            .seeds
            .iter()
            .map(|seed| asked.scores.join(format!("{name}/seed-{seed}.csv")));
        precisions::check_added(
            &asked.results.join(format!("{}.csv", run.experiment)),
            &trained.name(),
            &new.collect::<Vec<_>>(),
            &precisions::expected(trained, device),
        )?;
    }
    Ok(())
}

fn run_of<'a>(tables: &'a Tables, name: &str) -> Result<&'a Run> {
    let run = tables.run(name);
    run.with_context(|| format!("there is no run {name}"))
}

/// Two scores of one seed would count twice.
fn check_seeds(tables: &Tables, asked: &Asked) -> Result<()> {
    let mut checkpoints: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in &asked.runs {
        let run = run_of(tables, name)?;
        let trained = checkpoints.entry(run.experiment.clone()).or_default();
        trained.insert(tables.trained_as(run).name());
    }
    for (experiment, trained) in checkpoints {
        let path: PathBuf = asked.results.join(format!("{experiment}.csv"));
        let table = CsvTable::read(&path, &["checkpoint"])?;
        for record in table.rows() {
            let Some((run, seed)) = run_and_seed(record.cell("checkpoint")) else {
                continue;
            };
            ensure!(
                !(trained.contains(run) && asked.seeds.contains(&seed)),
                "{} has seed {seed} of {run} already; add others, by another FIRST_SEED",
                artifact::display_name(&path)
            );
        }
    }
    Ok(())
}

/// EXPERIMENT/ROW and the seed of a checkpoint's path.
pub fn run_and_seed(path: &str) -> Option<(&str, u64)> {
    let (_, rest) = path.rsplit_once("checkpoints/")?;
    let (run, seed) = rest.strip_suffix(".safetensors")?.rsplit_once("/seed-")?;
    Some((run, seed.parse().ok()?))
}

fn experiment(run: &str) -> &str {
    run.split('/').next().unwrap_or_default()
}

/// The flags, each with its value: their order means nothing.
fn by_flag(flags: &str) -> BTreeSet<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    for word in flags.split_whitespace() {
        match found.last_mut() {
            Some(flag) if !word.starts_with("--") => flag.push(word),
            _ => found.push(vec![word]),
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_flags_means_nothing_and_their_values_do() {
        let one = by_flag("--lr 0.1 --same-env --steps 2");
        assert_eq!(one, by_flag("--steps 2 --lr 0.1 --same-env"));
        assert_ne!(one, by_flag("--steps 0.1 --lr 2 --same-env"));
        assert_ne!(one, by_flag("--lr 0.1 --steps 2"));
    }

    #[test]
    fn a_checkpoint_tells_its_run_and_seed() {
        let path = "out/check/checkpoints/cmnist/erm/seed-12.safetensors";
        assert_eq!(run_and_seed(path), Some(("cmnist/erm", 12)));
        assert_eq!(run_and_seed("erm.safetensors"), None);
    }
}
