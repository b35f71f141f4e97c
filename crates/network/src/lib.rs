//! The multi-layer perceptron in → h → … → h → out with ReLU, and the three primitives that every
//! objective is built from: logits, pullback and Hessian-vector product.

mod blocked;
mod candle_engine;
mod checkpoint;
#[cfg(feature = "cuda")]
mod cuda_engine;
mod engine;
mod engine_kind;
mod fused_engine;
mod memory;
mod ordered_reduce;
mod parameters;
mod precision;
mod risk;
mod rows;
mod scale;
mod shape;

pub use candle_engine::{CandleEngine, CandleTrace};
pub use checkpoint::{Checkpoint, decode, decode_sets, load, save, save_sets};
#[cfg(feature = "cuda")]
pub use cuda_engine::{CudaEngine, CudaTrace};
pub use engine::{Engine, Pass};
pub use engine_kind::{EngineJob, EngineKind, EngineMaker};
pub use fused_engine::{FusedEngine, FusedTrace};
pub use memory::{Alive, memory_needs};
pub use parameters::{Layer, Parameters, scalars};
pub use precision::Precision;
pub use risk::Targets;
pub use rows::{Group, RowOrder};
pub use shape::Shape;
