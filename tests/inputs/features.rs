//! F32 `inputs` [n, …] in the place of images.

use super::*;

/// Rows of ten numbers below 2 in size. The label is whether a sum over the first five is positive; the sixth number goes with
/// the label where `agrees` says so.
fn features(n: usize, skip: usize, agrees: impl Fn(usize) -> bool) -> (Vec<f32>, Vec<u8>) {
    let mut numbers = scrambled((10 * (n + skip)) as u32)
        .skip(10 * skip)
        .map(|x| x as f32 / (1 << 22) as f32 - 2.0);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for row in 0..n {
        let mut of_row: Vec<f32> = numbers.by_ref().take(10).collect();
        let label = of_row[0] + 0.5 * of_row[1] - of_row[2] + of_row[3] - 0.25 * of_row[4] > 0.0;
        of_row[5] = if label == agrees(row) { 1.5 } else { -1.5 };
        values.extend(of_row);
        labels.push(u8::from(label));
    }
    (values, labels)
}

/// Two training environments and one in which the sixth number misleads.
fn files(scratch: &Scratch) {
    for (name, skip, every) in [("1", 0, 5), ("2", 300, 10), ("test", 600, 0)] {
        let (values, labels) = features(300, skip, |row| every > 0 && row % every != 0);
        let inputs = ("inputs", Dtype::F32, &[300, 10][..], &f32_bytes(values)[..]);
        scratch.file(name, &environment(inputs, &labels));
    }
}

#[test]
fn networks_of_any_depth_learn_from_them() {
    let scratch = Scratch::new();
    files(&scratch);
    for (objective, layers) in [
        ("erm", "--layers 0"),
        ("irmv1 --penalty-weight 10 --anneal 20", "--layers 0"),
        ("meta-irm --std-weight 1", "--layers 0"),
        ("erm", "--layers 1 --hidden 12"),
        ("erm", "--layers 2 --hidden 12"),
        ("meta-irm --std-weight 1", "--layers 2 --hidden 12"),
    ] {
        let flags = format!("--objective {objective} {layers} --lr 0.02 --l2 0 --steps 150");
        trained(&scratch, &format!("{flags} -o net 1 2"));
        let said = provenance(&fs::read(scratch.path("net")).unwrap());
        // auto: bf16 would round the inputs themselves.
        assert_eq!(
            (&said["engine"], &said["precision"]),
            (&json!("fused"), &json!("f32"))
        );
        assert_eq!(
            (&said["input_tensor"], &said["input_shape"]),
            (&json!("inputs"), &json!([10]))
        );
        let found = accuracies(&scratch, "net --env 1 2");
        assert!(
            found.iter().all(|&accuracy| accuracy > 0.8),
            "{flags}: {found:?}"
        );
    }
    // What misleads does so.
    let erm = accuracies(&scratch, "net --env 1 test");
    assert!(erm[1] < erm[0], "{erm:?}");
}

#[test]
fn engines_and_precisions_agree() {
    let scratch = Scratch::new();
    files(&scratch);
    for layers in [
        "--layers 0",
        "--layers 1 --hidden 9",
        "--layers 2 --hidden 9",
    ] {
        let flags = format!("--objective meta-irm --std-weight 1 {layers} --lr 0.01 --steps 60");
        let logged = |engine: &str| {
            trained(&scratch, &format!("{flags} {engine} --log log -o net 1 2"));
            let log = fs::read_to_string(scratch.path("log")).unwrap();
            let last = log.lines().last().unwrap().to_owned();
            let risk: f64 = last.split(',').nth(2).unwrap().parse().unwrap();
            risk
        };
        let candle = logged("--engine candle");
        let fused = logged("--engine fused --precision f32");
        assert!((candle - fused).abs() < 1e-4, "{candle} {fused}");
        let out = ran(
            &scratch,
            "train",
            &format!("{flags} --precision bf16 --log log -o net 1 2"),
        );
        // Not every CPU has it.
        if out.code == 0 {
            let bf16 = logged("--precision bf16");
            let said = provenance(&fs::read(scratch.path("net")).unwrap());
            assert_eq!(said["precision"], "bf16");
            assert!(
                bf16 != fused && (bf16 - fused).abs() < 2e-2,
                "{bf16} {fused}"
            );
        } else {
            assert_one_line_error(&out, 1, &["bf16 needs AVX-512 BF16 or AMX"]);
        }
    }
}

