//! The examples of docs/ that need numpy and safetensors, run from top to bottom as a reader would.
//!
//! `make check-python` installs the two packages and runs these tests; `make check-pytorch` runs the examples that need
//! more.

use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{Output, Scratch, binaries, root, run};
use safetensors::SafeTensors;

/// The examples of the document `name` in the folder `scratch`, by the Python of the variable PYTHON.
fn examples(scratch: &Scratch, name: &str, flags: &[&str]) -> Output {
    let mut path = binaries().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let out = run(
        Command::new(python)
            .arg(root().join("tests/python/run_document.py"))
            .arg(root().join(name))
            .args(flags)
            .current_dir(scratch.folder())
            .env("PATH", path),
        b"",
    );
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out
}

fn tensor(file: &Path, name: &str) -> (Vec<usize>, Vec<u8>) {
    let bytes = fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = tensors.tensor(name).unwrap();
    (tensor.shape().to_vec(), tensor.data().to_vec())
}

/// The share in per cent that ends the line of `text` that begins with `beginning`.
fn share<'a>(text: &'a str, beginning: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(beginning));
    let line = line.unwrap_or_else(|| panic!("no {beginning:?} in {text}"));
    line.trim_end_matches(" %")
}

#[test]
#[ignore = "needs numpy and safetensors; make check-python installs them"]
fn data_and_networks_go_both_ways() {
    let scratch = Scratch::new();
    let out = examples(&scratch, "docs/python.md", &[]);
    let text = out.text();

    // Arrays: a bright quarter [16, 16] of each image is where its label says, in the rows whose corner is right.
    let (shape, images) = tensor(&scratch.path("test.safetensors"), "images");
    assert_eq!(shape, [400, 3, 32, 32]);
    let (_, labels) = tensor(&scratch.path("test.safetensors"), "labels");
    let as_labelled = (0..400).filter(|row| {
        let label = labels[8 * row] as usize;
        let (y, x) = (16 * (label / 2) + 8, 16 * (label % 2) + 8);
        (0..3).any(|channel| images[((row * 3 + channel) * 32 + y) * 32 + x] > 200)
    });
    // 0.75 and a quarter of the rest: 0.8125, with a deviation of 0.02.
    let as_labelled = as_labelled.count();
    assert!((300..350).contains(&as_labelled), "{as_labelled}");

    // Every other row, and the first 40 by class.
    let (shape, half) = tensor(&scratch.path("from-data-set.safetensors"), "images");
    assert_eq!(shape, [200, 3, 32, 32]);
    let size = 3 * 32 * 32;
    assert!(half[size..2 * size] == images[2 * size..3 * size], "{out}");
    let (shape, _) = tensor(&scratch.path("from-arrays.safetensors"), "images");
    assert_eq!(shape, [40, 3, 32, 32]);
    let (_, sorted) = tensor(&scratch.path("from-arrays.safetensors"), "labels");
    assert!(sorted.chunks(8).is_sorted_by_key(|label| label[0]));

    // A column for each hospital that was not trained on. ERM goes by the marker, IRMv1 by the cause.
    let patients = text.split("patients: accuracy").nth(1).expect("the table");
    let west = |row: &str| -> f64 {
        let line = patients.lines().find(|line| line.starts_with(row));
        let cells: Vec<_> = line.expect("its row").split_whitespace().collect();
        // Objective, n, mean ± ? on the training environments, and in the west.
        cells[5].parse().unwrap()
    };
    assert!(patients.lines().nth(2).unwrap().contains("west"), "{out}");
    assert!(west("ERM") < 50.0 && west("IRMv1") > 60.0, "{out}");

    // numpy gives what eval gives, and so does the checkpoint that came back.
    let ours = share(text, "v-rex moved-colours ");
    assert_eq!(share(text, "V-REx on moved colours: "), ours, "{out}");
    // An inner step in numpy is an update of train; weights are below 1 and sums of 400 terms err by some 1e-7.
    let difference: f64 = share(text, "largest difference: ").parse().unwrap();
    assert!(difference < 1e-5, "{out}");
    let tables: Vec<_> = text.split("squares: accuracy").collect();
    let [_, before, after] = tables[..] else {
        panic!("not two tables: {out}");
    };
    assert!(!before.contains("PyTorch"), "{out}");
    let theirs = after
        .lines()
        .find(|line| line.starts_with("ERM of PyTorch "));
    assert!(theirs.expect("its row").contains(ours), "{out}");
    let svg = fs::read_to_string(scratch.path("squares.svg")).unwrap();
    assert!(svg.contains("moved-colours"), "{svg}");
}

#[test]
#[ignore = "needs numpy and safetensors; make check-python installs them"]
fn own_environments_of_extending_are_written() {
    let scratch = Scratch::new();
    examples(&scratch, "docs/extending.md", &["--without-commands"]);
    let (shape, _) = tensor(&scratch.path("my-environment.safetensors"), "images");
    assert_eq!(shape, [1000, 2, 14, 14]);
    let (shape, _) = tensor(&scratch.path("my-features.safetensors"), "inputs");
    assert_eq!(shape, [1000, 10]);
}
