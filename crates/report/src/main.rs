//! The program `report`, which is the library of that name.

use std::process::ExitCode;

fn main() -> ExitCode {
    report::main()
}
