//! Colored MNIST environments: made from IDX files, kept as safetensors.
//!
//! [`make()`] builds one from a pair of files, [`LabelledImages`], and a [`Recipe`]; [`Environment`] reads one back,
//! or any safetensors file with `images` and `labels`.

mod draws;
mod environment;
mod gzip;
mod idx;
mod labelled_images;
mod make;
mod recipe;

pub use draws::{Stream, rng};
pub use environment::Environment;
pub use labelled_images::LabelledImages;
pub use make::{Made, make};
pub use recipe::{Part, Recipe, Split};
