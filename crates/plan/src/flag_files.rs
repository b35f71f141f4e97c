//! A small file for each call of a program, with its flags and inputs. A rule depends on it, so that a changed row remakes
//! its own files and nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::program_calls::{self, ProgramCall};
use crate::tables::Tables;

/// Writes FOLDER/PROGRAM/NAME for every call whose flags or inputs are not what stands there.
///
/// # Errors
/// What cannot be written.
pub fn write(tables: &Tables, folder: &Path) -> Result<()> {
    for call in tables.environments.iter().flat_map(program_calls::mkenv) {
        write_call(&call, folder)?;
    }
    for run in &tables.runs {
        if let Some(call) = program_calls::train(tables, run) {
            write_call(&call, folder)?;
        }
        write_call(&program_calls::eval(tables, run), folder)?;
    }
    Ok(())
}

fn write_call(call: &ProgramCall, folder: &Path) -> Result<()> {
    let path = folder.join(call.program.name()).join(&call.name);
    let text = format!(
        "{}\n{}\n",
        call.flags.join(" "),
        call.inputs_as_given().join("\n")
    );
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).with_context(|| artifact::display_name(parent))?;
    artifact::write(&path, text.as_bytes())
}
