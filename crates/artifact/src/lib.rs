//! What every stage of the pipeline shares and none of them is about: files that are written whole
//! or not at all, safetensors files that carry their provenance, and the frame of a binary with the
//! numbers of its flags.

mod atomic_write;
mod binary;
mod duplicates;
mod file;
mod flags;
mod tensors;

pub use binary::{refuse_terminal, run, run_with_codes, say};
pub use file::{
    Stream, check_output, display_name, is_stdout, partial_path, read, same_file, sha256, stream,
    write,
};
pub use flags::{nonnegative, positive, probability, whole};
pub use tensors::{NamedTensor, TensorFile, encode};

/// Stands for standard input or standard output wherever a file is named.
pub const DASH: &str = "-";
