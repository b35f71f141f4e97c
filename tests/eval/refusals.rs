//! What is refused: one line.

use super::*;

#[test]
fn flags_that_make_no_sense_are_usage_errors() {
    let scratch = Scratch::new();
    for (arguments, needles) in [
        ("net", ["required", "--env <ENV>"]),
        ("--env env", ["required", "<CHECKPOINT>"]),
        ("--env - -- -", ["only one file", "standard input"]),
        ("net --env - -", ["only one file", "standard input"]),
        ("net --env env --threads 0", ["--threads", "1..=1024"]),
        ("net --env env --threads 10000", ["--threads", "1..=1024"]),
        ("net --env env --p-e 1.5", ["--p-e", "unexpected"]),
    ] {
        let out = run(&mut eval(scratch.folder(), arguments), b"");
        assert_one_line_error(&out, 2, &needles);
    }
}

#[test]
fn bad_checkpoints_are_one_clear_line() {
    let scratch = trained();
    let inputs = 392;
    let weight = bytes(vec![0.5; 3 * inputs]);
    let first: [(&str, Dtype, &[usize], &[u8]); 2] = [
        ("fc1.weight", Dtype::F32, &[3, 392], &weight),
        ("fc1.bias", Dtype::F32, &[3], &[0; 12]),
    ];
    let with = |more: &[(&str, Dtype, &[usize], &[u8])]| safetensors(&[&first, more].concat());
    let nan = bytes([f32::NAN]);
    // Infinite hidden units of either sign, of which the next layer makes what is no number.
    let infinite = |weight: Vec<f32>, rows: usize| Layer {
        bias: vec![0.5; rows],
        weight: weight
            .chunks(weight.len() / rows)
            .map(<[_]>::to_vec)
            .collect(),
    };
    let overflown = [
        infinite(vec![3e38; 2 * inputs], 2),
        infinite(vec![2.0, -1.0, 2.0, -1.0], 2),
        infinite(vec![1.0; 2], 1),
    ];
    let good = fs::read(scratch.path("erm")).unwrap();
    let bad: Vec<(Vec<u8>, &[&str])> = vec![
        (
            checkpoint(&network(&[393, 3, 1])),
            &[
                "1: images have 2x14x14 = 392 values",
                "expected 393, the inputs of bad",
            ],
        ),
        (
            checkpoint(&network(&[392, 3, 2])),
            &[
                "bad: tensor fc2.weight has 2 rows",
                "two classes have one logit",
            ],
        ),
        (
            with(&[
                ("fc2.weight", Dtype::F32, &[1, 3], &bytes([3e38; 3])),
                ("fc2.bias", Dtype::F32, &[1], &[0; 4]),
            ]),
            &["bad on 1: the risk is", "expected a finite number"],
        ),
        (
            checkpoint(&overflown),
            &["bad on 1: the risk is NaN", "expected a finite number"],
        ),
        (
            altered(&good, "\\\"classes\\\":2", "\\\"classes\\\":5"),
            &["bad: metadata field provenance: classes is 5", "expected 2"],
        ),
        (
            altered(
                &good,
                "\\\"kind\\\":\\\"checkpoint",
                "\\\"kind\\\":\\\"chequepoin",
            ),
            &[
                "bad: the file says that it is a chequepoin",
                "expected a checkpoint",
            ],
        ),
        // As nn.Sequential calls its layers.
        (
            safetensors(&[
                ("0.weight", Dtype::F32, &[3, 392], &weight),
                ("0.bias", Dtype::F32, &[3], &[0; 12]),
            ]),
            &[
                "bad: tensor fc1.weight is missing; the file holds: 0.bias, 0.weight;",
                "call the layers fc1, fc2, …",
            ],
        ),
        (
            with(&[("fc2.weight", Dtype::F32, &[1, 3], &[0; 12])]),
            &[
                "bad: tensor fc2.bias is missing",
                "the file holds: fc1.bias, fc1.weight, fc2.weight",
            ],
        ),
        (
            with(&[
                ("fc2.weight", Dtype::F32, &[1, 3], &[0; 12]),
                ("fc2.bias", Dtype::F32, &[1], &nan),
            ]),
            &["bad: tensor fc2.bias holds NaN", "finite"],
        ),
        (
            with(&[
                ("fc2.weight", Dtype::F32, &[1, 4], &[0; 16]),
                ("fc2.bias", Dtype::F32, &[1], &[0; 4]),
            ]),
            &[
                "bad: tensor fc2.weight has the shape [1, 4]",
                "expected [out, 3]",
            ],
        ),
        (
            with(&[
                ("fc2.weight", Dtype::F32, &[1, 3], &[0; 12]),
                ("fc2.bias", Dtype::F32, &[2], &[0; 8]),
            ]),
            &["bad: tensor fc2.bias has the shape [2]", "expected [1]"],
        ),
        (
            with(&[
                ("fc2.weight", Dtype::F16, &[1, 3], &[0; 6]),
                ("fc2.bias", Dtype::F32, &[1], &[0; 4]),
            ]),
            &["bad: tensor fc2.weight is of type F16", "expected F32"],
        ),
        (
            with(&[("norm.weight", Dtype::F32, &[3], &[0; 12])]),
            &[
                "bad: expected the tensors fc1.weight",
                "and no others",
                "norm.weight",
            ],
        ),
        (
            fs::read(scratch.path("1")).unwrap(),
            &["bad: tensor fc1.weight is missing", "images"],
        ),
        (
            good[..good.len() - 1].to_vec(),
            &["bad: not a safetensors file, or cut short", "bytes)"],
        ),
        (vec![], &["bad: not a safetensors file", "(0 bytes)"]),
        (
            vec![255; 100],
            &["bad: not a safetensors file", "(100 bytes)"],
        ),
    ];
    scratch.file("out", b"old");
    let before = scratch.names();
    for (file, needles) in bad {
        scratch.file("bad", &file);
        let out = run(&mut eval(scratch.folder(), "-o out erm bad --env 1"), b"");
        assert_one_line_error(&out, 1, needles);
        fs::remove_file(scratch.path("bad")).unwrap();
    }
    let out = run(&mut eval(scratch.folder(), "-o out erm bad --env 1"), b"");
    assert_one_line_error(&out, 1, &["eval: cannot read bad", "No such file"]);
    assert_eq!(fs::read(scratch.path("out")).unwrap(), b"old");
    assert_eq!(scratch.names(), before);
}

