//! The scores format: what `eval` writes and `report` reads.
//!
//! A column is a field of [`Row`], and nothing else: the header that is written and the help of `eval` are taken from
//! the fields. Older files do not have a new column; its value is then the empty one.

use std::io::Read;

use anyhow::{Context, Result, anyhow, bail, ensure};
use environment::Split;
use serde::{Deserialize, Serialize};

use crate::csv_table::{check_header, line_and_field};

/// One checkpoint scored on one environment. The field order is the column order.
///
/// Fields that come from a file's provenance are `None`, an empty cell, where the file has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Row {
    /// The experiment the run belongs to, as the user named it when training, such as `cmnist`.
    pub experiment: Option<String>,
    /// Objective, ablations and the grayscale oracle by their own names, such as `meta-irm-no-std`.
    pub objective: Option<String>,
    /// Number of classes k, at least 2.
    pub classes: Option<usize>,
    /// Rows of one training environment; `None` where they differ, or are not known.
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
    /// Mean negative log-likelihood in nats, finite and not negative.
    pub risk: f64,
    /// Arithmetic of the training run's products, `f32` or `bf16`; where the checkpoint does not say, that
    /// of the scoring, which is always `f32`. Empty where a file has no such column.
    pub precision: String,
    /// The checkpoint's file, as named on the command line.
    pub checkpoint: String,
    /// The environment's file, as named on the command line.
    pub environment: String,
    /// The row's own name, which tells rows of one objective with different settings apart.
    pub row: Option<String>,
    /// The environment's name, as the user gave it, such as `fresh`; see [`check_environment_name`].
    pub environment_name: Option<String>,
    /// Whether the checkpoint was trained on this very environment; `None` where it does not say on which it was.
    pub trained_on: Option<bool>,
    /// Probability that a label was moved, in the environment scored on.
    pub label_noise: Option<f64>,
}

/// The columns that a file must have, or it is not a table of scores. Every column that is not among them may be
/// missing.
const REQUIRED: [&str; 12] = [
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
    "checkpoint",
    "environment",
];

/// The names of all columns, in their order: those of [`Row`]'s fields.
///
/// ```
/// assert!(score::columns().starts_with(&["experiment".to_owned(), "objective".to_owned()]));
/// ```
pub fn columns() -> Vec<String> {
    let written = write_rows(&[Row::default()]).expect("a row without names can be written");
    let header = String::from_utf8(written).expect("the columns' names are text");
    let header = header.lines().next().unwrap_or_default();
    header.split(',').map(str::to_owned).collect()
}

/// `p_e` as a decimal with nine digits after the point, never a negative zero. Two p_e are the same where these are: a
/// number that was computed, such as 1 − 0.9, differs from 0.1 only in the last bits.
///
/// ```
/// assert_eq!(score::decimal(1.0 - 0.9), 0.1);
/// ```
pub fn decimal(p_e: f64) -> f64 {
    const DIGITS: f64 = 1e9;
    // The sum turns a negative zero into zero, which it is equal to.
    (p_e * DIGITS).round() / DIGITS + 0.0
}

/// Refuses what cannot be told from a p_e, from the column `train` or from a file: an environment's name begins with a
/// letter, and has letters, digits, dots, hyphens and underscores.
///
/// ```
/// assert!(score::check_environment_name("fresh-0.9").is_ok());
/// assert!(score::check_environment_name("0.9").is_err());
/// ```
///
/// # Errors
/// Says what was found and what was expected.
pub fn check_environment_name(name: &str) -> Result<(), String> {
    if name == "train" {
        return Err(
            "the name train is that of the mean over the training environments; choose another name"
                .to_owned(),
        );
    }
    let sane = |c: char| c.is_alphanumeric() || ".-_".contains(c);
    // Such as nan and inf.
    let number = name.parse::<f64>().is_ok();
    if !name.starts_with(char::is_alphabetic) || !name.chars().all(sane) || number {
        return Err(format!(
            "the name is {name:?}, expected letters, digits, dots, hyphens and underscores, of which the first is a letter"
        ));
    }
    Ok(())
}

/// The rows of the CSV text `bytes`; `name` is what messages call it. See [`Rows`].
///
/// # Errors
/// As [`Rows`].
pub fn read_rows(name: &str, bytes: &[u8]) -> Result<Vec<Row>> {
    Rows::new(name, bytes).collect()
}

