//! `mkenv` as a real process, on the fixture's 1,200 real digits.

mod sources;

use std::fs;
use std::process::Command;

use pipeline_tests::{
    Output, Scratch, assert_one_line_error, binary, fixture, mkenv, run, run_examples, succeed,
};
use safetensors::SafeTensors;

/// `mkenv` with the given IDX files to `out` in `scratch`, which must not be there afterwards.
fn with_files(scratch: &Scratch, images: &[u8], labels: &[u8]) -> Output {
    let out = run(
        binary("mkenv")
            .arg("--images")
            .arg(scratch.file("images", images))
            .arg("--labels")
            .arg(scratch.file("labels", labels))
            .args(["--split", "train", "--p-e", "0.1", "-o"])
            .arg(scratch.path("out")),
        b"",
    );
    assert_eq!(scratch.names(), ["images", "labels"], "{out}");
    out
}

#[test]
fn every_example_in_the_help_works() {
    let outputs = run_examples("mkenv", &[]);
    let inspected = outputs.last().unwrap().text();
    assert!(inspected.contains("100 x 10 x 14 x 14"), "{inspected}");
}

#[test]
fn no_arguments_print_the_usage() {
    let out = run(&mut binary("mkenv"), b"");
    assert_one_line_error(&out, 2, &["Usage: mkenv", "--images <FILE>"]);
}

#[test]
fn the_same_call_gives_the_same_bytes_to_a_file_and_to_a_pipe() {
    let scratch = Scratch::new();
    let arguments = "--split train --part 1/2 --p-e 0.2 --seed 3";
    let piped = succeed(mkenv(arguments).args(["-o", "-"])).stdout;
    let to_file = succeed(mkenv(arguments).arg("-o").arg(scratch.path("e")));
    assert!(to_file.stdout.is_empty(), "{to_file}");
    assert_eq!(fs::read(scratch.path("e")).unwrap(), piped);
    assert_eq!(scratch.names(), ["e"]);

    let other = succeed(&mut mkenv(
        "--split train --part 1/2 --p-e 0.2 --seed 4 -o -",
    ))
    .stdout;
    assert_ne!(other, piped);
}

#[test]
fn either_input_may_be_a_pipe() {
    let whole = succeed(&mut mkenv("--split test --p-e 0.9 -o -")).stdout;
    let images = fixture("mnist/train-images-idx3-ubyte");
    let labels = fixture("mnist/train-labels-idx1-ubyte");
    let rest = ["--split", "test", "--p-e", "0.9", "-o", "-"];
    let mut piped_images = binary("mkenv");
    piped_images
        .args(["--images", "-", "--labels"])
        .arg(&labels)
        .args(rest);
    assert_eq!(
        run(&mut piped_images, &fs::read(&images).unwrap()).stdout,
        whole
    );
    let mut piped_labels = binary("mkenv");
    piped_labels
        .args(["--labels", "-", "--images"])
        .arg(&images)
        .args(rest);
    assert_eq!(
        run(&mut piped_labels, &fs::read(&labels).unwrap()).stdout,
        whole
    );
}

#[test]
fn every_flag_shows_in_the_file() {
    let shape = |arguments: &str| {
        let bytes = succeed(mkenv(arguments).args(["-o", "-"])).stdout;
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut names = file.names();
        names.sort_unstable();
        let names = names.join(" ");
        (file.tensor("images").unwrap().shape().to_vec(), names)
    };
    let all = "colors digits images indices labels";
    for (arguments, expected, names) in [
        ("--split test --p-e 0.1", [200, 2, 14, 14], all),
        (
            "--split test --p-e 0.1 --test-rows 300",
            [300, 2, 14, 14],
            all,
        ),
        ("--split train --p-e 0.1", [1000, 2, 14, 14], all),
        ("--split all --p-e 0.1", [1200, 2, 14, 14], all),
        ("--split train --p-e 0.1 --part 2/3", [333, 2, 14, 14], all),
        ("--split train --p-e 0.1 --limit 7", [7, 2, 14, 14], all),
        (
            "--split train --p-e 0.1 --classes 5",
            [1000, 5, 14, 14],
            all,
        ),
        (
            "--split train --p-e 0.1 --subsample 3",
            [1000, 2, 10, 10],
            all,
        ),
        (
            "--split train --p-e 0.1 --grayscale",
            [1000, 1, 14, 14],
            "digits images indices labels",
        ),
        (
            "--split train --p-e 0.1 --patch",
            [1000, 2, 14, 14],
            "colors digits images indices labels patches",
        ),
    ] {
        assert_eq!(
            shape(arguments),
            (expected.to_vec(), names.to_owned()),
            "{arguments}"
        );
    }

    let labels = |arguments: &str| {
        let bytes = succeed(mkenv(arguments).args(["-o", "-"])).stdout;
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let of = |name: &str| file.tensor(name).unwrap().data().to_vec();
        (of("digits"), of("labels"), of("colors"))
    };
    let (digits, clean, colors) = labels("--split test --p-e 1 --label-noise 0");
    for i in 0..200 {
        assert_eq!(clean[i], u8::from(digits[i] < 5));
        assert_eq!(colors[i], 1 - clean[i]);
    }
}

