//! The program `plan`, which is the library of that name.

use std::process::ExitCode;

fn main() -> ExitCode {
    plan::main()
}
