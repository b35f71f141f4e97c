//! The multi-layer perceptron in → h → … → h → out with ReLU, and the three primitives that every
//! objective is built from: logits, pullback and Hessian-vector product.

mod checkpoint;
#[cfg(feature = "cuda")]
mod cuda_engine;
mod engine;
mod fused;
mod held;
mod in_order;
mod parameters;
mod plain;
mod precision;
mod risk;
mod rows;
mod shape;

pub use checkpoint::{Checkpoint, load, save};
#[cfg(feature = "cuda")]
pub use cuda_engine::{CudaEngine, CudaTrace};
pub use engine::{Engine, Pass};
pub use fused::{Fused, FusedTrace};
pub use parameters::{Layer, Parameters, scalars};
pub use plain::{Plain, PlainTrace};
pub use precision::Precision;
pub use risk::Targets;
pub use rows::{Group, RowOrder};
pub use shape::Shape;
