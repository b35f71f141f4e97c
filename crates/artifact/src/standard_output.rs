//! Standard output whose errors are told.
//!
//! std takes a write to a standard output that is closed, or open for reading only, for done. Whoever wrote `>&-` or `1<file`
//! would lose the result in silence.

use std::io::{self, Write};

use anyhow::{Context, Result};

/// Standard output, unbuffered.
pub struct StandardOutput;

/// How an error about standard output begins.
pub const CANNOT_WRITE: &str = "cannot write to standard output";

/// Refuses a standard output that cannot be written: to be asked before the work that would be in vain.
///
/// # Errors
/// Says whether it is closed or open for reading only.
pub fn check_standard_output() -> Result<()> {
    is_open().and_then(|()| is_writable()).context(CANNOT_WRITE)
}

fn is_open() -> io::Result<()> {
    match streams::stdout_was_closed() {
        true => Err(io::Error::other(
            "it is closed; send it to a file or a pipe",
        )),
        false => Ok(()),
    }
}

#[cfg(unix)]
fn is_writable() -> io::Result<()> {
    use rustix::fs::OFlags;
    let flags = rustix::fs::fcntl_getfl(rustix::stdio::stdout())?;
    match flags & OFlags::ACCMODE == OFlags::RDONLY {
        true => Err(io::Error::other(
            "it is open for reading only; send it to a file or a pipe",
        )),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
fn is_writable() -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        is_open()?;
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
