//! What touches the machine itself. All `unsafe` code of the project is in this crate, behind safe
//! functions that check what they rely on.

mod threads;

pub use threads::use_threads;
