//! The panels of a figure of searches: what stands in `drawn from` for the kind `search`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::cell_syntax;
use crate::csv_table::CsvTable;
use crate::tables::ReadFile;

/// The folder of the records, from where make is started.
const RECORDS: &str = "fixtures/search";

/// One trial of a search. Written HEADING=NAME/TRIAL or HEADING=NAME/TRIAL/ROW, with `_` for a space of the heading.
pub struct Panel {
    heading: String,
    name: String,
    trial: String,
    row: Option<String>,
}

impl Panel {
    /// The record of its search.
    pub fn record(&self) -> String {
        format!("{RECORDS}/{}.csv", self.name)
    }

    /// The flag of `report figure search`, as words of a shell.
    pub fn flag(&self) -> String {
        let row = self.row.iter().map(|row| format!("/{row}"));
        let (heading, name, trial) = (&self.heading, &self.name, &self.trial);
        format!(
            "--panel '{heading}={name}/{trial}{}'",
            row.collect::<String>()
        )
    }
}

/// The panels that the words of `cell` name. `read` reads a record by the path that make has for it.
///
/// # Errors
/// The word that is no panel, or whose record, trial or row is not there.
pub fn parse(cell: &str, read: &ReadFile) -> Result<Vec<Panel>> {
    let words = cell.split_whitespace();
    let panels = words.map(|word| panel(word, read).with_context(|| format!("found {word:?}")));
    let panels: Vec<Panel> = panels.collect::<Result<_>>()?;
    ensure!(
        !panels.is_empty(),
        "found nothing, expected panels such as Adam=ablation-meta-irm/0"
    );
    Ok(panels)
}

fn panel(word: &str, read: &ReadFile) -> Result<Panel> {
    // It stands in quotation marks of the shell.
    let fits = |c: char| c.is_alphanumeric() || "._+,:=()-".contains(c);
    let Some((heading, place)) = word.rsplit_once('=') else {
        bail!("expected a heading, = and a trial, such as Adam=ablation-meta-irm/0");
    };
    ensure!(
        !heading.is_empty() && heading.chars().all(fits),
        "expected a heading of letters, digits and ._+,:=()-, where _ is a space"
    );
    let mut parts = place.splitn(3, '/');
    let name = cell_syntax::name(parts.next().unwrap_or_default())?;
    let trial = parts.next().unwrap_or_default();
    let panel = Panel {
        heading: heading.replace('_', " "),
        name,
        trial: trial.to_owned(),
        row: parts.next().map(cell_syntax::name).transpose()?,
    };
    let record = panel.record();
    let path = Path::new(&record);
    let table = CsvTable::parse(path, &read(path)?, &["trial"])?;
    let trials: BTreeSet<&str> = table.cells("trial").collect();
    ensure!(
        trials.contains(trial),
        "{record} has no trial {trial:?}, expected the number of one of its {} trials, such as {}",
        trials.len(),
        trials.first().unwrap_or(&"0")
    );
    if let Some(row) = &panel.row {
        let of_trial = table.cells("trial").zip(table.cells("row"));
        let rows = of_trial.filter(|(number, row)| *number == trial && !row.is_empty());
        let rows: BTreeSet<&str> = rows.map(|(_, row)| row).collect();
        ensure!(
            rows.contains(&**row),
            "trial {trial} of {record} has no row {row:?}, expected {}",
            match rows.is_empty() {
                true => "none: it has no column row".to_owned(),
                false => format!("one of {}", Vec::from_iter(rows).join(" ")),
            }
        );
    }
    Ok(panel)
}
