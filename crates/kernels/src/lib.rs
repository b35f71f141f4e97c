//! What touches the machine itself: matrix products at its speed, and threads. All `unsafe` code of the
//! project is in this crate, behind safe functions that check what they rely on.
//!
//! [`Arithmetic`] is what an engine asks for. [`F32`] is f32, through the gemm crate and [`Sparse`]. [`Bf16`] is bf16 with
//! sums in f32, on CPUs that multiply it: through AMX's tiles where the CPU has them and the system (Linux)
//! lets the process use them, else through AVX-512's instruction. Both round operands alike and differ in
//! the order of sums. Except on tiles, pixels are multiplied only where they are not zero.

// Elsewhere the bf16 kernels are types without a value, and what they would use is unused.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]

mod aligned;
mod arithmetic;
mod bf16;
mod bits;
mod entries;
mod f32;
mod kernel;
mod peak;
mod threads;
mod width;

pub use aligned::{Floats, stride};
pub use arithmetic::{Arithmetic, F32x16, Left, OverRows};
pub use bf16::{Bf16, Bytes, Mask, Pairs, Panels, Rows};
pub use bits::Bits;
pub use f32::{F32, Matrix, Sparse, Weights};
pub use kernel::{Kernel, KernelVisitor};
pub use peak::BareInstruction;
pub use threads::use_threads;
pub use width::at_full_width;