/// The rows of a CSV text, read one by one: a file of any length takes no memory. Every p_e is rounded as by [`decimal`].
/// Where files were joined, as by `cat`, each header line holds for the lines under it.
///
/// An error says where there is nothing to read; it names the line and the field that could not be read, and the row of
/// what cannot be a score.
pub struct Rows<R> {
    name: String,
    records: csv::StringRecordsIntoIter<R>,
    /// Of the lines that come; empty before the first.
    headers: csv::StringRecord,
    /// Rows so far.
    count: usize,
}

impl<R: Read> Rows<R> {
    /// Of what `reader` gives; `name` is what messages call it.
    pub fn new(name: &str, reader: R) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(reader);
        Self {
            name: name.to_owned(),
            records: reader.into_records(),
            headers: csv::StringRecord::new(),
            count: 0,
        }
    }

    /// The row of `record`; `None` where it is a header line.
    fn row(&mut self, record: csv::StringRecord) -> Result<Option<Row>> {
        let Self { name, headers, .. } = self;
        let header = check_header(&record, &REQUIRED);
        if headers.is_empty() || header.is_ok() {
            header.map_err(|e| anyhow!("{name}: {e}"))?;
            self.headers = record;
            return Ok(None);
        }
        let line = record.position().map_or(0, csv::Position::line);
        ensure!(
            record.len() == headers.len(),
            "{name}: the record (line: {line}) has {} fields, expected {}, those of the header",
            record.len(),
            headers.len()
        );
        let row: Result<Row, _> = record.deserialize(Some(headers));
        let mut row = row.map_err(|e| anyhow!("{name}: {}", line_and_field(&e, headers)))?;
        row.p_e = row.p_e.map(decimal);
        self.count += 1;
        check(&row).map_err(|e| {
            let number = self.count;
            anyhow!("{name}: row {number} (checkpoint {}): {e}", row.checkpoint)
        })?;
        Ok(Some(row))
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        while let Some(record) = self.records.next() {
            let record = record.with_context(|| format!("{}: not a table of scores", self.name));
            if let Some(row) = record.and_then(|record| self.row(record)).transpose() {
                return Some(row);
            }
        }
        if !self.headers.is_empty() {
            return None;
        }
        let empty = check_header(&self.headers, &REQUIRED);
        // Once: whoever goes on after it finds an end.
        self.headers.push_field("");
        let name = &self.name;
        empty
            .err()
            .map(|e| Err(anyhow!("{name}: {e}; the input is empty")))
    }
}

/// Refuses what cannot be a score.
fn check(row: &Row) -> Result<()> {
    ensure!(
        (0.0..=1.0).contains(&row.accuracy),
        "accuracy is {}, expected a fraction from 0 to 1",
        row.accuracy
    );
    ensure!(
        row.risk.is_finite() && row.risk >= 0.0,
        "risk is {}, expected a finite number of 0 or more; leave a run that diverged out",
        row.risk
    );
    for (field, value) in [("p_e", row.p_e), ("label_noise", row.label_noise)] {
        if let Some(value) = value
            && !(0.0..=1.0).contains(&value)
        {
            bail!("{field} is {value}, expected a probability from 0 to 1");
        }
    }
    if let Some(classes) = row.classes
        && classes < 2
    {
        bail!("classes is {classes}, expected at least 2");
    }
    Ok(())
}

