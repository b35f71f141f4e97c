//! What touches the CPU and the GPU: matrix products at their speed, and threads. All `unsafe` code of the
//! project is in this crate, behind safe functions that check what they rely on.
//!
//! [`Arithmetic`] is what an engine asks for, and [`Kernel`] lists what implements it:
//!
//! | kernel | operands | needs | multiplies |
//! | --- | --- | --- | --- |
//! | [`F32`] | f32 | any CPU | through the gemm crate; pixels where they are not zero |
//! | `Avx512Bf16` | bf16, sums in f32 | x86-64 with AVX-512 BF16 | AVX-512's instruction; pixels where they are not zero |
//! | `Amx` | bf16, sums in f32 | that, AMX and Linux | on AMX's tiles |
//!
//! Both bf16 kernels round operands alike and differ in the order of sums. Each kernel has operands of its own types, so one
//! kernel's do not fit another:
//!
//! ```compile_fail
//! use kernels::{Amx, Arithmetic, Avx512Bf16, Left};
//!
//! fn product(amx: Amx, other: Avx512Bf16) {
//!     let (block, right) = (amx.block(2, 3), other.right(&[1.0; 6], 3, 2, false));
//!     amx.multiply(Left::Block(&block), 0..2, &right, &mut [0.0; 32], false);
//! }
//! ```
//!
//! ```compile_fail
//! use kernels::{Amx, Arithmetic, Avx512Bf16, Left, RightOfTransposed};
//!
//! fn product(amx: Amx, other: Avx512Bf16) {
//!     let (left, rows) = (amx.block(2, 3), other.vnni(2, 3));
//!     let right = RightOfTransposed::Vnni(&rows);
//!     amx.multiply_transposed(Left::Block(&left), right, &mut [0.0; 48], false);
//! }
//! ```
//!
//! ```compile_fail
//! use kernels::{Amx, Arithmetic, Avx512Bf16, Left, RightOfTransposed};
//!
//! fn product(avx512: Avx512Bf16, other: Amx) {
//!     let (left, rows) = (avx512.block(2, 3), other.vnni(2, 3));
//!     let right = RightOfTransposed::Vnni(&rows);
//!     avx512.multiply_transposed(Left::Block(&left), right, &mut [0.0; 48], false);
//! }
//! ```

mod aligned;
mod arithmetic;
#[cfg(target_arch = "x86_64")]
mod bf16;
mod bit_matrix;
#[cfg(feature = "cuda")]
pub mod cuda;
mod entries;
mod f32;
mod full_width;
mod kernel;
mod threads;

pub use aligned::{AlignedF32, stride};
pub use arithmetic::{Arithmetic, F32x16, Left, RightOfTransposed};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub use bf16::{Amx, AmxBytes, AmxMask, AmxRows};
#[cfg(target_arch = "x86_64")]
pub use bf16::{Avx512Bf16, Avx512Weights, Bf16Matrix, Bf16x16, Panels, SparseBytes};
pub use bit_matrix::BitMatrix;
pub use f32::{F32, Matrix, Sparse, Weights};
pub use full_width::at_full_width;
pub use kernel::{Kernel, KernelVisitor};
pub use threads::use_threads;
