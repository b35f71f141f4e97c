//! Usage errors that clap alone cannot see.

use std::fmt;

/// Flags of a subcommand that contradict each other. `main` prints it as clap prints its own.
#[derive(Debug)]
pub struct UsageError {
    /// The names that lead to the subcommand, such as `figure`, `data`.
    pub subcommand: Vec<&'static str>,
    message: String,
}

/// What is wrong with the flags of the `subcommand`.
pub fn conflict(subcommand: &[&'static str], message: impl Into<String>) -> UsageError {
    UsageError {
        subcommand: subcommand.to_vec(),
        message: message.into(),
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UsageError {}
