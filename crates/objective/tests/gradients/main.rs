//! The gradient of every objective, against finite differences and against candle's autograd.

mod autograd;
mod engines;
mod finite_differences;
mod problem;
