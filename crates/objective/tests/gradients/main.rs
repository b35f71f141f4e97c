//! The gradient of every objective, against finite differences and against candle's autograd.

mod autograd;
mod finite_differences;
mod problem;
