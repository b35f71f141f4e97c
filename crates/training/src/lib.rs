//! The optimiser, the training loop with its log, and what a checkpoint remembers of its run.

mod log;
mod optimizer;
mod provenance;
mod train_loop;

pub use log::Log;
pub use optimizer::Adam;
pub use provenance::{EnvironmentUsed, Provenance};
pub use train_loop::{Diverged, Settings, Step, train};
