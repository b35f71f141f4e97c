//! The precisions that the seeds of one row were trained in. Rounding moves a seed's accuracy by up to some points,
//! so seeds of several precisions are not to be put into one row unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kernels::Kernel;

use crate::csv_table::CsvTable;
use crate::recipes::run_and_seed;
use crate::tables::Run;

/// What says that a mixture is meant.
const WAY_OUT: &str = "their rounding differs; MIX_PRECISIONS=1 puts them into one row";

/// Refuses score files in which one row has seeds of several precisions.
///
/// # Errors
/// The first such row, or what cannot be read.
pub fn check_scores(files: &[PathBuf]) -> Result<()> {
    // By experiment, row, classes and rows of an environment, as report tells rows apart.
    let mut found: BTreeMap<[String; 5], BTreeMap<String, String>> = BTreeMap::new();
    for path in files {
        let identity = ["experiment", "row", "objective", "classes", "n_per_env"];
        let table = CsvTable::read(path, &[&identity[..], &["precision"]].concat())?;
        for record in table.rows() {
            let precisions = found.entry(identity.map(|name| record.cell(name).to_owned()));
            let of = precisions.or_default();
            let file = || artifact::display_name(path);
            of.entry(record.cell("precision").to_owned())
                .or_insert_with(file);
        }
    }
    for ([experiment, row, objective, ..], precisions) in found {
        if precisions.len() > 1 {
            let name = if row.is_empty() { objective } else { row };
            let each = precisions
                .iter()
                .map(|(precision, file)| format!("{precision} ({file})"));
            let each = each.collect::<Vec<_>>().join(" and ");
            bail!("{experiment}/{name} has seeds that were trained in {each}; {WAY_OUT}");
        }
    }
    Ok(())
}

/// Refuses to add seeds to `results`, a file of scores that holds runs of `trained`, EXPERIMENT/ROW, where the new seeds
/// are of other precisions. Those are known from their score files `new`, or else `expected`, if one is not there yet.
///
/// # Errors
/// Two precisions, or what cannot be read.
pub fn check_added(results: &Path, trained: &str, new: &[PathBuf], expected: &str) -> Result<()> {
    let there = precisions(results, |run| run == trained)?;
    for path in new {
        let (found, how) = if path.exists() {
            let read = precisions(path, |_| true)?;
            (read, format!("{} is of", artifact::display_name(path)))
        } else {
            let expected = BTreeSet::from([expected.to_owned()]);
            (expected, "here train computes in".to_owned())
        };
        if let Some((one, other)) = there
            .iter()
            .flat_map(|one| found.iter().map(move |other| (one, other)))
            .find(|(one, other)| one != other)
        {
            bail!(
                "{}: {trained} has seeds that were trained in {one}, and {how} {other}; {WAY_OUT}",
                artifact::display_name(results)
            );
        }
    }
    Ok(())
}

/// Those of the scores at `path` whose run, EXPERIMENT/ROW, is `wanted`.
fn precisions(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<BTreeSet<String>> {
    let table = CsvTable::read(path, &["checkpoint", "precision"])?;
    let of_run = table.rows().filter(|record| {
        run_and_seed(record.cell("checkpoint")).is_some_and(|(run, _)| wanted(run))
    });
    Ok(of_run
        .map(|record| record.cell("precision").to_owned())
        .collect())
}

/// The precision that train computes `run` in on this machine, on `device`.
pub fn expected(run: &Run, device: &str) -> String {
    match run.value("--precision") {
        Some(asked) if asked != "auto" => asked.to_owned(),
        // As train chooses: bf16 where this CPU has instructions for it, f32 on a GPU and in candle's engine.
        _ if device != "cpu" || run.value("--engine") == Some("candle") => "f32".to_owned(),
        _ => Kernel::fastest().precision().to_owned(),
    }
}
