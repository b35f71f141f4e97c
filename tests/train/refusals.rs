//! What is refused: one line, and no file changed.

use super::*;

#[test]
fn flags_that_make_no_sense_are_usage_errors() {
    let scratch = environments(10, "");
    for (arguments, needles) in [
        (
            "erm --penalty-weight 1 1 2",
            ["--penalty-weight has no meaning", "objective erm"],
        ),
        (
            "erm --penalty-weight-before 1 1 2",
            ["--penalty-weight-before has no meaning", "erm"],
        ),
        ("erm --anneal 5 1 2", ["--anneal has no meaning", "erm"]),
        (
            "erm --reset-adam 1 2",
            ["--reset-optimizer (--reset-adam) has no meaning", "erm"],
        ),
        (
            "erm --momentum 0.9 1 2",
            ["--momentum has no meaning", "--optimizer sgd"],
        ),
        (
            "erm --optimizer sgd --momentum 1 1 2",
            ["--momentum", "below 1"],
        ),
        (
            "erm --optimizer sgd --momentum -0.1 1 2",
            ["--momentum", "0 or more"],
        ),
        ("erm -q -v 1 2", ["--quiet", "--verbose"]),
        ("erm --optimizer adamw 1 2", ["--optimizer", "adam, sgd"]),
        (
            "v-rex --optimizer sgd --reset-optimizer 1 2",
            [
                "--reset-optimizer (--reset-adam) has no meaning",
                "--momentum",
            ],
        ),
        (
            "erm --lr-after-anneal 0.1 1 2",
            ["--lr-after-anneal has no meaning", "erm"],
        ),
        (
            "v-rex --anneal 0 --lr-after-anneal 0.1 1 2",
            ["--lr-after-anneal has no meaning", "--anneal 0"],
        ),
        (
            "erm --no-rescale 1 2",
            ["--no-rescale has no meaning", "erm"],
        ),
        (
            "meta-irm --std-weight 0 --no-rescale 1 2",
            ["--no-rescale has no meaning", "weight is 0"],
        ),
        (
            "erm --inner-lr 0.1 1 2",
            ["--inner-lr has no meaning", "erm"],
        ),
        (
            "irmv1 --inner-steps 2 1 2",
            ["--inner-steps has no meaning", "irmv1"],
        ),
        (
            "v-rex --std-weight 2 1 2",
            ["--std-weight has no meaning", "v-rex"],
        ),
        (
            "mm-rex --first-order 1 2",
            ["--first-order has no meaning", "mm-rex"],
        ),
        (
            "irmv1 --same-env 1 2",
            ["--same-env has no meaning", "irmv1"],
        ),
        (
            "meta-irm --penalty-weight 1 1 2",
            ["--penalty-weight has no meaning", "is --std-weight"],
        ),
        ("v-rex 1", ["v-rex needs 2 or more environments", "found 1"]),
        (
            "mm-rex 1",
            ["mm-rex needs 2 or more environments", "found 1"],
        ),
        (
            "meta-irm 1",
            ["meta-irm needs 2 or more environments", "found 1"],
        ),
        ("vrex 1 2", ["--objective", "v-rex"]),
        ("erm", ["required", "<ENV>"]),
        ("erm --lr -1 1 2", ["--lr", "0 or more"]),
        ("erm --lr NaN 1 2", ["--lr", "finite"]),
        ("erm --l2 inf 1 2", ["--l2", "finite"]),
        ("erm --l2 x 1 2", ["--l2", "number"]),
        (
            "irmv1 --penalty-weight -1 1 2",
            ["--penalty-weight", "0 or more"],
        ),
        (
            "meta-irm --std-over rows 1 2",
            ["--std-over", "sums, pairs"],
        ),
        (
            "v-rex --std-over sums 1 2",
            ["--std-over has no meaning", "v-rex"],
        ),
        ("meta-irm --inner-lr nan 1 2", ["--inner-lr", "finite"]),
        (
            "meta-irm --inner-steps 0 1 2",
            ["--inner-steps", "1 or more"],
        ),
        ("erm --steps 0 1 2", ["--steps", "1 or more"]),
        ("erm --hidden 0 1 2", ["--hidden", "1..=16384"]),
        ("erm --hidden 99999999999 1 2", ["--hidden", "1..=16384"]),
        (
            "erm --hidden 3 --layers 0 1 2",
            ["--hidden has no meaning", "--layers 0"],
        ),
        (
            "v-rex --anneal 0 --penalty-weight-before 2 1 2",
            ["--penalty-weight-before has no meaning", "--anneal"],
        ),
        (
            "meta-irm --std-weight 0 --reset-adam 1 2",
            [
                "--reset-optimizer (--reset-adam) has no meaning",
                "two weights",
            ],
        ),
        (
            "v-rex --penalty-weight 1 --reset-adam 1 2",
            [
                "--reset-optimizer (--reset-adam) has no meaning",
                "never changes",
            ],
        ),
        (
            "erm --checkpoint-every 6 --steps 5 -o out 1 2",
            ["--checkpoint-every 6", "5 steps"],
        ),
        ("erm --layers 17 1 2", ["--layers", "0..=16"]),
        ("erm --threads 0 1 2", ["--threads", "1..=1024"]),
        ("erm --threads 10000 1 2", ["--threads", "1..=1024"]),
        (
            "erm --log l --log-every 0 1 2",
            ["--log-every", "1 or more"],
        ),
        ("erm --log-every 3 1 2", ["required", "--log <FILE>"]),
        ("erm --seed -1 1 2", ["--seed", "0 or more"]),
        ("v-rex --anneal 1.5 1 2", ["--anneal", "0 or more"]),
        (
            "erm --device gpu 1 2",
            ["--device", "expected cpu, cuda or cuda:N"],
        ),
        (
            "erm --device cuda:x 1 2",
            ["--device", "expected cpu, cuda or cuda:N"],
        ),
        ("erm - -", ["only one environment", "standard input"]),
        (
            "erm --log - 1 2",
            ["--log and --output are both -", "Usage"],
        ),
        (
            "erm --log out -o out 1 2",
            ["--log and --output are both out", "Usage"],
        ),
        (
            "erm --log ./out -o out 1 2",
            ["--log and --output are both out", "Usage"],
        ),
    ] {
        let out = run(
            &mut train(scratch.folder(), &format!("--objective {arguments}")),
            b"",
        );
        assert_one_line_error(&out, 2, &needles);
    }
    assert_eq!(scratch.names(), ["1", "2"]);
}

