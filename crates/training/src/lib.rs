//! Adam, the training loop, and what a checkpoint remembers of its run.

mod adam;
mod descent;
mod log;
mod run;

pub use adam::Adam;
pub use descent::{Settings, Step, train};
pub use log::Log;
pub use run::{EnvironmentUsed, Run};
