//! The training curves of each row that has logs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use evidence::claims::contrast::Experiments;
use maud::{Markup, html};

use super::grid::scrolling;
use super::picture::Picture;
use crate::experiment;
use crate::figure;
use crate::inputs::{self, Input};
use crate::notation::visible;
use crate::training_log;

/// The curves of all experiments.
#[derive(Default)]
pub struct Curves {
    /// By experiment, in the order of the rows' names.
    pictures: BTreeMap<String, Vec<(String, Picture)>>,
    /// Path and SHA-256 of each log that is drawn.
    sums: Vec<(String, String)>,
}

impl Curves {
    /// Draws the logs `folder`/EXPERIMENT/ROW/seed-S.csv of the `experiments`. Seeds without scores are left out: the curves are
    /// of the runs in the tables. So is, with a word, a row whose logs are no runs of one setting.
    ///
    /// # Errors
    /// Names a folder or a log that cannot be read.
    pub fn read(folder: &Path, experiments: &Experiments) -> Result<Self> {
        let mut curves = Self::default();
        folder
            .metadata()
            .with_context(|| format!("cannot read the folder of logs {}", folder.display()))?;
        for (experiment, cells) in experiments {
            let seeds = cells.seeds();
            for row in rows(&folder.join(experiment))? {
                let logs: Vec<PathBuf> = seeds
                    .iter()
                    .map(|seed| row.join(format!("seed-{seed}.csv")))
                    .filter(|log| log.is_file())
                    .collect();
                if !logs.is_empty() {
                    curves.add(experiment, &row, &logs)?;
                }
            }
        }
        Ok(curves)
    }

    fn add(&mut self, experiment: &str, row: &Path, logs: &[PathBuf]) -> Result<()> {
        let name = row.file_name().unwrap_or_default().to_string_lossy();
        let name = visible(&name);
        let logs = inputs::read(logs)?;
        let drawn = training_log::parse(&logs).and_then(|logs| {
            let title = format!("Risk, penalty and accuracy in training: {name}");
            figure::training(title, &logs)
        });
        let svg = match drawn {
            Ok(svg) => svg,
            Err(error) => {
                experiment::warn(&format!(
                    "no training curves of {experiment}/{name}: {error:#}"
                ));
                return Ok(());
            }
        };
        let sums = logs
            .iter()
            .map(|log| (log.name.clone(), artifact::sha256(&log.bytes)));
        self.sums.extend(sums);
        let runs = match logs.len() {
            1 => "one run".to_owned(),
            n => format!("{n} runs"),
        };
        let file = Input {
            name: artifact::display_name(row),
            bytes: svg.into_bytes(),
        };
        let alt = format!("{name}: risk, penalty and accuracy against the step, {runs}");
        let pictures = self.pictures.entry(experiment.to_owned()).or_default();
        pictures.push((name, Picture::new(&file, &alt)?));
        Ok(())
    }

    /// Those of `experiment`, folded; nothing where it has no logs.
    pub fn of(&self, experiment: &str) -> Markup {
        html! {
            @if let Some(pictures) = self.pictures.get(experiment) {
                details {
                    summary { "Training curves of the rows of " (experiment) }
                    @for (row, picture) in pictures {
                        figure {
                            (scrolling(&format!("Training curves: {row}"), picture.render()))
                            figcaption { (picture.alt()) }
                        }
                    }
                }
            }
        }
    }

    /// Path and SHA-256 of each log.
    pub fn sums(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sums.iter().map(|(path, sum)| (&**path, &**sum))
    }
}

/// The folders in `folder`, by name; none where there is no such folder.
fn rows(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot read the folder of logs {}", folder.display());
    let mut rows = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        rows.push(entry.with_context(cannot)?.path());
    }
    rows.sort();
    Ok(rows)
}