/// The values are the network's inputs as they are: a network that is written by hand gives what is worked out here.
#[test]
fn they_are_not_scaled() {
    let scratch = Scratch::new();
    let checkpoint = safetensors(&[
        (
            "fc1.weight",
            Dtype::F32,
            &[1, 4],
            &f32_bytes([1.0, -2.0, 0.0, 0.5]),
        ),
        ("fc1.bias", Dtype::F32, &[1], &f32_bytes([0.25])),
    ]);
    scratch.file("net", &checkpoint);
    // The logits are 300.25 and −1.75; risk: the mean of −ln σ(300.25) = 0 and −ln σ(1.75).
    let rows = f32_bytes([300.0, 0.0, 9.0, 0.0, 0.0, 0.0, -7.0, -4.0]);
    for shape in [&[2, 4][..], &[2, 2, 2], &[2, 1, 2, 2], &[2, 1, 1, 4, 1]] {
        scratch.file(
            "env",
            &environment(("inputs", Dtype::F32, shape, &rows), &[1, 0]),
        );
        let out = succeed(&mut program(&scratch, "eval", "net --env env"));
        let row = &csv(out.text(), EVAL_HEADER)[0];
        assert_eq!(number(row, "accuracy"), 1.0);
        let expected = (1.0 + (-1.75f64).exp()).ln() / 2.0;
        assert!((number(row, "risk") - expected).abs() < 1e-6, "{out}");
    }
    // `--env A CHECKPOINT` tells them apart, too.
    assert_eq!(accuracies(&scratch, "--env env net"), [1.0]);
}

#[test]
fn what_they_must_not_be_is_refused() {
    let scratch = Scratch::new();
    let numbers = f32_bytes([0.5, -1.0, 2.0, 0.0, 1.0, 3.0]);
    let with = |value: f32| f32_bytes([0.5, -1.0, 2.0, value, 1.0, 3.0]);
    let file = |dtype, shape: &[usize], bytes: &[u8]| {
        environment(("inputs", dtype, shape, bytes), &[0, 1, 0])
    };
    let both = safetensors(&[
        ("inputs", Dtype::F32, &[3, 2], &numbers),
        ("images", Dtype::U8, &[3, 1, 1, 2], &[9, 8, 7, 6, 5, 4]),
        ("labels", Dtype::U8, &[3], &[0, 1, 0]),
    ]);
    let float_images =
        |dtype, bytes: &[u8]| environment(("images", dtype, &[3, 1, 1, 2], bytes), &[0, 1, 0]);
    let doubles = [0; 48];
    for (bytes, needles) in [
        (
            both,
            [
                "bad: the file holds both tensors images and inputs",
                "leave one out",
            ],
        ),
        (
            file(Dtype::F32, &[3, 2], &with(f32::NAN)),
            [
                "bad: tensor inputs: row 1 holds NaN",
                "expected finite numbers",
            ],
        ),
        (
            file(Dtype::F32, &[3, 2], &with(f32::NEG_INFINITY)),
            [
                "bad: tensor inputs: row 1 holds -inf",
                "expected finite numbers",
            ],
        ),
        (
            file(Dtype::F32, &[3], &numbers[..12]),
            ["bad: tensor inputs is of shape [3]", "of shape [n, 1]"],
        ),
        (
            file(Dtype::F32, &[3, 0], &[]),
            [
                "bad: tensor inputs is of shape [3, 0]",
                "expected at least 1 each",
            ],
        ),
        (
            file(Dtype::F32, &[2, 3], &numbers),
            [
                "bad: tensor labels is of shape [3]",
                "expected [2], one for each of the rows of inputs",
            ],
        ),
        (
            file(Dtype::F64, &[3, 2], &doubles),
            [
                "bad: tensor inputs is of type F64, expected F32",
                "store the values as F32",
            ],
        ),
        (
            file(Dtype::U8, &[3, 2], &[9; 6]),
            [
                "bad: tensor inputs is of type U8, expected F32",
                "under the name images",
            ],
        ),
        (
            float_images(Dtype::F32, &numbers),
            [
                "multiply them by 255, round them, and store them as U8",
                "under the name inputs",
            ],
        ),
        (
            float_images(Dtype::F64, &doubles),
            [
                "bad: tensor images is of type F64",
                "store them as F32 under the name inputs",
            ],
        ),
        (
            environment(("images", Dtype::U8, &[3, 2], &[9; 6]), &[0, 1, 0]),
            [
                "expected [n, channels, height, width]",
                "features that are no images go into a tensor inputs F32",
            ],
        ),
        (
            environment(("pixels", Dtype::U8, &[3, 2], &[9; 6]), &[0, 1, 0]),
            [
                "bad: tensor images is missing; the file holds: labels, pixels",
                "or inputs F32 [n, …]",
            ],
        ),
    ] {
        scratch.file("bad", &bytes);
        let out = ran(&scratch, "train", "--objective erm --layers 0 bad");
        assert_one_line_error(&out, 1, &needles);
    }
    // Of one run, and of a run and its score, either images or inputs, of one shape.
    scratch.file("numbers", &file(Dtype::F32, &[3, 2], &numbers));
    scratch.file("column", &file(Dtype::F32, &[3, 2, 1], &numbers));
    let pixels = environment(
        ("images", Dtype::U8, &[3, 2, 1, 1], &[9, 8, 7, 6, 5, 4]),
        &[0, 1, 0],
    );
    scratch.file("pixels", &pixels);
    let erm = "--objective erm --layers 0 --steps 2 -o net";
    for (other, needles) in [
        (
            "pixels",
            [
                "pixels: the rows are in a tensor images",
                "expected inputs as in numbers",
            ],
        ),
        (
            "column",
            ["column: inputs are [2, 1]", "expected [2] as in numbers"],
        ),
    ] {
        let out = ran(&scratch, "train", &format!("{erm} numbers {other}"));
        assert_one_line_error(&out, 1, &needles);
    }
    trained(&scratch, &format!("{erm} numbers"));
    for (other, needles) in [
        (
            "pixels",
            [
                "pixels: the rows are in a tensor images",
                "net was trained on inputs",
            ],
        ),
        (
            "column",
            ["column: inputs are 2x1", "net was trained on 2:"],
        ),
    ] {
        let out = ran(&scratch, "eval", &format!("net --env {other}"));
        assert_one_line_error(&out, 1, &needles);
    }
}

