//! Files and standard streams, which all binaries treat alike: here `report`, the quickest of them, and
//! `train`, which has the most to lose.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pipeline_tests::{
    Output, SCORES_HEADER, Scratch, assert_one_line_error, binaries, binary, fixture, mkenv, root,
    run, score_rows, succeed,
};

const TABLE: &str = "report table --experiment t";

/// A folder with the scores `s.csv`, two environments and, for one warning, `mixed.csv`.
fn files() -> Scratch {
    let scratch = Scratch::new();
    let scores = format!("{SCORES_HEADER}{}", score_rows("t", "erm", 2, 10, &[0.5]));
    scratch.file("s.csv", scores.as_bytes());
    let mixed = scores.replacen(",f32,", ",bf16,", 1);
    scratch.file("mixed.csv", mixed.as_bytes());
    for part in ["1", "2"] {
        let arguments = format!("--split train --part {part}/2 --p-e 0.2 --limit 10");
        succeed(mkenv(&arguments).arg("-o").arg(scratch.path(part)));
    }
    scratch
}

/// `script` in a shell in the folder, with the binaries on the PATH.
fn shell(scratch: &Scratch, script: &str) -> Output {
    let path = std::env::var("PATH").unwrap();
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", script])
        .current_dir(scratch.folder())
        .env("PATH", format!("{}:{path}", binaries().display()));
    run(&mut bash, b"")
}

#[test]
fn what_stands_on_stdout_is_kept_by_whatever_name_it_has() {
    let scratch = files();
    let table = shell(&scratch, &format!("{TABLE} s.csv")).text().to_owned();
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let script =
            format!("echo old >all; (echo first; {TABLE} s.csv -o {name}; echo last) >>all");
        let out = shell(&scratch, &script);
        assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
        let all = fs::read_to_string(scratch.path("all")).unwrap();
        assert_eq!(all, format!("old\nfirst\n{table}last\n"), "{name}");
    }
    // Another open file is added to, and a checkpoint shares stdout with nothing.
    let out = shell(
        &scratch,
        &format!("echo old >all; {TABLE} s.csv -o /dev/fd/3 3>>all"),
    );
    assert_eq!(out.code, 0, "{out}");
    let all = fs::read_to_string(scratch.path("all")).unwrap();
    assert_eq!(all, format!("old\n{table}"));
    let train = "train --objective erm --hidden 2 --steps 1";
    let both = shell(&scratch, &format!("{train} --log /dev/stdout 1"));
    assert_one_line_error(&both, 2, &["--log and --output are both"]);
}

#[test]
fn a_file_in_memory_is_replaced_like_any_other() {
    let scratch = files();
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        return; // There is none.
    };
    let table = shell(&scratch, &format!("{TABLE} s.csv")).text().to_owned();
    let out = memory.path().join("out");
    for _ in 0..2 {
        let script = format!("{TABLE} s.csv -o {}", out.display());
        assert_eq!(shell(&scratch, &script).code, 0);
        assert_eq!(fs::read_to_string(&out).unwrap(), table);
    }
}

#[test]
fn nobody_to_tell_costs_no_result_and_no_panic() {
    let scratch = files();
    let warned = shell(&scratch, &format!("{TABLE} mixed.csv"));
    assert!(
        warned.stderr.contains("scores of several precisions"),
        "{warned}"
    );
    let full = shell(&scratch, &format!("{TABLE} mixed.csv 2>/dev/full"));
    assert_eq!((full.code, full.text()), (0, warned.text()));
    let failed = shell(&scratch, &format!("{TABLE} none.csv 2>/dev/full"));
    assert_eq!(failed.code, 1, "{failed}");
}

#[test]
fn a_message_cannot_move_the_cursor() {
    let out = shell(&files(), &format!("{TABLE} $'a\\x1b[31mb\\rc\\nd'"));
    assert_one_line_error(&out, 1, &[r"cannot read a\u{1b}[31mb\rc d: No such file"]);
}

#[test]
fn an_input_is_no_output_by_way_of_stdin_either() {
    let scratch = files();
    let before = fs::read(scratch.path("s.csv")).unwrap();
    let out = shell(&scratch, &format!("{TABLE} -o s.csv - <s.csv"));
    assert_one_line_error(&out, 1, &["cannot write s.csv", "it is an input"]);
    assert_eq!(fs::read(scratch.path("s.csv")).unwrap(), before);
}

#[test]
fn what_could_not_be_written_is_not_trained_for() {
    let scratch = files();
    let before = scratch.names();
    let long = "n".repeat(250);
    for (output, says) in [
        ("new/".to_owned(), "it is a folder"),
        (format!("{long}123456"), "too long"),
        (format!("{long} --checkpoint-every 1"), "too long"),
    ] {
        let script = format!("train --objective erm --hidden 2 --steps 1 --log log 1 -o {output}");
        assert_one_line_error(&shell(&scratch, &script), 1, &["cannot write", says]);
    }
    assert_eq!(scratch.names(), before);
}

