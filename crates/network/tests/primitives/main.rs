//! The engines' three primitives: the reference against oracles, the others against the reference.

mod fused;
mod problem;
mod reference;
mod refusals;
mod rounded;
