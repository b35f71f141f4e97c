//! Scores of checkpoints on environments, one CSV row each.

mod csv_table;
mod row;

pub use csv_table::lines;
pub use row::{Row, Rows, check_environment_name, columns, decimal, read_rows, write_rows};