/// Some systems end a program that writes a file beyond the limit.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_leaves_nothing() {
    let scratch = files();
    let before = scratch.names();
    for command in [TABLE, "train --objective erm --hidden 64 --steps 1"] {
        let input = if command == TABLE { "s.csv" } else { "1" };
        // In blocks of 1024 bytes.
        let out = shell(&scratch, &format!("ulimit -f 1; {command} {input} -o out"));
        assert_one_line_error(&out, 1, &["cannot write out", "File too large"]);
        assert_eq!(scratch.names(), before);
    }
}

#[test]
fn a_file_that_is_replaced_keeps_who_may_read_it_and_one_that_may_not_be_written_stays() {
    let scratch = files();
    let target = scratch.file("out", b"old");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
    let out = shell(&scratch, &format!("{TABLE} s.csv -o out"));
    assert_eq!(out.code, 0, "{out}");
    let mode = fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    fs::set_permissions(&target, fs::Permissions::from_mode(0o400)).unwrap();
    // The superuser may write it all the same.
    if fs::OpenOptions::new().write(true).open(&target).is_err() {
        let out = shell(&scratch, &format!("{TABLE} s.csv -o out"));
        assert_one_line_error(&out, 1, &["cannot write out", "ermission denied"]);
    }
}

#[test]
fn names_that_are_no_text_stay_what_they_are() {
    let scratch = files();
    let script =
        r"train --objective erm --hidden 2 --steps 1 --checkpoint-every 1 -o $'a.\xff' 1 && ls -b";
    let listed = shell(&scratch, script);
    for name in [r"a.\377", r"a.step-1.\377"] {
        assert!(listed.text().lines().any(|line| line == name), "{listed}");
    }
}

/// std would take each for written.
#[test]
fn a_standard_output_that_cannot_be_written_is_an_error() {
    let scratch = files();
    let out = shell(&scratch, &format!("echo old >old; {TABLE} s.csv 1<old"));
    assert_one_line_error(&out, 1, &["cannot write to standard output"]);
    let out = shell(
        &scratch,
        "train --objective erm --hidden 2 --steps 1 -o - 1 1<old",
    );
    assert_one_line_error(&out, 1, &["cannot write to standard output"]);
    assert_eq!(fs::read_to_string(scratch.path("old")).unwrap(), "old\n");
}

/// Rust's runtime opens `/dev/null` in the place of a closed stream, before `main`.
#[test]
fn a_standard_output_that_is_closed_is_an_error_for_every_program() {
    let scratch = files();
    let train = "train --objective erm --hidden 2 --steps 1";
    assert_eq!(shell(&scratch, &format!("{train} -o c 1")).code, 0);
    let before = scratch.names();
    let mkenv = format!(
        "mkenv --images {} --labels {} --split train --p-e 0.2 -o -",
        fixture("mnist/train-images-idx3-ubyte").display(),
        fixture("mnist/train-labels-idx1-ubyte").display()
    );
    let experiments = root().join("scripts/experiments");
    let plan = format!("plan --experiments {} recipes", experiments.display());
    let mut commands = vec![
        mkenv,
        plan,
        format!("{train} -o - 1"),
        format!("{train} -o /dev/stdout 1"),
        format!("{train} -o out --log - 1"),
        "train --list-objectives".into(),
        "env eval c --env 2 --allow-overlap".into(),
        format!("{TABLE} s.csv"),
        "inspect 1".into(),
    ];
    for program in ["mkenv", "train", "env eval", "report", "inspect", "plan"] {
        commands.push(format!("{program} --help"));
        commands.push(format!("{program} --version"));
    }
    commands.push("report table --help".into());
    for command in commands {
        let out = shell(&scratch, &format!("{command} >&-"));
        assert_one_line_error(&out, 1, &["cannot write to standard output: it is closed"]);
        let out = shell(&scratch, &format!("{command} 1<s.csv"));
        assert_one_line_error(&out, 1, &["cannot write to standard output"]);
        assert_eq!(scratch.names(), before, "{command}");
        // A /dev/null that the caller chose, as a shell opens it and as Python's subprocess.DEVNULL does.
        for null in [">/dev/null", "1<>/dev/null"] {
            let out = shell(
                &scratch,
                &format!("{command} {null}; code=$?; rm -f out; exit $code"),
            );
            assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
        }
    }
}

