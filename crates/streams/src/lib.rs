//! Whether standard output was open when the program was started.
//!
//! A shell's `>&-` closes it. Rust's runtime opens `/dev/null` in its place before `main`, for reading and writing, so that no
//! other file gets its number. From then on nothing differs from a `/dev/null` that a caller chose, such as Python's
//! `subprocess.DEVNULL`, and what is written is lost. So this crate looks before the runtime does.

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        // SAFETY: Rust's runtime is not there yet. This makes one system call, and stores a number in an atomic.
        #[ctor(unsafe)]
        fn look() {
            let is_closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
            STDOUT_WAS_CLOSED.store(is_closed, Ordering::Relaxed);
        }
    }

    pub fn stdout_was_closed() -> bool {
        STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
    }
}

/// Whether standard output was closed when the program was started. What is written to it is lost, though each write seems to
/// go well.
pub fn stdout_was_closed() -> bool {
    #[cfg(unix)]
    return unix::stdout_was_closed();
    #[cfg(not(unix))]
    false
}
