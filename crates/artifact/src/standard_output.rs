//! Standard output whose errors are told.
//!
//! std takes a write to a standard output that is open for reading only for done. Whoever wrote `1<file` would lose the
//! result in silence. (A standard output that was closed is replaced by `/dev/null` before `main`, so it cannot be told
//! from one that was sent there.)

use std::io::{self, Write};

/// Standard output, unbuffered.
pub struct StandardOutput;

#[cfg(unix)]
impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