#[test]
fn a_closed_stream_that_is_not_needed_costs_nothing() {
    let scratch = files();
    let table = shell(&scratch, &format!("{TABLE} s.csv")).text().to_owned();
    let train = "train --objective erm --hidden 2 --steps 1 --log";
    assert_eq!(shell(&scratch, &format!("{train} log -o c 1")).code, 0);
    let read = |name: &str| fs::read(scratch.path(name)).unwrap();
    for closed in [">&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!("{TABLE} s.csv -o t {closed} && {train} l -o d 1 {closed}");
        let out = shell(&scratch, &script);
        assert!(out.code == 0 && out.stderr.is_empty(), "{closed}: {out}");
        assert_eq!(read("t"), table.as_bytes(), "{closed}");
        assert!(
            read("c") == read("d") && read("log") == read("l"),
            "{closed}"
        );
    }
    // Warnings and errors are lost with standard error, the result and the exit code are not.
    let warned = shell(&scratch, &format!("{TABLE} mixed.csv"));
    let closed = shell(&scratch, &format!("{TABLE} mixed.csv 2>&-"));
    assert_eq!((closed.code, closed.text()), (0, warned.text()));
    for failing in [format!("{TABLE} none.csv"), format!("{TABLE} s.csv >&-")] {
        let out = shell(&scratch, &format!("{failing} 2>&-"));
        assert!(out.code == 1 && out.text().is_empty(), "{out}");
    }
    assert_eq!(shell(&scratch, "report --no-such-flag 2>&-").code, 2);
}

/// The old result and no other file, whenever the signal comes.
#[test]
fn a_signal_leaves_no_unfinished_file() {
    let scratch = files();
    fs::create_dir(scratch.path("d")).unwrap();
    let script =
        "for ms in 01 02 03 04 05 06 07 08 09 10 15 20 25 30; do for signal in INT TERM HUP; do
        train --objective erm --hidden 64 --steps 4 --checkpoint-every 1 -o d/out 1 & sleep 0.0$ms
        kill -$signal $!; wait $!
    done; done 2>/dev/null; ls -A d | grep unfinished; true";
    let out = shell(&scratch, script);
    assert_eq!(out.text(), "", "{out}");
}

/// A program that is killed while it writes, at whatever time, leaves nothing where a file can be without a name.
#[test]
fn a_kill_leaves_no_unfinished_file() {
    let scratch = files();
    let nameless = "import os; os.open('.', os.O_TMPFILE | os.O_WRONLY)";
    if shell(&scratch, &format!("python3 -c \"{nameless}\"")).code != 0 {
        return; // The system cannot keep a file without a name in this folder.
    }
    fs::create_dir(scratch.path("d")).unwrap();
    let script = "for ms in 01 02 03 04 05 06 07 08 09 10 15 20 25 30; do
        train --objective erm --hidden 256 --steps 1 -o d/$ms 1 & sleep 0.0$ms
        kill -KILL $!; wait $!
    done 2>/dev/null; ls -A d | grep -vx '[0-3][0-9]'; true";
    let out = shell(&scratch, script);
    assert_eq!(out.text(), "", "{out}");
}

#[test]
fn man_pages_and_completions_are_made_of_the_flags() {
    let scratch = Scratch::new();
    for name in ["mkenv", "train", "eval", "report", "inspect"] {
        let mut program = binary(name);
        succeed(program.arg("--install-manual").arg(scratch.path("share")));
        let page = fs::read_to_string(scratch.path(&format!("share/man/man1/{name}.1"))).unwrap();
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        let bash = scratch.path(&format!("share/bash-completion/completions/{name}"));
        // A shell has an eval of its own.
        assert_eq!(bash.exists(), name != "eval");
        if bash.exists() {
            succeed(std::process::Command::new("bash").arg("-n").arg(&bash));
        }
    }
    let read = |name: &str| fs::read_to_string(scratch.path(&format!("share/{name}"))).unwrap();
    for name in ["mkenv", "train", "inspect"] {
        let zsh = read(&format!("zsh/site-functions/_{name}"));
        assert!(zsh.starts_with(&format!("#compdef {name}\n")), "{zsh}");
        let fish = read(&format!("fish/vendor_completions.d/{name}.fish"));
        let help = succeed(binary(name).arg("--help"));
        // A line for each flag, its meaning below it.
        let flags: Vec<_> = help
            .text()
            .lines()
            .filter_map(|line| line.get(6..)?.strip_prefix("--"))
            .map(|rest| rest.split(' ').next().unwrap())
            .collect();
        assert!(flags.len() > 8, "{flags:?}");
        for flag in flags {
            // With a value, or without one.
            let zsh_has = |end| zsh.contains(&format!("--{flag}{end}"));
            assert!(zsh_has("=[") || zsh_has("["), "{flag}: {zsh}");
            let complete = format!("complete -c {name} ");
            assert!(
                fish.lines()
                    .any(|line| line.starts_with(&complete)
                        && line.contains(&format!(" -l {flag} "))),
                "{flag}: {fish}"
            );
        }
    }
    let page = fs::read_to_string(scratch.path("share/man/man1/train.1")).unwrap();
    assert!(page.contains("momentum"), "{page}");
    // The examples keep their lines, also in the pages of subcommands.
    let table = fs::read_to_string(scratch.path("share/man/man1/report-table.1")).unwrap();
    for (page, example) in [
        (
            page,
            "\n.nf\n\\&  ERM on two environments:\n\\&  $ train \\-\\-objective erm",
        ),
        (table, "\n\\&  $ report table"),
    ] {
        assert!(page.contains(example), "{page}");
        assert!(page.contains("\n.SH EXAMPLES AND NOTES\n") && !page.contains("EXTRA"));
    }
}
