//! Inputs that people bring, through `train`, `eval` and `inspect` as real processes: features that are no images, and what
//! would be silently wrong on its way in.

mod features;
mod leakage;
mod mistakes;

use std::fs;
use std::process::Command;

use pipeline_tests::{
    EVAL_HEADER, Output, Scratch, assert_one_line_error, binary, csv, mkenv, number, provenance,
    run, safetensors, scrambled, succeed,
};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

/// A program in the folder of `scratch`, with arguments separated by spaces.
fn program(scratch: &Scratch, name: &str, arguments: &str) -> Command {
    let mut command = binary(name);
    command.current_dir(scratch.folder());
    command.args(arguments.split_whitespace());
    command
}

/// A run of [`program`] that may end in any way.
fn ran(scratch: &Scratch, name: &str, arguments: &str) -> Output {
    run(&mut program(scratch, name, arguments), b"")
}

/// Trains in few steps, with further arguments; it must end well and say nothing.
fn trained(scratch: &Scratch, arguments: &str) {
    succeed(&mut program(scratch, "train", arguments));
}

/// What stands on stderr of a training that must end well.
fn warned(scratch: &Scratch, arguments: &str) -> String {
    let out = ran(scratch, "train", arguments);
    assert_eq!(out.code, 0, "{out}");
    out.stderr
}

/// The accuracies that `eval` gives, row by row.
#[track_caller]
fn accuracies(scratch: &Scratch, arguments: &str) -> Vec<f64> {
    let out = succeed(&mut program(scratch, "eval", arguments));
    let rows = csv(out.text(), EVAL_HEADER);
    rows.iter().map(|row| number(row, "accuracy")).collect()
}

fn f32_bytes(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// An environment of another program: a tensor with `n` labels beside it.
fn environment(tensor: (&str, Dtype, &[usize], &[u8]), labels: &[u8]) -> Vec<u8> {
    safetensors(&[tensor, ("labels", Dtype::U8, &[labels.len()], labels)])
}

/// Images U8 of `shape` [n, …] that look random, with labels 0 and 1 in turn that the first value shows.
fn images(shape: &[usize]) -> Vec<u8> {
    let (n, width) = (shape[0], shape[1..].iter().product::<usize>());
    let mut values: Vec<u8> = scrambled((n * width) as u32)
        .map(|x| (x % 256) as u8)
        .collect();
    let labels: Vec<u8> = (0..n).map(|row| (row % 2) as u8).collect();
    for (row, label) in values.chunks_exact_mut(width).zip(&labels) {
        row[0] = 255 * label;
    }
    environment(("images", Dtype::U8, shape, &values), &labels)
}

/// `file` without the keys of its provenance that `gone` names.
fn without_keys(file: &[u8], gone: &[&str]) -> Vec<u8> {
    with_provenance(file, |said| {
        for key in gone {
            said.as_object_mut().unwrap().remove(*key);
        }
    })
}

/// `file` with another provenance.
fn with_provenance(file: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut said = provenance(file);
    change(&mut said);
    let parsed = SafeTensors::deserialize(file).unwrap();
    let metadata = [("provenance".to_owned(), said.to_string())].into();
    safetensors::serialize(parsed.tensors(), Some(metadata)).unwrap()
}
