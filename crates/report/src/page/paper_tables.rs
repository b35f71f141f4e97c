//! The paper's tables: their order on the page, and what each shows.

use evidence::training_domain_selection::counterpart;
use evidence::variant::variant_of;

/// Name, heading, what it shows.
const TABLES: [(&str, &str, &str); 5] = [
    (
        "cmnist",
        "Colored MNIST",
        "Whether a predictor trained where the colour predicts the label better than the digit does \
         (p_e 0.2 and 0.1) still predicts where the colour is reversed (p_e = 0.9).",
    ),
    (
        "multiclass",
        "More classes",
        "The same question with five and with ten classes and as many colours, on the training \
         environments and at p_e = 0.9.",
    ),
    (
        "insufficient",
        "Less data",
        "The same question with the first half and the first quarter of each training environment's \
         25,000 images.",
    ),
    (
        "two-spurious",
        "Two spurious features",
        "The same question where, beside the colour, a patch at one of two places predicts the label, \
         with the same p_e.",
    ),
    (
        "ablation",
        "Ablation of meta-IRM",
        "What meta-IRM reaches without its standard-deviation loss, without second derivatives, and \
         with the same environment in the inner and the outer step.",
    ),
];

/// The table of which `table` is a variant: one of the paper's, or of any where the name says honest selection.
pub fn base(table: &str) -> Option<&str> {
    match TABLES.iter().any(|(name, ..)| *name == table) {
        true => None,
        false => counterpart(table).or_else(|| variant_of(table, TABLES.map(|(name, ..)| name))),
    }
}

/// The place of `table`: the paper's tables in the paper's order, then all others by name; variants directly after the table
/// that they belong to.
pub fn place(table: &str) -> (usize, &str, bool) {
    let other = base(table);
    let base = other.unwrap_or(table);
    let place = TABLES.iter().position(|(name, ..)| *name == base);
    (place.unwrap_or(TABLES.len()), base, other.is_some())
}

/// The heading of `table`.
pub fn heading(table: &str) -> String {
    heading_and_sentence(table).0
}

/// The heading of `table` and a sentence of what it shows.
pub fn heading_and_sentence(table: &str) -> (String, String) {
    if let Some(base) = counterpart(table) {
        return (
            format!("Honest selection ({table})"),
            format!(
                "The objectives of {base} once more, with hyper-parameters chosen by a rule that never \
                 sees a p_e above those of training. Beside them are the numbers published for {base}, \
                 for information: no cell here is judged or counted."
            ),
        );
    }
    if let Some(base) = base(table) {
        return (
            format!("Other settings ({table})"),
            format!(
                "The rows of {base} once more, with other settings. Beside them are the numbers published for {base}, for \
                 information: no cell here is judged or counted."
            ),
        );
    }
    match TABLES.iter().find(|(name, ..)| *name == table) {
        Some((_, heading, sentence)) => (format!("{heading} ({table})"), (*sentence).to_owned()),
        None => (
            table.to_owned(),
            format!("The scores whose experiment is {table}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_order_with_honest_tables_beside_theirs() {
        let mut tables = [
            "mine-honest",
            "ablation-sgd",
            "ablation",
            "cmnist-honest",
            "mine",
            "multiclass",
            "cmnist",
            "also-mine",
        ];
        tables.sort_by_key(|table| place(table));
        assert_eq!(
            tables,
            [
                "cmnist",
                "cmnist-honest",
                "multiclass",
                "ablation",
                "ablation-sgd",
                "also-mine",
                "mine",
                "mine-honest"
            ]
        );
    }

    #[test]
    fn every_table_of_the_reference_is_known() {
        let reference = include_str!("../../../../fixtures/reference.csv");
        for line in reference.lines().skip(1) {
            let table = line.split(',').next().unwrap();
            assert!(place(table).0 < TABLES.len(), "{table}");
        }
    }
}
