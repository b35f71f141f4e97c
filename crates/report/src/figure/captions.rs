//! What figures say: who a line is, and over how many seeds.

use std::collections::BTreeSet;

use evidence::{RowKey, training_domain_selection};

use crate::labels::{self, Differ};
use crate::notation::{alternatives, vary};

/// What the small dots are.
pub const SEEDS: &str = "Small dots, moved aside: single seeds.";

/// What the hollow markers are.
pub const PUBLISHED: &str =
    "Hollow markers, moved aside: published means; their bars: the published ±.";

/// The same of `experiment`, which may have those of the experiment that it belongs to.
pub fn published(experiment: &str) -> String {
    match training_domain_selection::counterpart(experiment) {
        Some(of) => format!("{} They are {of}'s.", PUBLISHED),
        None => PUBLISHED.to_owned(),
    }
}

/// Labels of lines for `rows`, with what they differ in, and the numbers of seeds where these
/// differ, which are those of each row's points.
pub fn labels(rows: &[(&RowKey, BTreeSet<usize>)]) -> Vec<String> {
    let counts_differ = vary(rows.iter().map(|(_, counts)| counts));
    let keys: Vec<&RowKey> = rows.iter().map(|(key, _)| *key).collect();
    let differ = Differ::of(&keys);
    rows.iter()
        .zip(labels::labels(&keys))
        .map(|((key, counts), mut label)| {
            for words in differ.words(key) {
                label += &format!(", {words}");
            }
            if counts_differ {
                label += &format!(" (n = {})", alternatives(counts));
            }
            label
        })
        .collect()
}

/// Says what the lines and `marks`, such as "bands", are, where the points have these numbers of
/// `what`, such as "seed".
pub fn deviation(marks: &str, what: &str, counts: &BTreeSet<usize>) -> String {
    let n = alternatives(counts);
    let many = counts.iter().any(|&count| count > 1);
    if !many {
        return format!("n = {n} {what}: the deviation is unknown and not shown.");
    }
    let exception = if counts.contains(&1) {
        ", none where n = 1"
    } else {
        ""
    };
    format!("Mean over n = {n} {what}s; {marks}: ± one sample standard deviation{exception}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_differs_and_nothing_else() {
        let key = |classes, n_per_env| RowKey {
            name: String::new(),
            objective: "erm".into(),
            classes,
            n_per_env: Some(n_per_env),
        };
        let (a, b) = (key(2, 25_000), key(5, 12_500));
        let of = |key, counts: &[usize]| (key, counts.iter().copied().collect());
        assert_eq!(labels(&[of(&a, &[3])]), ["ERM"]);
        assert_eq!(
            labels(&[of(&a, &[3]), of(&b, &[1, 3])]),
            [
                "ERM, 2 classes, 25,000 images (n = 3)",
                "ERM, 5 classes, 12,500 images (n = 1 or 3)"
            ]
        );
    }

    #[test]
    fn one_seed_has_no_deviation() {
        let say = |counts: &[usize]| deviation("bands", "seed", &counts.iter().copied().collect());
        assert_eq!(
            say(&[1]),
            "n = 1 seed: the deviation is unknown and not shown."
        );
        assert_eq!(
            say(&[1, 3]),
            "Mean over n = 1 or 3 seeds; bands: ± one sample standard deviation, none where n = 1."
        );
    }
}