/// Mean and standard deviation are worked out here once more.
#[test]
fn inspect_shows_their_range_and_spread() {
    let scratch = Scratch::new();
    let values = [0.0, 2.0, 10.0, 12.0, 4.0, 6.0];
    let file = environment(
        ("inputs", Dtype::F32, &[3, 2], &f32_bytes(values)),
        &[0, 1, 0],
    );
    scratch.file("env", &file);
    let out = succeed(&mut program(&scratch, "inspect", "--json env"));
    let found: Value = serde_json::from_str(out.text()).unwrap();
    let classes = &found["environment"]["classes"];
    assert_eq!(
        classes[0]["spread"],
        json!({"mean": 3.0, "std": 5.0f64.sqrt(), "least": 0.0, "largest": 6.0})
    );
    assert_eq!(classes[1]["spread"]["mean"], 11.0);
    let features = &found["environment"]["features"];
    assert_eq!(features.as_array().unwrap().len(), 2);
    assert_eq!(
        (&features[0]["largest"], &features[1]["least"]),
        (&json!(10.0), &json!(2.0))
    );
    assert_eq!(found["environment"]["values"], json!([0.0, 12.0]));
    let out = succeed(&mut program(&scratch, "inspect", "env"));
    let words: Vec<Vec<&str>> = out
        .text()
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for line in [
        vec!["label", "rows", "mean", "std", "least", "largest"],
        vec!["0", "2", "3", "2.236", "0", "6"],
        vec!["1", "1", "11", "1", "10", "12"],
        vec!["feature", "mean", "std", "least", "largest"],
        vec!["0", "4.667", "4.11", "0", "10"],
        vec!["values", "from", "0", "to", "12"],
    ] {
        assert!(words.contains(&line), "{line:?} {out}");
    }
    assert!(!out.text().contains("channels"), "{out}");
}
