//! The engines' three primitives: the candle engine against oracles, the others against the candle engine.

mod candle_engine;
mod fused_engine;
mod problem;
mod refusals;
mod rounded;
