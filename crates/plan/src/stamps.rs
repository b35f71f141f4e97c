//! A small file for each step, with what the step is made with. A rule depends on it, so that a changed row remakes
//! its own files and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::steps::{self, Step};
use crate::tables::Tables;

/// Writes FOLDER/PROGRAM/NAME for every step whose flags or inputs are not what stands there.
///
/// # Errors
/// What cannot be written.
pub fn write(tables: &Tables, folder: &Path) -> Result<()> {
    for step in tables.environments.iter().flat_map(steps::mkenv) {
        write_step(&step, folder)?;
    }
    for run in &tables.runs {
        if let Some(step) = steps::train(tables, run) {
            write_step(&step, folder)?;
        }
        write_step(&steps::eval(tables, run), folder)?;
    }
    Ok(())
}

fn write_step(step: &Step, folder: &Path) -> Result<()> {
    let path = folder.join(step.program.name()).join(&step.name);
    let text = format!("{}\n{}\n", step.flags.join(" "), step.inputs.join("\n"));
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(|| artifact::display_name(parent))?;
    artifact::write(&path, text.as_bytes())
}
