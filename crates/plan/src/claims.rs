//! The rows that the paper's claims are tested on: what claims.csv names, as far as make must know it.

use crate::csv_table::CsvTable;

/// The rows of one comparison, each as EXPERIMENT and NAME, where NAME is a row or an objective.
pub type Comparison = Vec<(String, String)>;

/// The columns that are read.
pub const REQUIRED: [&str; 2] = ["claim", "rows"];

/// The comparisons of the table. Whether one makes sense, report says.
pub fn comparisons(table: &CsvTable) -> Vec<Comparison> {
    let comparisons = table.rows().map(|record| named(record.cell("rows")));
    comparisons.collect()
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
