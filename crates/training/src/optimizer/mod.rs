//! The optimisers: what turns a gradient into the next parameters. There is one, Adam.
//!
//! An optimiser owns its state and has one method, `update(&mut self, theta, gradient) -> Result<Parameters>`. A second
//! one is a file here and a choice in [`train`](crate::train).

mod adam;

pub use adam::Adam;
