//! `train --checkpoint-every` as a real process: periodic checkpoints.

use std::fs;
use std::process::Command;

use pipeline_tests::{
    Scratch, assert_one_line_error, binary, mkenv, provenance, run, safetensors, succeed,
};
use safetensors::Dtype;

/// A folder with the training environments `1` and `2`.
fn environments() -> Scratch {
    let scratch = Scratch::new();
    for part in ["1", "2"] {
        let arguments = format!("--split train --part {part}/2 --p-e 0.{part} --limit 40");
        succeed(mkenv(&arguments).arg("-o").arg(scratch.path(part)));
    }
    scratch
}

/// `train` in the folder with a network of 8 units and further arguments, separated by spaces.
fn train(scratch: &Scratch, arguments: &str) -> Command {
    let mut command = binary("train");
    command
        .current_dir(scratch.folder())
        .args(["--hidden", "8"])
        .args(arguments.split_whitespace());
    command
}

#[test]
fn a_periodic_one_is_what_a_shorter_run_writes() {
    let scratch = environments();
    let flags = "--objective meta-irm --anneal 3 --seed 7";
    let long = format!("{flags} --steps 6 --checkpoint-every 2 -o long.safetensors 1 2");
    succeed(&mut train(&scratch, &long));
    assert_eq!(
        scratch.names(),
        [
            "1",
            "2",
            "long.resume.safetensors",
            "long.safetensors",
            "long.step-2.safetensors",
            "long.step-4.safetensors",
            "long.step-6.safetensors"
        ]
    );
    for steps in [2, 4, 6] {
        let found = fs::read(scratch.path(&format!("long.step-{steps}.safetensors"))).unwrap();
        let short = succeed(&mut train(
            &scratch,
            &format!("{flags} --steps {steps} 1 2"),
        ))
        .stdout;
        assert!(found == short, "after {steps} updates");
        assert_eq!(provenance(&found)["settings"]["steps"], steps);
    }
    // The run's own checkpoint is what it is without the flag.
    let last = fs::read(scratch.path("long.step-6.safetensors")).unwrap();
    assert!(fs::read(scratch.path("long.safetensors")).unwrap() == last);
}

#[test]
fn an_output_without_an_extension_has_its_number_at_the_end() {
    let scratch = environments();
    let flags = "--objective erm --steps 3 --checkpoint-every 2";
    succeed(&mut train(&scratch, &format!("{flags} -o run 1 2")));
    assert_eq!(
        scratch.names(),
        ["1", "2", "run", "run.resume", "run.step-2"]
    );
}

#[test]
fn standard_output_and_no_updates_are_usage_errors() {
    let scratch = environments();
    for output in ["-o -", ""] {
        let flags = format!("--objective erm --checkpoint-every 2 {output} 1 2");
        let out = run(&mut train(&scratch, &flags), b"");
        assert_one_line_error(&out, 2, &["--checkpoint-every", "name a file with -o"]);
    }
    let flags = "--objective erm --checkpoint-every 0 -o run 1 2";
    let out = run(&mut train(&scratch, flags), b"");
    assert_one_line_error(&out, 2, &["--checkpoint-every"]);
}

#[test]
fn an_input_or_the_log_is_never_overwritten() {
    let scratch = environments();
    let environment = fs::read(scratch.path("1")).unwrap();
    scratch.file("run.step-2", &environment);
    let flags = "--objective erm --steps 3 --checkpoint-every 2 -o run";
    let out = run(&mut train(&scratch, &format!("{flags} run.step-2 2")), b"");
    assert_one_line_error(&out, 1, &["run.step-2", "it is an input"]);
    assert!(fs::read(scratch.path("run.step-2")).unwrap() == environment);

    let flags = format!("{flags} --log run.step-2 1 2");
    let out = run(&mut train(&scratch, &flags), b"");
    assert_one_line_error(&out, 2, &["--log", "run.step-2"]);

    // Nor is the log while it is written.
    let flags =
        "--objective erm --steps 3 --checkpoint-every 2 -o run.partial --log run.step-2 1 2";
    let out = run(&mut train(&scratch, flags), b"");
    assert_one_line_error(&out, 2, &["--log", "run.step-2.partial"]);
    scratch.file("log.partial", &environment);
    let flags = "--objective erm --log log -o run log.partial 2";
    let out = run(&mut train(&scratch, flags), b"");
    assert_one_line_error(&out, 1, &["log.partial", "it is an input"]);
    assert!(fs::read(scratch.path("log.partial")).unwrap() == environment);
}

/// Pixels of 255 and a huge step size: the weights overflow within a few updates.
#[test]
fn a_run_that_diverges_leaves_only_finite_ones() {
    let scratch = Scratch::new();
    let environment = safetensors(&[
        ("images", Dtype::U8, &[4, 1, 1, 2], &[255; 8]),
        ("labels", Dtype::U8, &[4], &[0, 1, 0, 1]),
    ]);
    scratch.file("1", &environment);
    let flags = "--objective erm --lr 1e18 --steps 9 --checkpoint-every 1 -o run 1";
    let out = run(&mut train(&scratch, flags), b"");
    assert_one_line_error(&out, 3, &["expected a finite number"]);
    let names = scratch.names();
    assert!(!names.contains(&"run".to_owned()), "{names:?}");
    for name in names.iter().filter(|name| *name != "1") {
        // eval refuses values that are not finite.
        succeed(
            binary("eval")
                .current_dir(scratch.folder())
                .args([name, "--env", "1"]),
        );
    }
}
