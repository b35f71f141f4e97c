//! Usage errors that clap alone cannot see.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::scores;

/// Ends with `message` and the usage of the subcommand that `path` leads to, for flags that
/// contradict each other.
pub fn conflict(path: &[&str], message: &str) -> ! {
    let mut command = crate::Arguments::command();
    // So that the usage shown is that of the subcommand, with what comes before it.
    command.build();
    let mut command = &mut command;
    for name in path {
        command = command
            .find_subcommand_mut(name)
            .expect("a subcommand of report");
    }
    command.error(ErrorKind::ArgumentConflict, message).exit()
}

/// Ends with a usage error where standard input would have to be two of the files.
pub fn one_stdin(path: &[&str], reference: Option<&Path>, files: &[PathBuf]) {
    let reads = scores::reads_of_stdin(files);
    if reads > 0 && reference == Some(Path::new(artifact::DASH)) {
        conflict(
            path,
            "standard input cannot be both the reference and the scores; name a file for one of them",
        );
    }
    if reads > 1 {
        conflict(path, "only one file can be read from standard input");
    }
}
