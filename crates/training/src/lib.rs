//! The optimiser, the training loop with its log, and what a checkpoint remembers of its run.

mod log;
mod optimizer;
mod provenance;
mod state;
mod train_loop;

pub use log::{Log, rows_before};
pub use optimizer::Adam;
pub use provenance::{EnvironmentUsed, Provenance};
pub use state::{State, StateProvenance, device_name};
pub use train_loop::{Diverged, Settings, Step, resume, train};
