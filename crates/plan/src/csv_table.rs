//! A CSV file whose errors name the file, the line and the column.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use csv::{ReaderBuilder, Trim};

/// A CSV file with a header.
pub struct CsvTable {
    path: PathBuf,
    /// The header, column by column.
    pub columns: Vec<String>,
    records: Vec<(u64, Vec<String>)>,
}

/// One row of a [`CsvTable`].
pub struct Record<'a> {
    table: &'a CsvTable,
    line: u64,
    cells: &'a [String],
}

impl CsvTable {
    /// The file at `path`, which must have the columns `required`.
    ///
    /// # Errors
    /// What cannot be read, a column that is missing or there twice, or a row of another length.
    pub fn read(path: &Path, required: &[&str]) -> Result<Self> {
        Self::parse(path, &artifact::read(path)?, required)
    }

    /// As [`CsvTable::read`], of `bytes` that are read already.
    ///
    /// # Errors
    /// As there.
    pub fn parse(path: &Path, bytes: &[u8], required: &[&str]) -> Result<Self> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .has_headers(false)
            .from_reader(bytes);
        let shown = artifact::display_name(path);
        let mut records = Vec::new();
        for record in reader.records() {
            let record = record.with_context(|| shown.clone())?;
            let line = record.position().map_or(0, csv::Position::line);
            records.push((line, record.iter().map(str::to_owned).collect::<Vec<_>>()));
        }
        ensure!(
            !records.is_empty(),
            "{shown}: found nothing, expected the columns {}",
            required.join(",")
        );
        let (_, columns) = records.remove(0);
        for name in required {
            ensure!(
                columns.iter().any(|column| column == name),
                "{shown}, line 1: there is no column {name:?}, expected the columns {}",
                required.join(",")
            );
        }
        for (place, name) in columns.iter().enumerate() {
            ensure!(
                !columns[..place].contains(name),
                "{shown}, line 1: two columns are {name:?}"
            );
        }
        for (line, cells) in &records {
            ensure!(
                cells.len() == columns.len(),
                "{shown}, line {line}: found {} cells, expected {} as in the header; a cell with a comma needs \
                 quotation marks",
                cells.len(),
                columns.len()
            );
        }
        Ok(Self {
            path: path.to_owned(),
            columns,
            records,
        })
    }

    /// Refuses columns other than `known`.
    ///
    /// # Errors
    /// The column.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self.columns.iter().find(|c| !known.contains(&c.as_str())) {
            None => Ok(()),
            Some(other) => bail!(
                "{}, line 1: found the column {other:?}, expected {}",
                artifact::display_name(&self.path),
                known.join(",")
            ),
        }
    }

    /// The cells of the column `name`, in the file's order; empty ones where there is no such column.
    pub fn cells<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let place = self.columns.iter().position(|column| column == name);
        let rows = self.records.iter();
        rows.map(move |(_, cells)| place.map_or("", |place| &*cells[place]))
    }

    /// The rows, in the file's order.
    pub fn rows(&self) -> impl Iterator<Item = Record<'_>> {
        self.records.iter().map(|(line, cells)| Record {
            table: self,
            line: *line,
            cells,
        })
    }
}

impl Record<'_> {
    /// The cell of the column `name`; empty where there is no such column.
    pub fn cell(&self, name: &str) -> &str {
        let place = self.table.columns.iter().position(|column| column == name);
        place.map_or("", |place| &self.cells[place])
    }

    /// What `parse` makes of the cell of the column `name`.
    ///
    /// # Errors
    /// That of `parse`, after the file, the line and the column.
    pub fn parse<T>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        parse(self.cell(name)).with_context(|| {
            let path = artifact::display_name(&self.table.path);
            format!("{path}, line {}, {name}", self.line)
        })
    }
}