#[test]
fn a_device_that_the_build_lacks_is_one_clear_line() {
    let scratch = environments(10, "");
    // No machine has this many.
    let arguments = "--objective erm --device cuda:9999 1 2";
    let out = run(&mut train(scratch.folder(), arguments), b"");
    assert_one_line_error(
        &out,
        1,
        &["--device cuda:9999", "--features cuda", "--device cpu"],
    );
}

#[test]
fn bad_environments_are_one_clear_line_and_change_no_file() {
    let scratch = environments(10, "");
    let good = fs::read(scratch.path("1")).unwrap();
    let labels = |dtype: Dtype, bytes: &[u8]| {
        safetensors(&[
            ("images", Dtype::U8, &[2, 2, 14, 14], &[9; 2 * 392]),
            ("labels", dtype, &[2], bytes),
        ])
    };
    let bad: Vec<(Vec<u8>, [&str; 2])> = vec![
        (
            good[..good.len() - 1].to_vec(),
            ["bad: not a safetensors file, or cut short", "bytes)"],
        ),
        (
            good[..20].to_vec(),
            ["bad: not a safetensors file, or cut short", "(20 bytes)"],
        ),
        (
            b"step,loss\n".to_vec(),
            ["bad: not a safetensors file", "(10 bytes)"],
        ),
        (vec![], ["bad: not a safetensors file", "(0 bytes)"]),
        (
            safetensors(&[("images", Dtype::U8, &[1, 2, 14, 14], &[0; 392])]),
            ["bad: tensor labels is missing", "the file holds: images"],
        ),
        (
            labels(Dtype::F32, &[0; 8]),
            ["bad: tensor labels is of type F32", "expected U8 or I64"],
        ),
        (
            labels(
                Dtype::I64,
                &[
                    0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
                ],
            ),
            ["bad: tensor labels: row 1 is -1", "a class from 0"],
        ),
        (
            labels(
                Dtype::I64,
                &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
            ),
            ["bad: tensor labels: row 1 is 16777216", "a class from 0"],
        ),
        (
            safetensors(&[
                ("images", Dtype::U8, &[2, 392], &[0; 784]),
                ("labels", Dtype::U8, &[2], &[0, 1]),
            ]),
            [
                "bad: tensor images is of shape [2, 392]",
                "[n, channels, height, width]",
            ],
        ),
        (
            safetensors(&[
                ("images", Dtype::U8, &[2, 2, 14, 14], &[0; 784]),
                ("labels", Dtype::U8, &[3], &[0, 1, 0]),
            ]),
            ["bad: tensor labels is of shape [3]", "expected [2]"],
        ),
        (
            foreign(4, 2),
            ["bad: images are [2, 1, 2]", "expected [2, 14, 14] as in 1"],
        ),
    ];
    scratch.file("out", b"old");
    for (bytes, needles) in &bad {
        scratch.file("bad", bytes);
        let out = run(
            &mut train(scratch.folder(), "--objective erm --log log -o out 1 bad"),
            b"",
        );
        assert_one_line_error(&out, 1, needles);
    }
    fs::remove_file(scratch.path("bad")).unwrap();
    let missing = run(
        &mut train(scratch.folder(), "--objective erm -o out 1 bad"),
        b"",
    );
    assert_one_line_error(&missing, 1, &["train: cannot read bad", "No such file"]);
    let empty = run(
        &mut train(scratch.folder(), "--objective erm -o out 1 -"),
        b"",
    );
    assert_one_line_error(&empty, 1, &["standard input: not a safetensors file"]);

    // A checkpoint is no environment, and says so itself.
    checkpoint(scratch.folder(), "--objective erm -o theta 1 2");
    let wrong = run(
        &mut train(scratch.folder(), "--objective erm -o out 1 theta"),
        b"",
    );
    assert_one_line_error(&wrong, 1, &["theta: the file says that it is a checkpoint"]);

    assert_eq!(fs::read(scratch.path("out")).unwrap(), b"old");
    assert_eq!(scratch.names(), ["1", "2", "out", "theta"]);
}

