//! What touches the machine itself: matrix products at its speed, and threads. All `unsafe` code of the
//! project is in this crate, behind safe functions that check what they rely on.
//!
//! [`Arithmetic`] is what an engine asks for. [`Single`] is f32, through the gemm crate and [`Sparse`]. [`Half`] is bf16 with
//! sums in f32, on CPUs that multiply it: through AMX's tiles where the CPU has them and the system (Linux)
//! lets the process use them, else through AVX-512's instruction. Both round operands alike and differ in
//! the order of sums. Except on tiles, pixels are multiplied only where they are not zero.

// Elsewhere the bf16 kernels are types without a value, and what they would use is unused.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

mod arithmetic;
mod bits;
#[cfg(feature = "cuda")]
pub mod cuda;
mod entries;
mod half;
mod lines;
mod peak;
mod single;
mod sparse;
mod threads;
mod width;

pub use arithmetic::{Arithmetic, Lanes, Left, OverRows};
pub use bits::Bits;
pub use half::{Bytes, Half, Mask, Pairs, Panels, Rows};
pub use lines::{Floats, stride};
pub use peak::BareInstruction;
pub use single::{Matrix, Single, Weights};
pub use sparse::Sparse;
pub use threads::use_threads;
pub use width::at_full_width;
