//! The frame of a binary: one line on stderr for an error, and quiet when a pipe closes.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, ensure};

/// Runs the `main` of the binary `name` and turns what it returns into an exit code.
///
/// An error is printed as one line, outermost context first, with exit code 1 (clap itself ends
/// with 2 on a usage error). A reader that went away, as `head` does, is no error.
pub fn run(name: &str, main: impl FnOnce() -> Result<()>) -> ExitCode {
    match main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let line = format!("{error:#}").replace('\n', " ");
            eprintln!("{name}: {line}");
            ExitCode::FAILURE
        }
    }
}

fn closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Refuses to write binary data to a terminal: for an output of `-` where stdout is one.
///
/// # Errors
/// Says what to do instead.
pub fn refuse_terminal(output: &Path) -> Result<()> {
    ensure!(
        output != Path::new(crate::DASH) || !io::stdout().is_terminal(),
        "the output is binary and stdout is a terminal; name a file with -o, or pipe it on"
    );
    Ok(())
}
