//! Experiments of training-domain selection (Gulrajani and Lopez-Paz 2021), which the page calls honest selection.
//!
//! An experiment `X-honest` holds the objectives of the experiment X once more. Its hyper-parameters are chosen by a
//! rule that never sees a p_e above those of training. It is compared with the numbers published for X, but its
//! verdicts count nowhere: nobody published numbers selected so.

const SUFFIX: &str = "-honest";

/// The experiment X where `experiment` is named `X-honest`.
pub fn counterpart(experiment: &str) -> Option<&str> {
    experiment
        .strip_suffix(SUFFIX)
        .filter(|name| !name.is_empty())
}

/// The name of the experiment that holds the objectives of `experiment` under training-domain selection.
pub fn of(experiment: &str) -> String {
    format!("{experiment}{SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::counterpart;

    #[test]
    fn by_the_suffix() {
        assert_eq!(counterpart("cmnist-honest"), Some("cmnist"));
        assert_eq!(counterpart(&super::of("cmnist")), Some("cmnist"));
        assert_eq!(counterpart("cmnist"), None);
        assert_eq!(counterpart("-honest"), None);
    }
}
