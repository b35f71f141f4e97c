//! What cannot be read, and what cannot be asked.

use std::fs;

use pipeline_tests::{Scratch, assert_one_line_error, safetensors};
use safetensors::tensor::Dtype;

use crate::{files, inspect, inspect_stdin};

#[test]
fn what_cannot_be_read_is_said_in_one_line() {
    let scratch = files();
    let whole = fs::read(scratch.path("erm")).unwrap();
    for cut in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        scratch.file("cut", &whole[..cut]);
        assert_one_line_error(&inspect(&scratch, "cut"), 1, &["inspect: cut: "]);
        assert_one_line_error(&inspect(&scratch, "--header cut"), 1, &["inspect: cut: "]);
    }
    let longer = [&whole[..], b"x"].concat();
    let out = inspect_stdin(&scratch, "-", &longer);
    assert_one_line_error(
        &out,
        1,
        &["standard input: the file has", "something was added"],
    );
    let file = |json: &str| {
        scratch.file(
            "bad",
            &[
                &(json.len() as u64).to_le_bytes()[..],
                json.as_bytes(),
                &[0; 8],
            ]
            .concat(),
        );
        inspect(&scratch, "bad")
    };
    let entry = r#""a\u001b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;
    assert_one_line_error(
        &file(&format!("{{{entry},{entry}}}")),
        1,
        &[r"a\u{1b} stands there twice"],
    );
    assert_one_line_error(&file(&"[".repeat(1 << 20)), 1, &["not a safetensors file"]);
    scratch.file("bad", &u64::MAX.to_le_bytes());
    assert_one_line_error(
        &inspect(&scratch, "bad"),
        1,
        &["expected at most 100000000"],
    );
    fs::create_dir(scratch.path("folder")).unwrap();
    assert_one_line_error(
        &inspect(&scratch, "folder"),
        1,
        &["cannot read folder: it is a folder"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet 1 1"),
        1,
        &["cannot write 1: it is an input"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet no/out.png 1"),
        1,
        &["there is no folder no"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--show erm"),
        1,
        &["erm: there is nothing to draw"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet o --image 2x2x2 erm"),
        1,
        &["do not have 392 values"],
    );
    assert!(!scratch.path("o").exists());
}

/// Any byte of a small file changed: an answer or one line, never a panic.
#[test]
fn changed_bytes_do_not_panic() {
    let scratch = Scratch::new();
    let whole = safetensors(&[
        ("images", Dtype::U8, &[2, 1, 2, 2], &[9; 8]),
        ("labels", Dtype::I64, &[2], &[255; 16]),
    ]);
    for place in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[place] ^= 0x15;
        scratch.file("f", &changed);
        for arguments in ["f", "--sheet out f", "--show f"] {
            let out = inspect(&scratch, arguments);
            assert!(
                out.code == 0 || out.code == 1 && out.stderr.lines().count() == 1,
                "{place}: {out}"
            );
        }
    }
}

#[test]
fn mistakes_on_the_command_line_end_with_2() {
    let scratch = files();
    for (arguments, says) in [
        ("1 2 ten", "go with --sheet or --show only"),
        ("- -", "only one file can be read from standard input"),
        ("--sheet a --show 1", "cannot be used with"),
        ("--json --show 1", "cannot be used with"),
        ("--header --sheet a 1", "cannot be used with"),
        (
            "--columns 0 --show 1",
            "expected a whole number from 1 to 200",
        ),
        ("--columns 3 1", "are for --sheet and --show"),
        ("--palette safe 1", "are for --sheet and --show"),
        ("--image 2x14x14 1", "--image is for --sheet"),
        ("--color never 1", "--color is for --show"),
        (
            "--image 2x14 --sheet a 1",
            "expected channels, height and width",
        ),
        // What has no effect is known only when the files are read.
        (
            "--image 2x14x14 --sheet a 1 2",
            "--image is for checkpoints, and no file is one",
        ),
        (
            "--palette safe --sheet a erm",
            "--seed and --palette are for images, and all files are checkpoints",
        ),
        ("--seed 1 --sheet a erm erm", "all files are checkpoints"),
    ] {
        assert_one_line_error(&inspect(&scratch, arguments), 2, &[says]);
    }
    assert!(!scratch.path("a").exists());
}
