//! Experiments that hold the rows of another one once more, with other settings.
//!
//! The name says it: `X-…` is a variant of X. It is compared with the numbers published for X, but its verdicts count
//! nowhere: X's own rows are the ones that are to agree with them. [`crate::training_domain_selection`] makes one kind of
//! variant.

/// That of `names` of which `experiment` is a variant; of several, the longest.
///
/// ```
/// use evidence::variant::variant_of;
///
/// let published = ["ablation", "two-spurious"];
/// assert_eq!(variant_of("ablation-sgd", published), Some("ablation"));
/// assert_eq!(variant_of("two-spurious", published), None);
/// ```
pub fn variant_of<'a>(
    experiment: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let begins = |name: &&str| {
        let rest = experiment.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('-') && rest.len() > 1)
    };
    names
        .into_iter()
        .filter(begins)
        .max_by_key(|name| name.len())
}

#[cfg(test)]
mod tests {
    use super::variant_of;

    #[test]
    fn the_longest_name_that_it_begins_with() {
        let names = ["two", "two-spurious", "cmnist"];
        assert_eq!(variant_of("two-spurious-wide", names), Some("two-spurious"));
        assert_eq!(variant_of("two-spurious", names), Some("two"));
        assert_eq!(variant_of("cmnist-honest", names), Some("cmnist"));
        for other in ["cmnist", "cmnist-", "cmnists", "mine", ""] {
            assert_eq!(variant_of(other, names), None, "{other}");
        }
    }
}
