//! The Makefile: what it remakes and what it leaves, with tiny experiments on the fixture's digits,
//! in a folder of its own.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use pipeline_tests::{Output, Scratch, binaries, fixture, root, run};

/// Two rows of one table. With so few steps the programs' start is most of the time.
const EXPERIMENTS: &str = "\
$(call environments,color, --classes 2 --limit 40)
$(call experiment, cmnist, erm,   color, --objective erm --hidden 4 --steps 2)
$(call experiment, cmnist, v-rex, color, --objective v-rex --hidden 4 --steps 2)
";

/// A copy of what `make` needs, with the tests' binaries in the place of those that cargo would build.
fn workspace() -> Scratch {
    let scratch = Scratch::new();
    for folder in [
        "scripts",
        "fixtures",
        "out",
        "out/mnist",
        "bin",
        "built",
        "built/release",
    ] {
        fs::create_dir(scratch.path(folder)).unwrap();
    }
    for file in ["Makefile", "scripts/fetch-mnist", "fixtures/reference.csv"] {
        fs::copy(root().join(file), scratch.path(file)).unwrap();
    }
    for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
        let copy = scratch.path(&format!("out/mnist/{name}"));
        fs::copy(fixture("mnist").join(name), copy).unwrap();
    }
    for program in ["mkenv", "train", "eval", "report"] {
        let place = scratch.path(&format!("built/release/{program}"));
        symlink(binaries().join(program), place).unwrap();
    }
    script(&scratch.path("bin/cargo"), "exit 0");
    scratch.file("scripts/experiments.mk", EXPERIMENTS.as_bytes());
    scratch
}

