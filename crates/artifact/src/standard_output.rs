//! Standard output whose errors are told.
//!
//! std takes a write to a standard output that is open for reading only for done. Whoever wrote `1<file` would lose the
//! result in silence.
//!
//! A standard output that was closed (`>&-`) is not noticed. std opens `/dev/null` in its place before `main`, for reading and
//! writing. A shell's `>/dev/null` is for writing only, so the flags of the file seem to tell the two apart. They do not:
//! Python's `subprocess.DEVNULL` and the daemons that call daemon(3) give a program a `/dev/null` that is open for both.
//! Nothing else is left that differs, and what looks before std does would be unsafe code.

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
