//! The README's examples, run as a reader would: in one shell, from top to bottom.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use pipeline_tests::{Scratch, binaries, binary, copy_data, examples, fixture, root, run, succeed};

#[test]
fn the_examples_work() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    // examples() looks for lines that begin with two spaces and a dollar sign.
    let indented: String = readme.lines().map(|line| format!("  {}\n", line)).collect();
    let commands = examples(&indented);
    assert!(commands.len() >= 7, "{commands:?}");

    let scratch = Scratch::new();
    copy_data(&scratch);
    fs::create_dir(scratch.path("out")).unwrap();
    fs::rename(scratch.path("data"), scratch.path("out/mnist")).unwrap();
    symlink(binaries(), scratch.path("out/bin")).unwrap();
    symlink(root().join("scripts"), scratch.path("scripts")).unwrap();
    let script = format!("set -e\n{}\n", commands.join("\n"));
    let out = run(
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(scratch.folder()),
        b"",
    );
    assert_eq!(out.code, 0, "{out}");
    assert!(out.stderr.is_empty(), "{out}");
    assert!(out.text().contains("meta-IRM"), "{out}");
    assert!(scratch.path("erm.safetensors").is_file(), "{out}");
}

#[test]
fn the_table_is_what_report_prints_from_the_committed_rows() {
    let out = succeed(
        binary("report")
            .args(["table", "--experiment", "cmnist", "--format", "markdown"])
            .arg("--reference")
            .arg(fixture("reference.csv"))
            .arg(fixture("results/cmnist.csv")),
    );
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(out.text().trim()), "{out}");
}
