//! Man pages and shell completions, made from a program's own flags. `make install` asks each program for them.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::Shell;

/// The flag that asks for them. It stands alone with the folder, and not in the help, for it is of use to `make install` only.
const FLAG: &str = "--install-manual";

/// Where a shell looks for completions below the folder `share`, and what it calls the file.
const COMPLETIONS: [(Shell, &str, &str, &str); 3] = [
    (Shell::Bash, "bash-completion/completions", "", ""),
    (Shell::Zsh, "zsh/site-functions", "_", ""),
    (Shell::Fish, "fish/vendor_completions.d", "", ".fish"),
];

/// A program that a shell has a command of its own for. Completions would be those of the shell's command.
const SHELL_BUILTIN: &str = "eval";

/// Where the process was called as `PROGRAM --install-manual SHARE`: writes the man pages and completions of `command` below
/// the folder SHARE, and says how the process ends. Else nothing.
pub fn install_if_asked(command: Command) -> Option<ExitCode> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let [flag, share] = &arguments[..] else {
        return None;
    };
    if flag != FLAG {
        return None;
    }
    let name = command.get_name().to_owned();
    Some(artifact::run(&name, || install(command, Path::new(share))))
}

fn install(mut command: Command, share: &Path) -> Result<()> {
    let name = command.get_name().to_owned();
    let pages = share.join("man/man1");
    let refused = |path: &Path| format!("cannot write {}", path.display());
    fs::create_dir_all(&pages).with_context(|| refused(&pages))?;
    clap_mangen::generate_to(command.clone().disable_help_subcommand(true), &pages)
        .with_context(|| refused(&pages))?;
    if name == SHELL_BUILTIN {
        return Ok(());
    }
    for (shell, folder, before, after) in COMPLETIONS {
        let folder = share.join(folder);
        let path = folder.join(format!("{before}{name}{after}"));
        fs::create_dir_all(&folder).with_context(|| refused(&folder))?;
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, &name, &mut text);
        fs::write(&path, text).with_context(|| refused(&path))?;
    }
    Ok(())
}