/// `file` with `to` in the place of all `from`, which are as long.
fn altered(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut altered = file.to_vec();
    let places = 0..=file.len() - from.len();
    let found: Vec<_> = places
        .filter(|&p| file[p..].starts_with(from.as_bytes()))
        .collect();
    assert!(!found.is_empty(), "no {from}");
    for place in found {
        altered[place..][..to.len()].copy_from_slice(to.as_bytes());
    }
    altered
}

#[test]
fn bad_environments_and_outputs_are_one_clear_line() {
    let scratch = trained();
    // Five classes for a network that tells two apart: same width, labels up to 4.
    let five = [[0u8; 196].as_slice(), &[9; 196]].concat().repeat(5);
    scratch.file(
        "five",
        &safetensors(&[
            ("images", Dtype::U8, &[5, 2, 14, 14], &five),
            ("labels", Dtype::U8, &[5], &[0, 1, 2, 3, 4]),
        ]),
    );
    // Grayscale images are of one size, however many classes there are.
    succeed(
        mkenv("--split test --classes 2 --grayscale --p-e 0.1 -o gray-2")
            .current_dir(scratch.folder()),
    );
    let one = fs::read(scratch.path("1")).unwrap();
    scratch.file("wild", &altered(&one, "\\\"p_e\\\":0.2", "\\\"p_e\\\":2.1"));
    let noisy = altered(&one, "\\\"label_noise\\\":0.25", "\\\"label_noise\\\":7.25");
    scratch.file("noisy", &noisy);
    scratch.file("ten", &checkpoint(&network(&[196, 4, 10])));
    scratch.file("cut", &fs::read(scratch.path("1")).unwrap()[..1000]);
    let before = scratch.names();
    for (arguments, needles) in [
        ("erm --env 1 five", ["five: ", "the network's classes"]),
        (
            "ten --env gray-2",
            [
                "gray-2: metadata field provenance: classes is 2",
                "expected 10, those of ten",
            ],
        ),
        ("erm --env 1 none", ["cannot read none", "No such file"]),
        (
            "erm --env wild",
            [
                "wild: metadata field provenance: p_e is 2.1",
                "expected a probability",
            ],
        ),
        (
            "erm --env noisy",
            [
                "noisy: metadata field provenance: label_noise is 7.25",
                "expected a probability",
            ],
        ),
        (
            "erm --env cut",
            ["cut: not a safetensors file, or cut short", "(1000 bytes)"],
        ),
        (
            "erm --env meta",
            [
                "meta: the file says that it is a checkpoint",
                "expected an environment",
            ],
        ),
        (
            "-o none/out erm --env 1",
            ["cannot write none/out", "there is no folder none"],
        ),
        ("-o . erm --env 1", ["cannot write .", "it is a folder"]),
        (
            "-o ./erm erm --env 1",
            ["cannot write ./erm", "it is an input"],
        ),
        ("-o ./1 erm --env 1", ["cannot write ./1", "it is an input"]),
    ] {
        let out = run(&mut eval(scratch.folder(), arguments), b"");
        assert_one_line_error(&out, 1, &needles);
    }
    assert_eq!(scratch.names(), before);
}
