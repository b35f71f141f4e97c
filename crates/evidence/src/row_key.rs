//! What one row of a table is about.

use std::fmt;

/// What the scores of a row have in common: the row's own name, and an objective that was trained on environments of one
/// kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The row's own name, which tells settings of one objective apart; empty where it has none.
    pub name: String,
    /// Objective by its own name, such as `meta-irm-no-std`; empty where only the row's name is known.
    pub objective: String,
    /// Number of classes k.
    pub classes: usize,
    /// Rows of one training environment; `None` where they differ, or are not known.
    pub n_per_env: Option<usize>,
}

impl RowKey {
    /// Whether both are of one objective and kind of environments, whatever their names.
    pub fn is_of_one_kind_with(&self, other: &Self) -> bool {
        (&self.objective, self.classes, self.n_per_env)
            == (&other.objective, other.classes, other.n_per_env)
    }
}

/// Those of `keys` that are meant by `name`: the rows that are called so, or where there are none, those of that objective.
pub fn meant<'a>(name: &str, keys: impl IntoIterator<Item = &'a RowKey>) -> Vec<&'a RowKey> {
    let keys: Vec<&RowKey> = keys.into_iter().collect();
    let by = |named: fn(&RowKey) -> &str| -> Vec<&RowKey> {
        let fitting = keys.iter().filter(|key| named(key) == name);
        fitting.copied().collect()
    };
    let called = by(|key| &key.name);
    match called.is_empty() {
        true => by(|key| &key.objective),
        false => called,
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let words = match (&*self.name, &*self.objective) {
            (name, objective) if name == objective || name.is_empty() => objective.to_owned(),
            (name, "") => name.to_owned(),
            (name, objective) => format!("{name}, {objective}"),
        };
        write!(f, "{words} (classes {}, ", self.classes)?;
        match self.n_per_env {
            Some(rows) => write!(f, "n_per_env {rows})"),
            None => f.write_str("no n_per_env)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_where_it_tells_more_than_the_objective() {
        let written = |name: &str, objective: &str| {
            let key = RowKey {
                name: name.into(),
                objective: objective.into(),
                classes: 2,
                n_per_env: None,
            };
            key.to_string()
        };
        for (name, objective, words) in [
            ("", "erm", "erm"),
            ("erm", "erm", "erm"),
            ("wide", "erm", "wide, erm"),
            ("mine", "", "mine"),
        ] {
            let expected = format!("{words} (classes 2, no n_per_env)");
            assert_eq!(written(name, objective), expected);
        }
    }
}
