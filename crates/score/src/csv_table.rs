//! Tables in CSV that are read line by line, with errors that say where.

use anyhow::{Result, anyhow, bail};
use serde::de::DeserializeOwned;

/// The lines of the CSV text `bytes` after its header, each with its number in the text.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Line {
///     seed: u64,
/// }
///
/// let lines = score::lines::<Line>(b"seed\n7\nx\n", &["seed"])?;
/// let lines: Vec<_> = lines.collect();
/// assert!(matches!(lines[0], Ok((2, Line { seed: 7 }))));
/// let error = lines[1].as_ref().err().unwrap().to_string();
/// assert!(error.starts_with("line 3: seed: "));
/// # Ok::<(), anyhow::Error>(())
/// ```
///
/// # Errors
/// Names the first of `columns` that the header lacks; then, for each line that is no `Line`, its number and field.
pub fn lines<Line: DeserializeOwned>(
    bytes: &[u8],
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<(u64, Line)>>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers()?.clone();
    check_header(&headers, columns)?;
    Ok(reader.into_records().map(move |record| {
        let record = record?;
        let number = record.position().map_or(0, csv::Position::line);
        let line = record.deserialize(Some(&headers));
        let line = line.map_err(|e| anyhow!(line_and_field(&e, &headers)))?;
        Ok((number, line))
    }))
}

/// Whether all `columns` have a name in `headers`: a table without rows has nothing else to tell it by.
///
/// # Errors
/// Names the first that is missing.
pub(crate) fn check_header(headers: &csv::StringRecord, columns: &[&str]) -> Result<()> {
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
pub(crate) fn line_and_field(error: &csv::Error, headers: &csv::StringRecord) -> String {
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
