//! `inspect` as a process.

mod described;
mod pictures;
mod refusals;

use std::fs;

use pipeline_tests::{
    Output, Scratch, assert_gone_reader_is_no_error, binary, mkenv, run, run_examples, succeed,
};
use serde_json::Value;

/// Two training environments of 600 rows, a test environment of ten classes, and a checkpoint.
fn files() -> Scratch {
    let scratch = Scratch::new();
    for (name, arguments) in [
        ("1", "--split train --part 1/2 --p-e 0.2 --limit 400"),
        ("2", "--split train --part 2/2 --p-e 0.1 --limit 400"),
        ("few", "--split train --part 1/2 --p-e 0.2 --limit 100"),
        ("ten", "--split test --p-e 0.9 --classes 10"),
        ("grey", "--split test --p-e 0.9 --grayscale"),
    ] {
        succeed(mkenv(arguments).arg("-o").arg(scratch.path(name)));
    }
    let mut train = binary("train");
    train.args([
        "--objective",
        "erm",
        "--hidden",
        "5",
        "--steps",
        "2",
        "-o",
        "erm",
        "1",
        "2",
    ]);
    let out = run(train.current_dir(scratch.folder()), b"");
    assert_eq!(out.code, 0, "{out}");
    scratch
}

/// `inspect` in the folder with arguments, separated by spaces.
fn inspect(scratch: &Scratch, arguments: &str) -> Output {
    inspect_stdin(scratch, arguments, b"")
}

fn inspect_stdin(scratch: &Scratch, arguments: &str, stdin: &[u8]) -> Output {
    let mut command = binary("inspect");
    command
        .args(arguments.split_whitespace())
        .current_dir(scratch.folder());
    run(&mut command, stdin)
}

fn text(scratch: &Scratch, arguments: &str) -> String {
    let out = inspect(scratch, arguments);
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out.text().to_owned()
}

fn parsed(scratch: &Scratch, arguments: &str) -> Value {
    serde_json::from_str(&text(scratch, arguments)).expect("JSON")
}

/// A line whose cells, separated by blanks, are these.
#[track_caller]
fn assert_line(text: &str, cells: &str) {
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.lines().any(|line| squeezed(line) == cells),
        "no line {cells:?} in:\n{text}"
    );
}

#[test]
fn the_examples_in_the_help_work() {
    let make = |flags: &str, name: &str| {
        format!(
            "mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte {flags} -o {name}.safetensors"
        )
    };
    let before = [
        make("--split train --part 1/2 --p-e 0.2", "train-1"),
        make("--split train --part 2/2 --p-e 0.1", "train-2"),
        make("--split test --p-e 0.9", "test-0.9"),
        "train --objective erm --hidden 2 --steps 1 -o erm.safetensors train-1.safetensors train-2.safetensors 2>log"
            .to_owned(),
    ];
    let outputs = run_examples("inspect", &before.each_ref().map(String::as_str));
    assert_eq!(outputs.len(), 6);
    assert!(outputs[3].text().contains("label 1"), "{}", outputs[3]);
    assert!(
        outputs[5].text().contains("\"kind\": \"checkpoint\""),
        "{}",
        outputs[5]
    );
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let scratch = files();
    let bytes = fs::read(scratch.path("1")).unwrap();
    assert_gone_reader_is_no_error(binary("inspect").arg("-"), &bytes);
}
