//! Scores of checkpoints on environments, one CSV row each.

mod row;

pub use row::{
    Row, Rows, check_environment_name, check_header, columns, decimal, line_and_field, read_rows,
    write_rows,
};
