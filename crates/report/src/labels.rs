//! What rows are called.

use evidence::RowKey;
use objective::printed_name;

use crate::notation::{thousands, vary, visible};

/// What each of the rows `keys` of one table or figure is called: the printed name of its objective, or its own name where
/// the former would not tell it from another row. Number of classes and rows per environment stand beside it.
pub fn labels(keys: &[&RowKey]) -> Vec<String> {
    let label = |key: &&RowKey| {
        let alike = keys.iter().filter(|other| look_alike(key, other)).count();
        let by_name = key.objective.is_empty() || alike > 1 && !key.name.is_empty();
        visible(&match by_name {
            true => key.name.clone(),
            false => printed_name(&key.objective).to_string(),
        })
    };
    keys.iter().map(label).collect()
}

/// In which numbers the rows of one table or figure differ.
#[derive(Clone, Copy)]
pub struct Differ {
    classes: bool,
    n_per_env: bool,
}

impl Differ {
    /// Of the rows `keys`.
    pub fn of(keys: &[&RowKey]) -> Self {
        Self {
            classes: vary(keys.iter().map(|key| key.classes)),
            n_per_env: vary(keys.iter().map(|key| key.n_per_env)),
        }
    }

    /// What `key` has of these numbers, in words.
    pub fn words(self, key: &RowKey) -> Vec<String> {
        let classes = self.classes.then(|| format!("{} classes", key.classes));
        let images = self.n_per_env.then(|| match key.n_per_env {
            Some(images) => format!("{} images", thousands(images)),
            None => "unequal numbers of images".to_owned(),
        });
        classes.into_iter().chain(images).collect()
    }
}

/// Whether both would be the same line of a table. A row without n_per_env may be of any.
fn look_alike(one: &RowKey, other: &RowKey) -> bool {
    let sizes = one.n_per_env.zip(other.n_per_env);
    printed_name(&one.objective) == printed_name(&other.objective)
        && one.classes == other.classes
        && sizes.is_none_or(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_differs_and_nothing_else() {
        let (one, other) = (key("", "erm", Some(25_000)), key("", "erm", None));
        let words = |keys: &[&RowKey]| Differ::of(keys).words(keys[0]);
        assert_eq!(words(&[&one, &one]), [""; 0]);
        assert_eq!(words(&[&one, &other]), ["25,000 images"]);
        assert_eq!(words(&[&other, &one]), ["unequal numbers of images"]);
        let five = RowKey {
            classes: 5,
            ..one.clone()
        };
        assert_eq!(words(&[&five, &one]), ["5 classes"]);
    }

    fn key(name: &str, objective: &str, n_per_env: Option<usize>) -> RowKey {
        RowKey {
            name: name.into(),
            objective: objective.into(),
            classes: 2,
            n_per_env,
        }
    }

    #[test]
    fn a_rows_own_name_stands_where_the_objective_is_ambiguous() {
        for (keys, expected) in [
            (vec![key("wide", "v-rex", Some(9))], vec!["V-REx"]),
            (
                vec![
                    key("wide", "v-rex", Some(9)),
                    key("v-rex", "v-rex", Some(9)),
                ],
                vec!["wide", "v-rex"],
            ),
            (
                vec![key("n9", "v-rex", Some(9)), key("n8", "v-rex", Some(8))],
                vec!["V-REx", "V-REx"],
            ),
            (
                vec![key("", "erm", Some(9)), key("PyTorch | ERM\n", "erm", None)],
                vec!["ERM", "PyTorch | ERM\u{fffd}"],
            ),
            (vec![key("mine", "", None)], vec!["mine"]),
        ] {
            let keys: Vec<&RowKey> = keys.iter().collect();
            assert_eq!(labels(&keys), expected);
        }
    }
}