/// `rows` as CSV text with a header line.
///
/// # Errors
/// None that depends on the rows: only what the CSV writer itself may report.
pub fn write_rows(rows: &[Row]) -> Result<Vec<u8>> {
    // With rows alone does the writer name the columns.
    if rows.is_empty() {
        return Ok((columns().join(",") + "\n").into_bytes());
    }
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
    fn no_rows_come_back_as_none() {
        let written = write_rows(&[]).unwrap();
        assert_eq!(read_rows("none", &written).unwrap(), []);
    }

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
            row: Some("erm, wide".into()),
            environment_name: Some("fresh".into()),
            trained_on: Some(false),
            label_noise: Some(0.25),
        };
        let foreign = Row {
            experiment: None,
            objective: None,
            classes: None,
            n_per_env: None,
            seed: None,
            split: None,
            p_e: None,
            row: None,
            environment_name: None,
            trained_on: None,
            label_noise: None,
            ..row.clone()
        };
        let rows = vec![row, foreign];
        let bytes = write_rows(&rows).unwrap();
        let header = "experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment,row,environment_name,trained_on,label_noise";
        assert_eq!(
            String::from_utf8_lossy(&bytes).lines().next().unwrap(),
            header
        );
        assert_eq!(columns().join(","), header);
        assert!(
            REQUIRED
                .iter()
                .all(|column| columns().contains(&(*column).to_owned()))
        );
        assert_eq!(read_rows("f", &bytes).unwrap(), rows);
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line() {
        let bytes = b"experiment,objective,classes,n_per_env,seed,split,p_e,count,accuracy,risk,precision,checkpoint,environment\n,,,,,,,many,0,0,f32,c,e\n";
        let error = read_rows("f", bytes).unwrap_err().to_string();
        assert!(error.starts_with("f: line 2: count: "), "{error}");
    }

    #[test]
    fn joined_files_are_read_each_under_its_own_header() {
        let old = REQUIRED.join(",");
        let new = columns().join(",");
        let text = format!(
            "{new}\nt,erm,2,100,0,test,0.1,10,0.5,0.7,bf16,c,e,,,,\n{new}\nt,erm,2,100,1,test,0.1,10,0.5,0.7,bf16,d,e,,,,\n\
             {old}\nt,erm,2,100,2,test,0.1,10,0.5,0.7,f,e\n"
        );
        let rows = read_rows("f", text.as_bytes()).unwrap();
        let cells: Vec<_> = rows
            .iter()
            .map(|r| (&*r.checkpoint, &*r.precision))
            .collect();
        assert_eq!(cells, [("c", "bf16"), ("d", "bf16"), ("f", "")]);

        let short = format!("{old}\nt,erm\n");
        let error = read_rows("f", short.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            "f: the record (line: 2) has 2 fields, expected 12, those of the header"
        );
        for empty in ["", "\n\n"] {
            let error = read_rows("f", empty.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("f: line 1: no column experiment"),
                "{error}"
            );
            assert!(error.ends_with("; the input is empty"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_in_the_newer_columns_is_named() {
        let header = columns().join(",");
        for (cells, expected) in [
            (
                ",,perhaps,",
                "f: line 2: trained_on: provided string was not `true` or `false`",
            ),
            (
                ",,,1.5",
                "f: row 1 (checkpoint c): label_noise is 1.5, expected a probability",
            ),
        ] {
            let text = format!("{header}\nt,erm,2,100,0,test,0.1,10,0.5,0.7,f32,c,e,{cells}\n");
            let error = read_rows("f", text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_name_is_told_from_a_p_e_and_a_file() {
        for good in ["fresh", "a", "Größe_2", "t10k-0.9"] {
            assert!(check_environment_name(good).is_ok(), "{good}");
        }
        for bad in [
            "", "train", "0.9", "nan", "inf", "a b", "a/b", ".a", "a,b", "a|b", "a\n",
        ] {
            assert!(check_environment_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_computed_p_e_is_the_decimal_next_to_it() {
        let header = REQUIRED.join(",");
        for p_e in ["0.09999999999999998", "0.1", "0.10000000000000002"] {
            let text = format!("{header}\nt,erm,2,100,0,test,{p_e},10,0.5,0.7,c,e\n");
            let rows = read_rows("f", text.as_bytes()).unwrap();
            assert_eq!(rows[0].p_e, Some(0.1), "{p_e}");
        }
        assert_ne!(decimal(0.100_000_001), decimal(0.1));
    }

    #[test]
    fn a_column_that_older_files_lack_is_read_as_empty() {
        let header = REQUIRED.join(",");
        let bytes = format!("{header}\nt,erm,2,100,0,test,-0.0,10,0.5,0.7,c,e\n");
        let rows = read_rows("f", bytes.as_bytes()).unwrap();
        assert_eq!(rows[0].precision, "");
        assert_eq!((rows[0].count, &*rows[0].environment), (10, "e"));
        assert_eq!(rows[0].p_e.map(f64::to_bits), Some(0));
        let none = Row::default();
        assert_eq!(
            (&rows[0].row, &rows[0].environment_name),
            (&none.row, &none.environment_name)
        );
        assert_eq!((rows[0].trained_on, rows[0].label_noise), (None, None));

        for column in REQUIRED {
            let header: Vec<_> = REQUIRED.into_iter().filter(|c| *c != column).collect();
            let error = read_rows("f", header.join(",").as_bytes()).unwrap_err();
            let expected = format!("f: line 1: no column {column}, expected experiment,");
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
        let unknown = format!(
            "{},surprise\nt,erm,2,100,0,test,0.1,10,0.5,0.7,c,e,1\n",
            REQUIRED.join(",")
        );
        let error = read_rows("f", unknown.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("surprise"), "{error}");
    }
}