#[test]
fn no_path_gets_into_the_file() {
    let bytes = succeed(&mut mkenv("--split test --p-e 0.1 --limit 1 -o -")).stdout;
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + header]).unwrap();
    assert!(header.contains(r#"\"p_e\":0.1"#), "{header}");
    assert!(!header.contains("ubyte"), "{header}");
}

#[test]
fn flags_that_make_no_sense_are_usage_errors() {
    for (arguments, needles) in [
        (
            "--split train --p-e 1.5",
            ["--p-e", "a probability from 0 to 1"],
        ),
        (
            "--split train --p-e -0.1",
            ["--p-e", "a probability from 0 to 1"],
        ),
        (
            "--split train --p-e NaN",
            ["--p-e", "a probability from 0 to 1"],
        ),
        (
            "--split train --p-e 0.1 --label-noise 2",
            ["--label-noise", "a probability from 0 to 1"],
        ),
        (
            "--split train --p-e 0.1 --classes 3",
            ["--classes", "[possible values: 2, 5, 10]"],
        ),
        (
            "--split train --p-e 0.1 --part 3/2",
            ["--part", "expected I/N"],
        ),
        (
            "--split train --p-e 0.1 --limit 0",
            ["--limit", "expected a whole number of 1 or more"],
        ),
        (
            "--split train --p-e 0.1 --subsample 0",
            ["--subsample", "expected a whole number of 1 or more"],
        ),
        (
            "--split train --p-e 0.1 --seed -1",
            ["--seed", "expected a whole number of 0 or more"],
        ),
        (
            "--split validation --p-e 0.1",
            ["--split", "possible values: train, test, all"],
        ),
        (
            "--split test --p-e 0.1 --part 1/2",
            ["--part cannot be used with --split test", "Usage"],
        ),
        (
            "--split all --p-e 0.1 --part 1/2",
            ["--part cannot be used with --split all", "--test-rows 0"],
        ),
        (
            "--split all --p-e 0.1 --test-rows 9",
            ["--test-rows cannot be used with --split all", "Usage"],
        ),
        (
            "--split train --p-e 0.1 --patch --classes 5",
            ["--patch cannot be used with --classes 5", "Usage"],
        ),
        ("--split train", ["--p-e <P>", "required"]),
        (
            "--split train --p-e 0.1 --images - --labels -",
            ["--images", "cannot be used multiple times"],
        ),
    ] {
        let out = run(mkenv(arguments).args(["-o", "-"]), b"");
        assert_one_line_error(&out, 2, &needles);
    }
    let both = run(
        binary("mkenv")
            .args(["--images", "-", "--labels", "-"])
            .args(["--split", "test", "--p-e", "0.1", "-o", "-"]),
        b"",
    );
    assert_one_line_error(&both, 2, &["cannot both be -"]);
}

#[test]
fn more_rows_than_there_are_is_an_error_that_says_how_many_there_are() {
    for (arguments, needle) in [
        (
            "--split train --part 1/2 --limit 501",
            "part 1/2 of the training split has only 500",
        ),
        ("--split test --limit 201", "the test split has only 200"),
        (
            "--split test --test-rows 1201",
            "the source has 1200 in all",
        ),
        (
            "--split train --test-rows 1200",
            "part 1/1 of the training split has no rows",
        ),
    ] {
        let out = run(mkenv(arguments).args(["--p-e", "0.1", "-o", "-"]), b"");
        assert_one_line_error(&out, 1, &["mkenv: ", needle]);
    }
}

#[test]
fn bad_idx_files_are_one_clear_line() {
    let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9];
    let labels = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1];
    let scratch = Scratch::new();
    let with = |bytes: &[u8], at: usize, value: u8| {
        let mut bytes = bytes.to_vec();
        bytes[at] = value;
        bytes
    };
    for (images, labels, needles) in [
        (
            b"".to_vec(),
            labels.to_vec(),
            ["/images: cut short: 0 bytes", "16"],
        ),
        (
            images[..17].to_vec(),
            labels.to_vec(),
            ["/images: 1 bytes of data", "make 2"],
        ),
        (
            with(&images, 1, 7),
            labels.to_vec(),
            ["/images: field magic", "expected [00, 00, 08, 03]"],
        ),
        (
            with(&images, 2, 9),
            labels.to_vec(),
            ["/images: field type: 0x09", "expected 0x08"],
        ),
        (
            with(&images, 15, 0),
            labels.to_vec(),
            ["/images: the header's sizes", "at least 1"],
        ),
        (
            images.to_vec(),
            labels[..9].to_vec(),
            ["/labels: 1 bytes of data", "make 2"],
        ),
        (
            images.to_vec(),
            with(&labels, 9, 10),
            ["/labels: row 1 is 10", "a digit 0 to 9"],
        ),
        (
            images.to_vec(),
            with(&labels[..9], 7, 1),
            ["/labels: 1 labels", "2 images"],
        ),
        (
            labels.to_vec(),
            images.to_vec(),
            ["/images: field dimensions: 1", "swapped"],
        ),
        (
            vec![0x1f, 0x8b, 8, 0],
            labels.to_vec(),
            ["/images: the gzip file is damaged", "cut short"],
        ),
    ] {
        assert_one_line_error(&with_files(&scratch, &images, &labels), 1, &needles);
    }
}

