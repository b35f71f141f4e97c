//! The rows that the paper's claims are tested on: what claims.csv names, as far as make must know it.

use std::path::Path;

use anyhow::Result;

use crate::csv_table::CsvTable;

/// The rows of one comparison, each as EXPERIMENT and NAME, where NAME is a row or an objective.
pub type Comparison = Vec<(String, String)>;

/// The comparisons of the file `path`.
///
/// # Errors
/// What cannot be read. Whether a comparison makes sense, report says.
pub fn read(path: &Path) -> Result<Vec<Comparison>> {
    let table = CsvTable::read(path, &["claim", "rows"])?;
    let comparisons = table.rows().map(|record| named(record.cell("rows")));
    Ok(comparisons.collect())
}

/// The rows of `cmnist/meta-irm@0.9 - insufficient/irmv1[n=12500]@0.9 + 50`.
fn named(rows: &str) -> Comparison {
    let words = rows.split_whitespace();
    let rows = words.filter_map(|word| {
        let (experiment, rest) = word.split_once('/')?;
        let name = rest.split(['[', '@']).next().unwrap_or(rest);
        Some((experiment.to_owned(), name.to_owned()))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_row_is_an_experiment_and_a_name() {
        let rows = named("cmnist/meta-irm@0.9 - insufficient/irmv1[n=12500]@0.9 + 50");
        let rows: Vec<(&str, &str)> = rows.iter().map(|(e, r)| (&**e, &**r)).collect();
        assert_eq!(rows, [("cmnist", "meta-irm"), ("insufficient", "irmv1")]);
    }
}
