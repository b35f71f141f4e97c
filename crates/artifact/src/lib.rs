//! What every stage of the pipeline shares and none of them is about: files that are written whole
//! or not at all, safetensors files that carry their provenance, the memory that may be taken, and the frame of a binary with
//! the numbers of its flags.

mod atomic_write;
mod binary;
mod duplicates;
mod flags;
mod input;
mod memory;
mod output;
mod signals;
mod standard_output;
mod stream;
mod tensors;
mod tensors_on_disk;
mod text;

pub use binary::{refuse_terminal, run, run_with_codes, say};
pub use flags::{gibibytes, nonnegative, positive, probability, whole};
pub use input::{display_name, open, read, sha256};
pub use memory::{MemoryNeed, check_memory, limit_memory};
pub use output::{check_output, check_outputs, is_stdout, same_file, write};
pub use standard_output::{CANNOT_WRITE, check_standard_output};
pub use stream::{Stream, partial_path, stream};
pub use tensors::{Header, NamedTensor, TensorFile, encode};
pub use tensors_on_disk::TensorsOnDisk;
pub use text::{clipped, listed, visible};

/// Stands for standard input or standard output wherever a file is named.
pub const DASH: &str = "-";
