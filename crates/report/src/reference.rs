//! The numbers to compare with, such as those of `fixtures/reference.csv`.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::cells::{Column, Setting};
use crate::honest;

/// Where a published number was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In the paper itself.
    Paper,
    /// On the page of the paper's author.
    AuthorPage,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Paper => "paper",
            Self::AuthorPage => "author-page",
        })
    }
}

/// A published mean and standard deviation, in per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    pub mean: f64,
    pub std: f64,
    pub origin: Origin,
}

/// A published number and its place in its table.
pub type PublishedCell = (Setting, Column, Published);

/// What one table is compared with.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// In the file's order; none where the file does not know the table.
    pub cells: &'a [PublishedCell],
    /// Whether the verdicts count: not where the cells are another table's.
    pub counted: bool,
}

/// The published cells of every table, in the file's order.
#[derive(Default)]
pub struct References {
    /// What messages call the file.
    name: String,
    tables: Vec<(String, Vec<PublishedCell>)>,
}

/// The names of [`Line`]'s fields.
const COLUMNS: [&str; 8] = [
    "table",
    "algorithm",
    "classes",
    "n_per_env",
    "column",
    "mean",
    "std",
    "origin",
];

/// One line of a reference file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    table: String,
    algorithm: String,
    classes: usize,
    n_per_env: usize,
    column: String,
    mean: f64,
    std: f64,
    origin: Origin,
}

impl References {
    /// The reference file `path`; without one, no table is known.
    ///
    /// # Errors
    /// Names the file, the line and the field of what is no published number, and of a cell given
    /// twice.
    pub fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = artifact::display_name(path);
        let tables = parse(&artifact::read(path)?)
            .with_context(|| format!("{name}: not a table of reference"))?;
        Ok(Self { name, tables })
    }

    /// The names of the tables.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|(table, _)| table.as_str())
    }

    /// What `table` is compared with: its own cells, or for a table of honest selection that has
    /// none, those of the table it belongs to, which then do not count.
    pub fn of(&self, table: &str) -> Reference<'_> {
        let own = self.cells(table);
        match honest::counterpart(table) {
            Some(counterpart) if own.is_empty() => Reference {
                cells: self.cells(counterpart),
                counted: false,
            },
            _ => Reference {
                cells: own,
                counted: true,
            },
        }
    }

    /// The same, for a figure or a table of which a comparison was asked for: says on standard error where there is none.
    pub fn of_or_warn(&self, table: &str) -> Reference<'_> {
        let reference = self.of(table);
        if !self.name.is_empty() && reference.cells.is_empty() {
            let name = &self.name;
            artifact::say(
                "report",
                &format!("{name} has no table {table}; nothing is compared"),
            );
        }
        reference
    }

    fn cells(&self, table: &str) -> &[PublishedCell] {
        cells_of(&self.tables, table)
    }
}

fn cells_of<'a>(tables: &'a [(String, Vec<PublishedCell>)], table: &str) -> &'a [PublishedCell] {
    let mut tables = tables.iter();
    tables
        .find(|(name, _)| name == table)
        .map_or(&[], |(_, cells)| cells)
}

fn parse(bytes: &[u8]) -> Result<Vec<(String, Vec<PublishedCell>)>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers()?.clone();
    score::check_header(&headers, &COLUMNS)?;
    let mut tables: Vec<(String, Vec<PublishedCell>)> = Vec::new();
    for record in reader.into_records() {
        let record = record?;
        let number = record.position().map_or(0, csv::Position::line);
        let line: Line = record
            .deserialize(Some(&headers))
            .map_err(|e| anyhow!(score::line_and_field(&e, &headers)))?;
        let table = line.table.clone();
        let cell = cell(line).map_err(|e| anyhow!("line {number}: {e:#}"))?;
        let (setting, column, _) = &cell;
        if cells_of(&tables, &table)
            .iter()
            .any(|(s, c, _)| (s, c) == (setting, column))
        {
            bail!("line {number}: {setting} has a number in column {column} already");
        }
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, cells)) => cells.push(cell),
            None => tables.push((table, vec![cell])),
        }
    }
    Ok(tables)
}

fn cell(line: Line) -> Result<PublishedCell> {
    ensure!(
        line.classes >= 2,
        "classes is {}, expected at least 2",
        line.classes
    );
    ensure!(
        (0.0..=100.0).contains(&line.mean),
        "mean is {}, expected per cent from 0 to 100",
        line.mean
    );
    ensure!(
        (0.0..=100.0).contains(&line.std),
        "std is {}, expected points from 0 to 100",
        line.std
    );
    let setting = Setting {
        objective: line.algorithm,
        classes: line.classes,
        n_per_env: line.n_per_env,
    };
    let column = line.column.parse().map_err(anyhow::Error::msg)?;
    let published = Published {
        mean: line.mean,
        std: line.std,
        origin: line.origin,
    };
    Ok((setting, column, published))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "table,algorithm,classes,n_per_env,column,mean,std,origin\n";

    #[test]
    fn the_papers_file_is_read_whole() {
        let file = include_bytes!("../../../fixtures/reference.csv");
        let references = References {
            name: "f".to_owned(),
            tables: parse(file).unwrap(),
        };
        let count = |table| references.of(table).cells.len();
        let tables = [
            ("cmnist", 18),
            ("multiclass", 16),
            ("insufficient", 9),
            ("two-spurious", 9),
            ("ablation", 8),
        ];
        for (table, cells) in tables {
            assert_eq!(count(table), cells, "{table}");
        }
        assert_eq!(
            references.tables().collect::<Vec<_>>(),
            tables.map(|(table, _)| table)
        );
        assert_eq!(count("none"), 0);
        assert!(references.of("cmnist").counted);
        let honest = references.of("cmnist-honest");
        assert_eq!((honest.cells.len(), honest.counted), (18, false));
        let (setting, column, published) = &references.of("cmnist").cells[6];
        assert_eq!(setting.to_string(), "mm-rex (classes 2, n_per_env 25000)");
        assert_eq!(column.to_string(), "0.1");
        assert_eq!(published.mean, 70.8);
        assert_eq!(published.std, 1.5);
        assert_eq!(published.origin, Origin::AuthorPage);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = "t,erm,2,100,0.9,70,1,paper\n";
        for (bad, expected) in [
            (
                "t,erm,2,100,0.8,many,1,paper\n",
                "line 3: mean: invalid float",
            ),
            (
                "t,erm,2,100,0.8,70,1,hearsay\n",
                "line 3: unknown variant `hearsay`",
            ),
            ("t,erm,2,100,0.8,70\n", "line: 3"),
            ("t,erm,1,100,0.8,70,1,paper\n", "line 3: classes is 1"),
            ("t,erm,2,100,0.8,170,1,paper\n", "line 3: mean is 170"),
            ("t,erm,2,100,0.8,70,-1,paper\n", "line 3: std is -1"),
            ("t,erm,2,100,1.8,70,1,paper\n", "line 3: column \"1.8\""),
            (good, "line 3: erm (classes 2, n_per_env 100) has"),
        ] {
            let text = format!("{HEADER}{good}{bad}");
            let error = format!("{:#}", parse(text.as_bytes()).err().unwrap());
            assert!(error.contains(expected), "{bad}: {error}");
        }
        for empty in ["", "table,mean\n"] {
            let error = format!("{:#}", parse(empty.as_bytes()).err().unwrap());
            assert!(error.contains("line 1: no column"), "{empty}: {error}");
        }
    }
}
