//! Tables of honest selection.
//!
//! A table `X-honest` holds the objectives of the table X once more, with hyper-parameters chosen by
//! a rule that never sees a p_e above those of training. It is compared with the numbers published
//! for X, but its verdicts count nowhere: nobody published numbers selected so.

const SUFFIX: &str = "-honest";

/// The table X where `table` is named `X-honest`.
pub fn counterpart(table: &str) -> Option<&str> {
    table.strip_suffix(SUFFIX).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::counterpart;

    #[test]
    fn by_the_suffix() {
        assert_eq!(counterpart("cmnist-honest"), Some("cmnist"));
        assert_eq!(counterpart("cmnist"), None);
        assert_eq!(counterpart("-honest"), None);
    }
}
