//! A program's command line: read, and described in man pages and shell completions. `make install` asks each program for these.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{self, ExitCode};

use anyhow::{Context, Result};
use clap::{ArgMatches, Command, FromArgMatches};
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

/// The command line of this process as `command` describes it, for a type that clap derives of it. Ends the process where it is
/// wrong or asks for help.
pub fn parse<Args: FromArgMatches>(mut command: Command) -> Args {
    let matches = matches(command.clone());
    let args = Args::from_arg_matches(&matches);
    args.unwrap_or_else(|error| error.format(&mut command).exit())
}

/// [`parse`], for whoever asks which flags were given.
pub fn matches(command: Command) -> ArgMatches {
    let name = command.get_name().to_owned();
    let matches = command.try_get_matches();
    matches.unwrap_or_else(|error| {
        // clap ends well though nobody can read its help. GNU's programs do not.
        if !error.use_stderr() {
            let printed = artifact::run(&name, || {
                artifact::check_standard_output()?;
                error.print().context(artifact::CANNOT_WRITE)
            });
            process::exit((printed != ExitCode::SUCCESS).into());
        }
        error.exit()
    })
}

fn install(mut command: Command, share: &Path) -> Result<()> {
    let name = command.get_name().to_owned();
    let pages = share.join("man/man1");
    let refused = |path: &Path| format!("cannot write {}", path.display());
    fs::create_dir_all(&pages).with_context(|| refused(&pages))?;
    // clap_mangen would fill the examples' lines, as if they were prose.
    let bare = without_notes(command.clone().disable_help_subcommand(true));
    clap_mangen::generate_to(bare, &pages).with_context(|| refused(&pages))?;
    append_notes(&command, &name, &pages)?;
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

/// `command` without the examples and notes that stand after its flags.
fn without_notes(command: Command) -> Command {
    command
        .after_long_help(None::<&'static str>)
        .mut_subcommands(without_notes)
}

/// Appends them to the page `name` of `command`, and to those of its subcommands.
fn append_notes(command: &Command, name: &str, pages: &Path) -> Result<()> {
    if let Some(notes) = command.get_after_long_help() {
        let path = pages.join(format!("{name}.1"));
        let page = fs::OpenOptions::new().append(true).open(&path);
        page.and_then(|mut page| page.write_all(roff(&notes.to_string()).as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    for subcommand in command.get_subcommands() {
        append_notes(
            subcommand,
            &format!("{name}-{}", subcommand.get_name()),
            pages,
        )?;
    }
    Ok(())
}

/// A section of a man page with the paragraphs of `notes`. Lines that are indented are examples and tables: they stay as
/// they are.
fn roff(notes: &str) -> String {
    let mut page = ".SH EXAMPLES AND NOTES\n".to_owned();
    let mut as_it_is = false;
    for line in notes.lines() {
        let indented = line.starts_with("  ");
        if indented && !as_it_is {
            page += ".nf\n";
        } else if as_it_is && !indented {
            page += ".fi\n";
        }
        as_it_is = indented;
        let line = line.replace('\\', "\\(rs").replace('-', "\\-");
        match line.is_empty() {
            true => page += ".PP\n",
            // A point or an apostrophe would begin a request.
            false => page += &format!("\\&{line}\n"),
        }
    }
    if as_it_is {
        page += ".fi\n";
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_keep_their_lines_and_prose_is_filled() {
        let notes = "Examples:\n  $ a --b \\\n      'c'\n\nMemory: much\n.more";
        let page = "\
.SH EXAMPLES AND NOTES
\\&Examples:
.nf
\\&  $ a \\-\\-b \\(rs
\\&      'c'
.fi
.PP
\\&Memory: much
\\&.more
";
        assert_eq!(roff(notes), page);
    }
}
