//! What the command line says of the checkpoints.
//!
//! A checkpoint of another program does not say its objective, its seed or the environments that it was trained on. For one
//! of `train` the flags may only repeat what it says.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use environment::Environment;
use score::Row;
use training::Provenance;

use crate::environment_file::EnvironmentFile;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct Stated {
    /// Experiment that the rows belong to [default: the checkpoint's]
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,

    /// The row's own name, which tells rows of one objective with different settings apart
    #[arg(long, value_name = "NAME", value_parser = line)]
    pub row: Option<String>,

    /// Objective of checkpoints that do not say theirs, such as those of PyTorch
    #[arg(long, value_name = "NAME", value_parser = line)]
    pub objective: Option<String>,

    /// Seed of checkpoints that do not say theirs
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Environment of --env, by its name or file, that the checkpoints were trained on; may be repeated
    ///
    /// For checkpoints that do not say it themselves, such as those of PyTorch. For a checkpoint of train it may only repeat
    /// what the checkpoint says.
    #[arg(long, value_name = "ENV")]
    pub trained_on: Vec<PathBuf>,
}

/// Text that fits on a line.
fn line(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.trim() != text || text.contains(char::is_control) {
        return Err(
            "expected a name without blanks at its ends and without control characters".to_owned(),
        );
    }
    Ok(text.to_owned())
}

impl Stated {
    /// For each of the environments whether `--trained-on` names it; `None` without that flag.
    ///
    /// # Errors
    /// Names what is none of the environments.
    pub fn trained_on(&self, files: &[EnvironmentFile]) -> Result<Option<Vec<bool>>> {
        if self.trained_on.is_empty() {
            return Ok(None);
        }
        let names = |file: &EnvironmentFile, given: &Path| {
            let name = file.name.as_deref().map(Path::new);
            name == Some(given) || file.path == given || artifact::same_file(&file.path, given)
        };
        for given in &self.trained_on {
            if !files.iter().any(|file| names(file, given)) {
                let files = files.iter().map(|file| artifact::display_name(&file.path));
                bail!(
                    "--trained-on {}: expected one of the environments of --env, which are {}",
                    given.display(),
                    files.collect::<Vec<_>>().join(", ")
                );
            }
        }
        let given = |file| self.trained_on.iter().any(|given| names(file, given));
        Ok(Some(files.iter().map(given).collect()))
    }

    /// What is known of the checkpoint `path`, by its `run` or by the flags, as a row for each of `environments`. `trained_on`
    /// is what [`Self::trained_on`] says of them.
    ///
    /// # Errors
    /// Where a flag says something else than the file: names the file and both values.
    pub fn rows(
        &self,
        path: &Path,
        run: Option<&Provenance>,
        environments: &[Environment],
        trained_on: Option<&[bool]>,
    ) -> Result<Vec<Row>> {
        let name = artifact::display_name(path);
        if let Some(run) = run {
            same(&name, "objective", &run.objective, self.objective.as_ref())?;
            same(&name, "seed", &run.seed, self.seed.as_ref())?;
        }
        let by_file = run.map(|run| {
            let used = |environment: &Environment| {
                let hashes = run.environments.iter().map(|used| &used.sha256);
                hashes
                    .into_iter()
                    .any(|hash| *hash == environment.facts.sha256)
            };
            environments.iter().map(used).collect::<Vec<bool>>()
        });
        if let (Some(by_file), Some(by_flag)) = (&by_file, trained_on) {
            for ((environment, by_file), by_flag) in environments.iter().zip(by_file).zip(by_flag) {
                ensure!(
                    by_file == by_flag,
                    "{name}: --trained-on says {by_flag} of {}, the file says {by_file} by its SHA-256; leave the flag out \
                     for checkpoints of train",
                    environment.facts.name
                );
            }
        }
        let by_flag = trained_on.map(<[bool]>::to_vec);
        let trained_on = by_file.or(by_flag);
        let n_per_env = match (run, &trained_on) {
            (Some(run), _) => run.n_per_env,
            (None, Some(trained_on)) => rows_of_each(environments, trained_on),
            (None, None) => None,
        };
        let row = Row {
            experiment: self.experiment.clone().or_else(|| run?.experiment.clone()),
            objective: run
                .map(|run| run.objective.clone())
                .or_else(|| self.objective.clone()),
            n_per_env,
            seed: run.map(|run| run.seed).or(self.seed),
            checkpoint: path.display().to_string(),
            row: self.row.clone(),
            ..Row::default()
        };
        Ok((0..environments.len())
            .map(|e| Row {
                trained_on: trained_on.as_ref().map(|trained_on| trained_on[e]),
                ..row.clone()
            })
            .collect())
    }
}

/// The number of rows of the environments that were trained on, where all have the same.
fn rows_of_each(environments: &[Environment], trained_on: &[bool]) -> Option<usize> {
    let used = environments.iter().zip(trained_on);
    let mut rows = used.filter(|(_, used)| **used).map(|(e, _)| e.rows());
    let first = rows.next()?;
    rows.all(|rows| rows == first).then_some(first)
}

fn same<T: PartialEq + Display>(
    name: &str,
    field: &str,
    in_file: &T,
    given: Option<&T>,
) -> Result<()> {
    if let Some(given) = given {
        ensure!(
            in_file == given,
            "{name}: metadata field provenance: {field} is {in_file}, --{field} says {given}; leave the flag out for \
             checkpoints of train"
        );
    }
    Ok(())
}
