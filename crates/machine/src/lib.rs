//! What touches the machine itself: matrix products at its speed, and threads. All `unsafe` code of the
//! project is in this crate, behind safe functions that check what they rely on.

mod arithmetic;
mod half;
mod single;
mod threads;
mod width;

pub use arithmetic::Arithmetic;
pub use half::{Half, Panels, Rows};
pub use single::{Matrix, Single};
pub use threads::use_threads;
pub use width::at_full_width;
