//! Scores and published numbers for the tests.

use environment::Split;
use evidence::{Column, Comparison, Origin, Published, PublishedCell, Reference, RowKey};
use score::Row;

/// A row of the experiment `t` with two classes, 100 digits per environment and a label noise of 0.25.
pub fn row(objective: &str, seed: u64, column: &str, accuracy: f64) -> Row {
    let (split, p_e) = match column.parse().unwrap() {
        Column::Train => (Split::Train, 0.2),
        Column::Test(p_e) => (Split::Test, p_e),
        Column::Named(..) => panic!("a column without a name"),
    };
    Row {
        experiment: Some("t".into()),
        objective: Some(objective.into()),
        classes: Some(2),
        n_per_env: Some(100),
        seed: Some(seed),
        split: Some(split),
        p_e: Some(p_e),
        count: 10,
        accuracy,
        precision: "f32".into(),
        checkpoint: format!("{objective}-{seed}"),
        environment: column.into(),
        label_noise: Some(0.25),
        ..Row::default()
    }
}

/// `cells` as an experiment's own.
pub fn counted(cells: &[PublishedCell]) -> Reference<'_> {
    Reference {
        cells,
        variant_of: None,
    }
}

/// A published number of two classes and 100 digits per environment.
pub fn published(
    objective: &str,
    column: &str,
    mean: f64,
    std: f64,
    origin: Origin,
) -> PublishedCell {
    let key = RowKey {
        name: String::new(),
        objective: objective.into(),
        classes: 2,
        n_per_env: Some(100),
    };
    let published = Published { mean, std, origin };
    (key, column.parse().unwrap(), published)
}

/// Two columns; erm with two seeds, of which one strays from the paper in 0.9; irmv1 with one
/// seed and beside the author's page; v-rex not run; a fourth the paper does not know.
pub fn small() -> Comparison {
    let rows = [
        row("erm", 0, "0.1", 0.88),
        row("erm", 1, "0.1", 0.90),
        row("erm", 0, "0.9", 0.10),
        row("erm", 1, "0.9", 0.20),
        row("irmv1", 0, "0.1", 0.71),
        row("my_own", 0, "0.1", 0.5),
        row("my_own", 1, "0.1", 0.5),
        row("my_own", 0, "0.9", 0.6),
        row("my_own", 1, "0.9", 0.6),
    ];
    let reference = [
        published("erm", "0.1", 88.6, 0.3, Origin::Paper),
        published("erm", "0.9", 40.0, 0.8, Origin::Paper),
        published("irmv1", "0.1", 70.8, 1.5, Origin::AuthorPage),
        published("irmv1", "0.9", 66.1, 4.9, Origin::AuthorPage),
        published("v-rex", "0.1", 71.5, 0.8, Origin::Paper),
    ];
    let cells = evidence::gather("t", &rows).unwrap();
    evidence::compare("t", &cells, counted(&reference), None).unwrap()
}
