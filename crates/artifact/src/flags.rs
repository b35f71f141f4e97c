//! Numbers on a command line, refused in words that say what was expected.

use std::num::NonZeroUsize;
use std::str::FromStr;

/// A whole number of 0 or more, for a type that holds no other.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn whole<Number: FromStr>(text: &str) -> Result<Number, String> {
    let expected = |_| "expected a whole number of 0 or more".to_owned();
    text.parse().map_err(expected)
}

/// A whole number of 1 or more.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn positive(text: &str) -> Result<NonZeroUsize, String> {
    let expected = |_| "expected a whole number of 1 or more".to_owned();
    text.parse().map_err(expected)
}