/// Puts an executable shell script at `path`, in the place of what is there.
fn script(path: &Path, text: &str) {
    let _ = fs::remove_file(path);
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `make` in `scratch` with arguments separated by spaces.
fn make(scratch: &Scratch, arguments: &str) -> Output {
    let mut path = scratch.path("bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("make");
    command
        .current_dir(scratch.folder())
        .env("PATH", &path)
        .env("CARGO_TARGET_DIR", "built")
        .env("LC_ALL", "C")
        .args(arguments.split_whitespace())
        .arg("TEST_P_E=0.1 0.9");
    // These tests may run under `make test`, whose flags and settings are none of theirs.
    for variable in [
        "MAKEFLAGS",
        "MAKEOVERRIDES",
        "MFLAGS",
        "MAKELEVEL",
        "SEEDS",
        "ROWS",
        "OUT",
    ] {
        command.env_remove(variable);
    }
    run(&mut command, b"")
}

/// The files that a run of make asked the programs for, sorted: `train` and `eval` name them after -o.
fn made(out: &Output) -> Vec<String> {
    let mut made: Vec<_> = out
        .text()
        .lines()
        .filter(|line| line.starts_with("out/bin/"))
        .map(|line| {
            let file = line.split(' ').skip_while(|word| *word != "-o").nth(1);
            file.unwrap_or_else(|| panic!("{line}")).to_owned()
        })
        .collect();
    made.sort();
    made
}

/// The same, of a run that must end well.
fn remade(scratch: &Scratch, arguments: &str) -> Vec<String> {
    let out = make(scratch, arguments);
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    made(&out)
}

/// The checkpoint and the scores of one run.
fn results(row: &str, seed: u32) -> Vec<String> {
    vec![
        format!("out/checkpoints/cmnist/{row}/seed-{seed}.safetensors"),
        format!("out/scores/cmnist/{row}/seed-{seed}.csv"),
    ]
}

fn edit(scratch: &Scratch, from: &str, to: &str) {
    let path = scratch.path("scripts/experiments.mk");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "no {from:?} in {text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn help_lists_every_target_that_says_what_it_does() {
    let scratch = workspace();
    let out = make(&scratch, "help");
    assert_eq!(out.code, 0, "{out}");
    assert_eq!(
        make(&scratch, "").text(),
        out.text(),
        "help is not what make alone shows"
    );
    let makefile = fs::read_to_string(scratch.path("Makefile")).unwrap();
    let targets: Vec<_> = makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', '#']))
        .filter_map(|line| line.split_once(" ## "))
        .map(|(rule, says)| (rule.split_once(':').expect("a rule").0, says))
        .collect();
    assert!(targets.len() >= 6, "{targets:?}");
    for (target, says) in targets {
        let listed = |line: &str| {
            line.trim()
                .strip_prefix(&format!("make {target} "))
                .is_some_and(|rest| rest.trim() == says)
        };
        assert!(
            out.text().lines().any(listed),
            "{target} is not listed: {out}"
        );
    }
    assert!(out.text().contains("cmnist"), "{out}");
}

#[test]
fn a_changed_line_remakes_its_own_runs_and_nothing_else() {
    let scratch = workspace();
    let everything = remade(&scratch, "table-cmnist SEEDS=0");
    // 2 training and 2 test environments, 2 checkpoints, 2 scores.
    assert_eq!(everything.len(), 8, "{everything:?}");
    for result in [results("erm", 0), results("v-rex", 0)].concat() {
        assert!(everything.contains(&result), "{result}: {everything:?}");
    }
    let none: [String; 0] = [];
    assert_eq!(remade(&scratch, "table-cmnist SEEDS=0"), none);
    assert_eq!(remade(&scratch, "-j2 table-cmnist SEEDS=0"), none);

    edit(
        &scratch,
        "--objective v-rex",
        "--objective v-rex --anneal 1",
    );
    assert_eq!(
        remade(&scratch, "table-cmnist SEEDS=0"),
        results("v-rex", 0)
    );

    // An environment's flags: all that is made from it.
    edit(&scratch, "--limit 40", "--limit 41");
    assert_eq!(remade(&scratch, "table-cmnist SEEDS=0").len(), 8);
    // A new line: its runs alone.
    edit(
        &scratch,
        "$(call experiment, cmnist, v-rex,",
        "$(call experiment, cmnist, mm-rex, color, --objective mm-rex --hidden 4 --steps 2)\n$(call experiment, cmnist, v-rex,",
    );
    assert_eq!(
        remade(&scratch, "table-cmnist SEEDS=0"),
        results("mm-rex", 0)
    );
}

#[test]
fn a_rebuilt_program_remakes_what_it_made_only_where_its_bytes_changed() {
    let scratch = workspace();
    remade(&scratch, "table-cmnist SEEDS=0 ROWS=erm");
    let built = scratch.path("built/release/eval");
    let program = fs::read(&built).unwrap();
    // The same bytes, built just now.
    fs::remove_file(&built).unwrap();
    fs::write(&built, &program).unwrap();
    fs::set_permissions(&built, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(remade(&scratch, "table-cmnist SEEDS=0 ROWS=erm").is_empty());
    let real = binaries().join("eval");
    script(&built, &format!("exec {} \"$@\"", real.display()));
    assert_eq!(
        remade(&scratch, "table-cmnist SEEDS=0 ROWS=erm"),
        results("erm", 0)[1..]
    );
}

#[test]
fn a_failed_run_leaves_no_target_and_the_next_make_goes_on() {
    let scratch = workspace();
    let built = scratch.path("built/release/train");
    // Leaves half of a checkpoint, as a program would that was killed.
    script(
        &built,
        r#"while [ "$1" != -o ]; do shift; done; echo half >"$2"; exit 1"#,
    );
    let failed = make(&scratch, "-k table-cmnist SEEDS=0");
    assert_eq!(failed.code, 2, "{failed}");
    assert!(failed.stderr.contains("Deleting file"), "{failed}");
    for result in [results("erm", 0), results("v-rex", 0)].concat() {
        assert!(!scratch.path(&result).exists(), "{result}");
    }
    fs::remove_file(&built).unwrap();
    symlink(binaries().join("train"), &built).unwrap();
    // The environments stand.
    let expected = [results("erm", 0), results("v-rex", 0)].concat();
    let mut found = remade(&scratch, "table-cmnist SEEDS=0");
    found.sort_by_key(|file| !file.contains("/erm/"));
    assert_eq!(found, expected);
}

#[test]
fn the_order_of_work_does_not_show_in_what_is_made() {
    let (one, two) = (workspace(), workspace());
    remade(&one, "table-cmnist SEEDS=0");
    remade(&two, "-j3 table-cmnist SEEDS=0");
    for file in [
        &results("erm", 0)[..],
        &results("v-rex", 0),
        &[
            "out/tables/cmnist.md".to_owned(),
            "out/tables/cmnist.csv".to_owned(),
        ],
    ]
    .concat()
    {
        let bytes = fs::read(one.path(&file)).unwrap();
        assert_eq!(fs::read(two.path(&file)).unwrap(), bytes, "{file}");
    }
    // One more seed is made beside the first.
    let more = remade(&one, "table-cmnist SEEDS=1 ROWS=erm");
    assert!(more.iter().all(|file| file.contains("seed-1")), "{more:?}");
    assert_eq!(more.len(), 6, "{more:?}");
}
