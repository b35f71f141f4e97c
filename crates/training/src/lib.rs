//! The optimisers, the training loop with its log, and what a checkpoint remembers of its run.

mod log;
mod optimizer;
mod provenance;
mod state;
mod train_loop;

pub use log::{Log, rows_before};
pub use optimizer::{Adam, Optimizer, OptimizerSettings, Sgd};
pub use provenance::{EnvironmentUsed, Provenance};
pub use state::{State, StateProvenance, device_name};
pub use train_loop::{Diverged, LrChange, RunSettings, Step, resume, train};
