//! Reading score files.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use score::Row;

/// The rows of all `files`, or of standard input where there are none.
///
/// # Errors
/// Names the file, and the row of what cannot be a score.
pub fn read(files: &[PathBuf]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for file in or_stdin(files) {
        let name = artifact::display_name(&file);
        let mut of_file = score::read_rows(&name, &artifact::read(&file)?)?;
        // The sum turns a negative zero into zero, which it is equal to.
        of_file
            .iter_mut()
            .filter_map(|row| row.p_e.as_mut())
            .for_each(|p_e| *p_e += 0.0);
        for (index, row) in of_file.iter().enumerate() {
            check(&name, index + 1, row)?;
        }
        rows.extend(of_file);
    }
    Ok(rows)
}

/// `files`, or standard input where there are none.
pub fn or_stdin(files: &[PathBuf]) -> Vec<PathBuf> {
    match files {
        [] => vec![PathBuf::from(artifact::DASH)],
        files => files.to_vec(),
    }
}

/// How often `files` ask for standard input.
pub fn reads_of_stdin(files: &[PathBuf]) -> usize {
    let files = or_stdin(files);
    let dashes = files.iter().filter(|file| *file == artifact::DASH);
    dashes.count()
}

fn check(name: &str, number: usize, row: &Row) -> Result<()> {
    let at = format!("{name}: row {number} (checkpoint {})", row.checkpoint);
    ensure!(
        (0.0..=1.0).contains(&row.accuracy),
        "{at}: accuracy is {}, expected a fraction from 0 to 1",
        row.accuracy
    );
    ensure!(
        row.risk.is_finite() && row.risk >= 0.0,
        "{at}: risk is {}, expected a finite number of 0 or more; leave a run that diverged out",
        row.risk
    );
    if let Some(p_e) = row.p_e
        && !(0.0..=1.0).contains(&p_e)
    {
        bail!("{at}: p_e is {p_e}, expected a probability from 0 to 1");
    }
    if let Some(classes) = row.classes
        && classes < 2
    {
        bail!("{at}: classes is {classes}, expected at least 2");
    }
    Ok(())
}
