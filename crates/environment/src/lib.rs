//! Colored MNIST environments: made from IDX files, kept as safetensors.
//!
//! [`make()`] builds one from a [`Source`] of digits and a [`Recipe`]; [`Environment`] reads one back,
//! or any safetensors file with `images` and `labels`.

mod draws;
mod environment;
mod idx;
mod make;
mod recipe;
mod source;

pub use draws::{Stream, rng};
pub use environment::Environment;
pub use make::{Made, make};
pub use recipe::{Part, Recipe, Split};
pub use source::Source;