#[test]
fn environments_for_other_classes_do_not_mix() {
    let scratch = environments(10, "--grayscale");
    succeed(mkenv("--split train --p-e 0.1 --grayscale --classes 5 -o").arg(scratch.path("five")));
    let out = run(&mut train(scratch.folder(), "--objective erm 1 five"), b"");
    assert_one_line_error(&out, 1, &["1: made for 2 classes", "expected 5 as in five"]);
    // A file that does not say is for at least as many as its labels show.
    scratch.file(
        "labels",
        &safetensors(&[
            ("images", Dtype::U8, &[3, 1, 14, 14], &[9; 3 * 196]),
            ("labels", Dtype::U8, &[3], &[0, 2, 1]),
        ]),
    );
    let out = run(
        &mut train(scratch.folder(), "--objective erm labels 1"),
        b"",
    );
    assert_one_line_error(
        &out,
        1,
        &["1: made for 2 classes", "expected 3 as in labels"],
    );
}

#[test]
fn an_output_that_cannot_be_written_is_refused_before_any_work() {
    let scratch = environments(10, "");
    let input = fs::read(scratch.path("1")).unwrap();
    for (arguments, needles) in [
        (
            "-o none/out 1 2",
            ["cannot write none/out", "there is no folder none"],
        ),
        ("-o . 1 2", ["cannot write .", "it is a folder"]),
        (
            "-o out --log none/log 1 2",
            ["cannot write none/log", "there is no folder none"],
        ),
        ("-o out --log . 1 2", ["cannot write .", "it is a folder"]),
        ("-o ./1 1 2", ["cannot write ./1", "it is an input"]),
        (
            "-o out --log ./2 1 2",
            ["cannot write ./2", "it is an input"],
        ),
    ] {
        // So many steps would take years.
        let arguments = format!("--objective erm --steps 99999999999 {arguments}");
        let out = run(&mut train(scratch.folder(), &arguments), b"");
        assert_one_line_error(&out, 1, &needles);
    }
    assert_eq!(scratch.names(), ["1", "2"]);
    assert_eq!(fs::read(scratch.path("1")).unwrap(), input);
}

