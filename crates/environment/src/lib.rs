//! Colored MNIST environments: made from IDX files, kept as safetensors.
//!
//! [`make()`] builds one from a pair of files, [`LabelledImages`], and a [`Recipe`]; [`Environment`] reads one back,
//! or any safetensors file with `images` or `inputs`, and `labels`.

mod draws;
mod environment;
mod environment_file;
mod facts;
mod gzip;
mod idx;
mod inputs;
mod labelled_images;
mod labels;
mod make;
mod recipe;
mod source_rows;

pub use draws::{RowShuffles, Stream, other_environment, rng};
pub use environment::Environment;
pub use environment_file::{EnvironmentFile, Stored};
pub use facts::Facts;
pub use inputs::{InputKind, Inputs};
pub use labelled_images::LabelledImages;
pub use make::{Made, make};
pub use recipe::{Part, Recipe, Split};
pub use source_rows::SourceRows;
