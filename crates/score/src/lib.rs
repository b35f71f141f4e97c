//! Scores of checkpoints on environments, one CSV row each.

mod row;

pub use row::{Row, read_rows, write_rows};
