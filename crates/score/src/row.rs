//! The scores format: what `eval` writes and `report` reads.

use anyhow::{Context, Result, anyhow, bail};
use environment::Split;
use serde::{Deserialize, Serialize};

/// One checkpoint scored on one environment. The field order is the column order.
///
/// Fields that come from a file's provenance are `None`, an empty cell, where the file has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The table the run belongs to, as the user named it when training, such as `cmnist`.
    pub experiment: Option<String>,
    /// Objective, ablations and the grayscale oracle by their own names, such as `meta-irm-no-std`.
    pub objective: Option<String>,
    /// Number of classes k.
    pub classes: Option<usize>,
    /// Rows of one training environment.
    pub n_per_env: Option<usize>,
    /// Seed of the training run.
    pub seed: Option<u64>,
    /// Split of the environment scored on.
    pub split: Option<Split>,
    /// Probability that a row's colour differs from its label, in the environment scored on.
    pub p_e: Option<f64>,
    /// Rows scored.
    pub count: usize,
    /// Fraction of rows predicted right, 0 to 1.
    pub accuracy: f64,
    /// Mean negative log-likelihood in nats.
    pub risk: f64,
    /// Arithmetic of the training run's products, `f32` or `bf16`; where the checkpoint does not say, that
    /// of the scoring, which is always `f32`.
    pub precision: String,
    /// The checkpoint's file, as named on the command line.
    pub checkpoint: String,
    /// The environment's file, as named on the command line.
    pub environment: String,
}

/// The names of [`Row`]'s fields.
const COLUMNS: [&str; 13] = [
    "experiment",
    "objective",
    "classes",
    "n_per_env",
    "seed",
    "split",
    "p_e",
    "count",
    "accuracy",
    "risk",
    "precision",
    "checkpoint",
    "environment",
];

/// The rows of the CSV text `bytes`; `name` is what messages call it.
///
/// # Errors
/// Names the line and the field that could not be read.
pub fn read_rows(name: &str, bytes: &[u8]) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader
        .headers()
        .with_context(|| format!("{name}: not a table of scores"))?
        .clone();
    check_header(&headers, &COLUMNS).map_err(|e| anyhow!("{name}: {e}"))?;
    reader
        .deserialize()
        .map(|row| row.map_err(|e| anyhow!("{name}: {}", line_and_field(&e, &headers))))
        .collect()
}

/// Whether all `columns` have a name in `headers`: a table without rows has nothing else to tell it by.
///
/// # Errors
/// Names the first that is missing.
pub fn check_header(headers: &csv::StringRecord, columns: &[&str]) -> Result<()> {
    let missing = columns
        .iter()
        .find(|column| !headers.iter().any(|h| h == **column));
    missing.map_or(Ok(()), |missing| {
        bail!(
            "line 1: no column {missing}, expected {}",
            columns.join(",")
        )
    })
}

/// What is wrong with a line of CSV, with the line's number and the name of the field: csv itself
/// says only the field's number.
pub fn line_and_field(error: &csv::Error, headers: &csv::StringRecord) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { pos, err } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            let field = err.field().and_then(|index| headers.get(index as usize));
            let field = field.map_or(String::new(), |field| format!("{field}: "));
            format!("line {line}: {field}{}", err.kind())
        }
        _ => error.to_string(),
    }
}

/// `rows` as CSV text with a header line.
///
/// # Errors
/// None that depends on the rows: only what the CSV writer itself may report.
pub fn write_rows(rows: &[Row]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_the_header_is_the_documented_one() {
        let row = Row {
            experiment: Some("cmnist".into()),
            objective: Some("erm".into()),
            classes: Some(2),
            n_per_env: Some(25000),
            seed: Some(0),
            split: Some(Split::Test),
            p_e: Some(0.9),
            count: 10000,
            accuracy: 0.1,
            risk: 2.5,
            precision: "f32".into(),
            checkpoint: "a, b".into(),
            environment: "-".into(),
        };
        let foreign = Row {
            experiment: None,
            objective: None,
            classes: None,
            n_per_env: None,
            seed: None,
            split: None,
            p_e: None,
            ..row.clone()
        };
        let rows = vec![row, foreign];
        let bytes = write_rows(&rows).unwrap();
        let header = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment";
        assert_eq!(
            String::from_utf8_lossy(&bytes).lines().next().unwrap(),
            header
        );
        assert_eq!(COLUMNS.join(","), header);
        assert_eq!(read_rows("f", &bytes).unwrap(), rows);
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line() {
        let bytes = b"experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment\n,,,,,,,many,0,0,f32,c,e\n";
        let error = read_rows("f", bytes).unwrap_err().to_string();
        assert!(error.starts_with("f: line 2: count: "), "{error}");
    }
}
