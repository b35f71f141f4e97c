//! bf16 products with sums in f32, on x86-64 CPUs that multiply bf16. Two kernels round operands alike and differ in the
//! order of sums: [`Avx512Bf16`], for every CPU with AVX-512 BF16, and [`Amx`], on the tiles that some of them have beside.
//!
//! # The VNNI layout
//!
//! Both kernels' instructions multiply pairs: acc[j] += a₀·b₀[j] + a₁·b₁[j], for two neighbouring entries a₀, a₁ of a row of
//! the left operand, which are k and k + 1 along the summed dimension, and 16 columns j. (AMX's does so for 16 pairs and 16
//! left rows at once.) So each operand is held as 32-bit pairs of bf16 along the summed dimension, the first of the two in
//! the low half. That is Intel's VNNI layout:
//!
//! - A left operand `[m, k]`, row by row, has it as it is: `[m][k/2]`, each pair two neighbours of a row.
//! - A right operand `[k, n]` has the entries of rows 2i and 2i + 1 side by side: `[k/2][n]`, each pair two neighbours of a
//!   column. An odd last row is paired with zeros.
//! - In a product that sums over rows both operands are pairs of neighbouring rows.
//!
//! Both instructions take denormal numbers for zero.

#[cfg(target_os = "linux")]
mod amx;
mod avx512;
mod convert;
mod matrix;
mod panels;
mod round;

#[cfg(target_os = "linux")]
pub use amx::{Amx, AmxBytes, AmxMask, AmxRows};
pub use avx512::{Avx512Bf16, SparseBytes, Weights as Avx512Weights};
pub use convert::Bf16x16;
pub use matrix::Bf16Matrix;
pub use panels::Panels;