#[test]
fn a_loss_that_is_not_finite_names_the_step_and_leaves_the_log() {
    let scratch = environments(10, "");
    scratch.file("out", b"old");
    // The first update throws the weights to 1e30; their products overflow in the next step.
    for objective in ["erm", "irmv1", "meta-irm"] {
        let arguments =
            format!("--objective {objective} --lr 1e30 --steps 30 --log log -o out 1 2");
        let out = run(&mut train(scratch.folder(), &arguments), b"");
        assert_one_line_error(&out, 3, &["train: step 1: the loss is", "try a smaller lr"]);
        let log = log(&scratch);
        let steps: Vec<_> = csv(&log, LOG)
            .iter()
            .map(|row| row["step"].to_owned())
            .collect();
        assert_eq!(steps, ["0", "0", "1", "1"], "{log}");
    }
    // The same, where there is no next step.
    let out = run(
        &mut train(
            scratch.folder(),
            "--objective erm --lr 1e38 --steps 1 -o out 1 2",
        ),
        b"",
    );
    assert_one_line_error(
        &out,
        3,
        &["train: step 0: after the last update", "not finite"],
    );
    // Where the first step says so already, it was not an update.
    for (flags, to_blame) in [
        ("erm --l2 1e308", "smaller l2"),
        ("meta-irm --inner-lr 1e300", "or inner-lr"),
    ] {
        let arguments = format!("--objective {flags} -o out 1 2");
        let out = run(&mut train(scratch.folder(), &arguments), b"");
        assert_one_line_error(&out, 3, &["train: step 0: the loss is", to_blame]);
    }
    // The loss is a sum in f64, the gradient is f32.
    for flags in [
        "erm --l2 1e39",
        "v-rex --penalty-weight 1e45 --anneal 0",
        "meta-irm --std-weight 1e45 --anneal 0",
    ] {
        let arguments = format!("--objective {flags} -o out 1 2");
        let out = run(&mut train(scratch.folder(), &arguments), b"");
        let says = [
            "train: step 0: the gradient is not finite",
            "smaller weight",
        ];
        assert_one_line_error(&out, 3, &says);
    }
    assert_eq!(fs::read(scratch.path("out")).unwrap(), b"old");
    assert_eq!(scratch.names(), ["1", "2", "log", "out"]);
}

#[test]
fn a_log_that_cannot_be_written_costs_no_checkpoint_and_hides_no_error() {
    let scratch = environments(10, "");
    let environment = fs::read(scratch.path("2")).unwrap();
    let made = || fs::remove_file(scratch.path("out")).is_ok();
    let logged = |flags: &str| {
        let arguments = format!("--objective erm {flags} -o out 1 -");
        train(scratch.folder(), &arguments)
    };
    assert_gone_reader_is_no_error(&mut logged("--log -"), &environment);
    assert!(made());
    let (code, said) = run_unread(&mut logged("--log - --lr 1e30"), &environment);
    assert!(
        code == Some(3) && said.contains("step 1: the loss is"),
        "{said}"
    );
    assert!(!made());
    let out = run(&mut logged("--log /dev/full"), &environment);
    assert_one_line_error(&out, 1, &["cannot write /dev/full"]);
    assert!(made());
}
