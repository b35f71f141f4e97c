//! The frame of a binary: one line on stderr for an error, and quiet when a pipe closes.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::{clipped, is_stdout, visible};

/// Runs the `main` of the binary `name` and turns what it returns into an exit code.
///
/// An error is printed as one line, outermost context first, with exit code 1 (clap itself ends
/// with 2 on a usage error). A reader that went away, as `head` does, is no error.
pub fn run(name: &str, main: impl FnOnce() -> Result<()>) -> ExitCode {
    run_with_codes(name, main, |_| 1)
}

/// As [`run`], with the exit code that `code` has for an error.
pub fn run_with_codes(
    name: &str,
    main: impl FnOnce() -> Result<()>,
    code: impl FnOnce(&anyhow::Error) -> u8,
) -> ExitCode {
    crate::signals::ignore_file_size_limit();
    match main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(name, &format!("{error:#}"));
            code(&error).into()
        }
    }
}

/// In characters: a message may name files and fields of any length.
const LONGEST_MESSAGE: usize = 1500;

/// One line on stderr from the binary `name`. Where nobody can be told, nobody is: a warning must not cost the result.
pub fn say(name: &str, message: &str) {
    let line = clipped(&message.replace('\n', " "), LONGEST_MESSAGE);
    let _ = writeln!(io::stderr(), "{name}: {}", visible(&line));
}

fn closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Refuses to write binary data to a terminal: for an output to stdout where that is one.
///
/// # Errors
/// Says what to do instead.
pub fn refuse_terminal(output: &Path) -> Result<()> {
    ensure!(
        !is_stdout(output) || !io::stdout().is_terminal(),
        "the output is binary and stdout is a terminal; name a file with -o, or pipe it on"
    );
    Ok(())
}
