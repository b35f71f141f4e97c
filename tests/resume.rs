//! `train --resume` as a real process.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pipeline_tests::{Scratch, assert_one_line_error, binary, mkenv, provenance, run, succeed};

/// A folder with the training environments `1`, `2` and `3`.
fn environments() -> Scratch {
    let scratch = Scratch::new();
    for part in ["1", "2", "3"] {
        let arguments = format!("--split train --part {part}/3 --p-e 0.{part} --limit 40");
        succeed(mkenv(&arguments).arg("-o").arg(scratch.path(part)));
    }
    scratch
}

/// `train` in the folder with a network of 8 units and further arguments, separated by spaces.
fn train(scratch: &Scratch, arguments: &str) -> Command {
    let mut command = binary("train");
    command
        .current_dir(scratch.folder())
        // So small a network has nothing to share.
        .args(["--hidden", "8", "--threads", "1"])
        .args(arguments.split_whitespace());
    command
}

fn read(scratch: &Scratch, name: &str) -> Vec<u8> {
    fs::read(scratch.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The weight of the penalty and the step size change, and the optimiser starts anew, before, at and after the stop.
#[test]
fn a_run_that_goes_on_ends_as_one_that_was_not_stopped() {
    let scratch = environments();
    for objective in [
        "erm",
        "irmv1 --anneal 3",
        "v-rex --anneal 4 --reset-adam",
        "mm-rex --anneal 2 --reset-adam",
        "meta-irm --anneal 5 --reset-adam",
        "meta-irm --anneal 3 --inner-steps 2 --first-order",
        "erm --optimizer sgd",
        "meta-irm --anneal 3 --optimizer sgd --momentum 0.9 --lr-after-anneal 0.01 --no-rescale",
        "v-rex --anneal 5 --optimizer sgd --momentum 0.5 --reset-optimizer --lr-after-anneal 0.1",
        "meta-irm --std-weight 0 --anneal 4 --lr-after-anneal 0.1",
        "irmv1 --anneal 4 --batch 15",
        "meta-irm --anneal 4 --pairs sample",
    ] {
        for engine in ["fused --precision auto", "fused --precision f32", "candle"] {
            let flags = format!("--objective {objective} --engine {engine} --seed 3");
            let whole = succeed(&mut train(&scratch, &format!("{flags} --steps 7 1 2"))).stdout;
            let first = format!("{flags} --steps 4 --checkpoint-every 4 -o first.safetensors 1 2");
            succeed(&mut train(&scratch, &first));
            let rest = format!("{flags} --steps 7 --resume first.resume.safetensors 1 2");
            let resumed = succeed(&mut train(&scratch, &rest)).stdout;
            assert!(resumed == whole, "{flags}");
            // Without the moments it would be another one.
            assert!(read(&scratch, "first.safetensors") != whole, "{flags}");
        }
    }
    let state = provenance(&read(&scratch, "first.resume.safetensors"));
    assert_eq!(state["kind"], "training-state");
    assert_eq!(
        (&state["updates"], &state["adam_step"]),
        (&4.into(), &4.into())
    );
    assert_eq!(state["device"], "cpu");
    assert_eq!(state["run"]["kind"], "checkpoint");
}

/// Waits for the file `name`, which a run writes.
fn wait_for(scratch: &Scratch, name: &str) {
    let begin = Instant::now();
    while !scratch.path(name).exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{name}");
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_killed_run_goes_on_with_its_log() {
    let scratch = environments();
    let flags = "--objective v-rex --anneal 20 --reset-adam --log-every 3 --checkpoint-every 10";
    // The number of steps shows only at the end.
    let long = format!("{flags} --steps 20000 --log log -o out.safetensors 1 2");
    let mut child = train(&scratch, &long)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&scratch, "out.step-30.safetensors");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!scratch.path("out.safetensors").exists());

    let updates = provenance(&read(&scratch, "out.resume.safetensors"))["updates"].clone();
    let steps = updates.as_u64().unwrap() + 8;
    let ends = format!("--objective v-rex --anneal 20 --reset-adam --log-every 3 --steps {steps}");
    let resumed =
        format!("{ends} --resume out.resume.safetensors --log log -o out.safetensors 1 2");
    succeed(&mut train(&scratch, &resumed));
    succeed(&mut train(
        &scratch,
        &format!("{ends} --log whole.log -o whole.safetensors 1 2"),
    ));
    for (found, expected) in [
        ("out.safetensors", "whole.safetensors"),
        ("log", "whole.log"),
    ] {
        assert!(read(&scratch, found) == read(&scratch, expected), "{found}");
    }
    assert!(!scratch.path("log.partial").exists());

    // Without the partial log it starts late, and says so.
    let out = run(&mut train(&scratch, &resumed), b"");
    let says = format!("train: the log log starts at step {updates}: ");
    assert!(out.code == 0 && out.stderr.starts_with(&says), "{out}");
    let log = String::from_utf8(read(&scratch, "log")).unwrap();
    let first = log.lines().nth(1).unwrap().split(',').next().unwrap();
    assert!(
        first.parse::<u64>().unwrap() >= updates.as_u64().unwrap(),
        "{log}"
    );
    assert!(log.starts_with("step,environment,risk,"), "{log}");
}

#[test]
fn other_flags_and_environments_are_refused_with_what_differs() {
    let scratch = environments();
    let given = "--objective meta-irm --anneal 1 --seed 3 --steps 3";
    let first = format!("{given} --checkpoint-every 2 -o a.safetensors 1 2");
    succeed(&mut train(&scratch, &first));
    let state = read(&scratch, "a.resume.safetensors");
    for (flags, needles) in [
        (
            format!("{given} --lr 0.5 1 2"),
            vec!["--lr: found 0.001, expected 0.5"],
        ),
        (
            format!("{given} --l2 0 1 2"),
            vec!["--l2: found 0.001, expected 0.0"],
        ),
        (
            format!("{given} --inner-lr 0.5 1 2"),
            vec!["--inner-lr: found 0.1, expected 0.5"],
        ),
        (
            format!("{given} --std-weight 7 1 2"),
            vec!["--std-weight: found", "expected 7.0"],
        ),
        (
            format!("{given} --reset-adam 1 2"),
            vec!["--reset-optimizer (--reset-adam): found false, expected true"],
        ),
        (
            format!("{given} --no-rescale 1 2"),
            vec!["--no-rescale: found false, expected true"],
        ),
        (
            format!("{given} --optimizer sgd 1 2"),
            vec!["--optimizer: found \"adam\", expected \"sgd\""],
        ),
        (
            format!("{given} --lr-after-anneal 0.5 1 2"),
            vec!["--lr-after-anneal: found null, expected 0.5"],
        ),
        (
            format!("{given} --layers 1 1 2"),
            vec!["--hidden and --layers: found [8,8], expected [8]"],
        ),
        (
            format!("{given} --engine candle 1 2"),
            vec!["--engine: found \"fused\", expected \"candle\""],
        ),
        (
            format!("{given} --experiment x 1 2"),
            vec!["--experiment: found null, expected \"x\""],
        ),
        (
            format!("{given} 1 3"),
            vec!["environment 2 (SHA-256): found"],
        ),
        (
            format!("{given} 1 2 3"),
            vec!["the number of environments: found 2, expected 3"],
        ),
        (
            "--objective v-rex --anneal 0 --seed 4 --steps 3 1 2".to_owned(),
            vec![
                "--objective: found \"meta-irm\", expected \"v-rex\"",
                "--anneal: found 1, expected 0",
                "--seed: found 3, expected 4",
            ],
        ),
        (
            "--objective meta-irm --anneal 1 --seed 3 --steps 1 1 2".to_owned(),
            vec!["2 updates are made", "--steps 1"],
        ),
    ] {
        let flags = format!("{flags} --resume a.resume.safetensors -o b.safetensors");
        let out = run(&mut train(&scratch, &flags), b"");
        assert_one_line_error(&out, 1, &needles);
        assert!(out.stderr.contains("a.resume.safetensors: "), "{out}");
        assert!(!scratch.path("b.safetensors").exists(), "{out}");
    }
    // A checkpoint and an environment are no state, and the state is no checkpoint.
    for (file, needle) in [
        (
            "a.safetensors",
            "the file says that it is of kind checkpoint",
        ),
        ("1", "the file says that it is of kind environment"),
    ] {
        let flags = format!("{given} --resume {file} -o b.safetensors 1 2");
        let out = run(&mut train(&scratch, &flags), b"");
        assert_one_line_error(
            &out,
            1,
            &["--resume", file, needle, "NAME.resume.safetensors"],
        );
    }
    let mut eval = binary("eval");
    eval.current_dir(scratch.folder());
    let out = run(eval.args(["a.resume.safetensors", "--env", "1"]), b"");
    assert_one_line_error(&out, 1, &["a.resume.safetensors", "and no others"]);

    // Another momentum.
    let sgd = "--objective erm --optimizer sgd --steps 3";
    let first = format!("{sgd} --momentum 0.5 --checkpoint-every 2 -o c.safetensors 1 2");
    succeed(&mut train(&scratch, &first));
    let flags = format!("{sgd} --resume c.resume.safetensors 1 2");
    let out = run(&mut train(&scratch, &flags), b"");
    assert_one_line_error(&out, 1, &["--momentum: found 0.5, expected 0.0"]);
    let of_sgd = provenance(&read(&scratch, "c.resume.safetensors"));
    assert!(of_sgd["adam_step"].is_null(), "{of_sgd}");

    // It is an input, and only a later state may replace it.
    let flags = format!("{given} --resume a.resume.safetensors -o a.resume.safetensors 1 2");
    let out = run(&mut train(&scratch, &flags), b"");
    assert_one_line_error(&out, 1, &["a.resume.safetensors", "it is an input"]);
    assert!(read(&scratch, "a.resume.safetensors") == state);
}
