//! Every arithmetic that this CPU has: products against naive ones in f64, on awkward sizes, and what they are made of.

#[macro_use]
mod each;
mod common;
mod long;
mod products;
mod refusals;
mod rows;