#[test]
fn missing_and_unwritable_files_are_one_clear_line() {
    let scratch = Scratch::new();
    let common = ["--split", "test", "--p-e", "0.1", "-o"];
    let mut missing = binary("mkenv");
    missing
        .args(["--images", "/nowhere/i", "--labels", "/nowhere/l"])
        .args(common);
    let out = run(missing.arg(scratch.path("out")), b"");
    assert_one_line_error(&out, 1, &["cannot read /nowhere/i", "No such file"]);

    let out = run(
        mkenv("--split test --p-e 0.1 -o").arg(scratch.path("none/out")),
        b"",
    );
    assert_one_line_error(&out, 1, &["cannot write", "none/out"]);
    let out = run(
        mkenv("--split test --p-e 0.1 -o").arg(scratch.folder()),
        b"",
    );
    assert_one_line_error(&out, 1, &["cannot write", "it is a folder"]);
    assert!(scratch.names().is_empty());
}

#[test]
fn a_failure_leaves_the_older_file_alone_and_an_input_is_never_overwritten() {
    let scratch = Scratch::new();
    let old = scratch.file("out", b"old");
    let out = run(
        mkenv("--split test --p-e 0.1 --limit 999 -o").arg(&old),
        b"",
    );
    assert_one_line_error(&out, 1, &["has only 200"]);
    assert_eq!(fs::read(&old).unwrap(), b"old");

    let images = fs::read(fixture("mnist/train-images-idx3-ubyte")).unwrap();
    let input = scratch.file("images", &images);
    let out = run(
        binary("mkenv")
            .arg("--images")
            .arg(&input)
            .arg("--labels")
            .arg(fixture("mnist/train-labels-idx1-ubyte"))
            .args(["--split", "test", "--p-e", "0.1", "-o"])
            .arg(
                scratch
                    .path("../")
                    .join(scratch.folder().file_name().unwrap())
                    .join("images"),
            ),
        b"",
    );
    assert_one_line_error(&out, 1, &["cannot write", "it is an input"]);
    assert_eq!(fs::read(&input).unwrap(), images);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let binary = binary("mkenv").get_program().to_owned();
    let out = run(
        Command::new("sh")
            .args(["-c", r#""$0" --images "$1" --labels "$2" --split train --p-e 0.1 -o - | head -c 8 | wc -c"#])
            .arg(binary)
            .arg(fixture("mnist/train-images-idx3-ubyte"))
            .arg(fixture("mnist/train-labels-idx1-ubyte")),
        b"",
    );
    assert_eq!(
        (out.code, out.text().trim(), &out.stderr[..]),
        (0, "8", ""),
        "{out}"
    );
}
