//! `train` as a real process, on small environments made from the fixture's digits.

mod batches;
mod learning;
mod logged;
mod objectives;
mod refusals;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{
    Scratch, assert_gone_reader_is_no_error, assert_one_line_error, binary, csv, mkenv, number,
    provenance, run, run_examples, run_unread, safetensors, scrambled, succeed,
};
use safetensors::{Dtype, SafeTensors};
use serde_json::json;
use sha2::{Digest, Sha256};

const LOG: &str = "step,environment,risk,accuracy,base,penalty,weight,loss";

/// A folder with the training environments `1` (p_e 0.2) and `2` (p_e 0.1), each of `limit` digits
/// and made with further flags of mkenv.
fn environments(limit: usize, flags: &str) -> Scratch {
    let scratch = Scratch::new();
    for (part, p_e) in [(1, 0.2), (2, 0.1)] {
        let arguments =
            format!("--split train --part {part}/2 --p-e {p_e} --limit {limit} {flags}");
        succeed(
            mkenv(&arguments)
                .arg("-o")
                .arg(scratch.path(&part.to_string())),
        );
    }
    scratch
}

/// `train` in `folder` with arguments separated by spaces. Small, unless the arguments say otherwise.
fn train(folder: &Path, arguments: &str) -> Command {
    let mut command = binary("train");
    command.current_dir(folder);
    command.args(arguments.split_whitespace());
    // A linear predictor has no hidden units.
    if !arguments.contains("--hidden") && !arguments.contains("--layers 0") {
        command.args(["--hidden", "8"]);
    }
    if !arguments.contains("--steps") {
        command.args(["--steps", "3"]);
    }
    command
}

/// The checkpoint on the standard output of a run that must end well.
fn checkpoint(folder: &Path, arguments: &str) -> Vec<u8> {
    succeed(&mut train(folder, arguments)).stdout
}

/// The name, type and shape of all tensors, in the order of their bytes.
fn tensors(file: &[u8]) -> Vec<(String, Dtype, Vec<usize>)> {
    let (_, header) = SafeTensors::read_metadata(file).unwrap();
    header
        .offset_keys()
        .into_iter()
        .map(|name| {
            let tensor = header.info(&name).unwrap();
            (name, tensor.dtype, tensor.shape.clone())
        })
        .collect()
}

/// The values of the F32 tensor `name`.
fn values(file: &[u8], name: &str) -> Vec<f32> {
    let file = SafeTensors::deserialize(file).unwrap();
    let bytes = file.tensor(name).unwrap().data().chunks_exact(4);
    bytes
        .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
        .collect()
}

/// A small network's tensors: two hidden layers of 8.
fn layers(inputs: usize, outputs: usize) -> Vec<(String, Dtype, Vec<usize>)> {
    let mut expected = Vec::new();
    for (l, (out, input)) in [(8, inputs), (8, 8), (outputs, 8)].into_iter().enumerate() {
        expected.push((format!("fc{}.weight", l + 1), Dtype::F32, vec![out, input]));
        expected.push((format!("fc{}.bias", l + 1), Dtype::F32, vec![out]));
    }
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    expected
}

/// An environment of `rows` rows of k × 1 × 2 pixels, labels I64, and nothing else: as anyone's
/// program would write it. The label is the lit channel, four times of five.
fn foreign(rows: usize, classes: usize) -> Vec<u8> {
    let mut images = vec![0; rows * classes * 2];
    let mut labels = Vec::new();
    for (row, number) in scrambled(rows as u32).enumerate() {
        let lit = row % classes;
        images[(row * classes + lit) * 2] = 55 + (number % 200) as u8;
        let moved = usize::from(number / 200 % 5 == 0);
        labels.extend((((lit + moved) % classes) as i64).to_le_bytes());
    }
    safetensors(&[
        ("images", Dtype::U8, &[rows, classes, 1, 2], &images),
        ("labels", Dtype::I64, &[rows], &labels),
    ])
}

fn sha256(file: &Path) -> String {
    let digest = Sha256::digest(fs::read(file).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows of the log `log` in `scratch`.
fn log(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.path("log")).unwrap()
}

#[test]
fn every_example_in_the_help_works() {
    let make = |part: u32| {
        format!(
            "mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte \
             --split train --part {part}/2 --p-e 0.{part} --limit 20 -o train-{part}.safetensors"
        )
    };
    run_examples("train", &[&make(1), &make(2)]);
}

#[test]
fn no_arguments_print_the_usage() {
    let out = run(&mut binary("train"), b"");
    assert_one_line_error(&out, 2, &["Usage: train", "--objective <OBJECTIVE>"]);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let scratch = environments(60, "");
    for objective in ["erm", "meta-irm"] {
        let arguments = format!("--objective {objective} --seed 5 --log log");
        let once = checkpoint(scratch.folder(), &format!("{arguments} 1 2"));
        let log_once = log(&scratch);
        assert_eq!(
            checkpoint(scratch.folder(), &format!("{arguments} 1 2")),
            once
        );
        assert_eq!(log(&scratch), log_once);

        let to_file = succeed(&mut train(
            scratch.folder(),
            &format!("{arguments} -o out 1 2"),
        ));
        assert!(to_file.stdout.is_empty(), "{to_file}");
        assert_eq!(fs::read(scratch.path("out")).unwrap(), once);

        let piped = run(
            &mut train(scratch.folder(), &format!("{arguments} - 2")),
            &fs::read(scratch.path("1")).unwrap(),
        );
        assert!(piped.code == 0 && piped.stdout == once, "{piped}");

        let other = arguments.replace("--seed 5", "--seed 6");
        assert_ne!(checkpoint(scratch.folder(), &format!("{other} 1 2")), once);
    }
    assert_eq!(scratch.names(), ["1", "2", "log", "out"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let scratch = Scratch::new();
    for (classes, objective) in [(2, "irmv1"), (2, "meta-irm"), (3, "meta-irm")] {
        // Some 10 blocks of rows in each of two groups: enough to be shared in different ways.
        scratch.file("1", &foreign(10_000, classes));
        scratch.file("2", &foreign(9_000, classes));
        let with = |threads: u32| {
            let arguments = format!("--objective {objective} --threads {threads} --log log 1 2");
            (checkpoint(scratch.folder(), &arguments), log(&scratch))
        };
        let one = with(1);
        for threads in [2, 3] {
            assert_eq!(with(threads), one, "{objective}, {classes} classes");
        }
    }
}
