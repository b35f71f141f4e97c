//! The optimisers, minibatches, the training loop with its log, and what a checkpoint remembers of its run.

mod log;
mod minibatches;
mod optimizer;
mod provenance;
mod state;
mod train_loop;

pub use log::{Log, rows_before};
pub use minibatches::{AllRows, Minibatches, Rows};
pub use optimizer::{Adam, Optimizer, OptimizerSettings, Sgd};
pub use provenance::{EnvironmentUsed, Provenance};
pub use state::{State, StateProvenance, device_name};
pub use train_loop::{Diverged, LrChange, RunSettings, Step, resume, train};
