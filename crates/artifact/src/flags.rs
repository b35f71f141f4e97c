//! Numbers on a command line, refused in words that say what was expected.

use std::num::NonZeroUsize;

/// A whole number of 0 or more.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn whole<Number: TryFrom<u64>>(text: &str) -> Result<Number, String> {
    let expected = || format!("expected a whole number of 0 or more, at most {}", u64::MAX);
    let number = text.parse::<u64>().ok();
    number
        .and_then(|number| number.try_into().ok())
        .ok_or_else(expected)
}

/// A probability; a negative zero is zero.
///
/// # Errors
/// What was expected, where `text` is none.
pub fn probability(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        // NaN is in no range.
        .filter(|value| (0.0..=1.0).contains(value))
        .map(|value| value + 0.0)
        .ok_or_else(|| "expected a probability from 0 to 1".to_owned())
}

/// A finite number of 0 or more.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn nonnegative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("expected a finite number of 0 or more".to_owned()),
    }
}

/// A number of GiB above 0.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn gibibytes(text: &str) -> Result<f64, String> {
    nonnegative(text)
        .ok()
        .filter(|number| *number > 0.0)
        .ok_or_else(|| "expected a number of GiB above 0, such as 0.5 or 16".to_owned())
}

/// A whole number of 1 or more.
///
/// # Errors
/// What was expected, where `text` is no such number.
pub fn positive(text: &str) -> Result<NonZeroUsize, String> {
    let expected = |_| {
        format!(
            "expected a whole number of 1 or more, at most {}",
            usize::MAX
        )
    };
    text.parse().map_err(expected)
}
