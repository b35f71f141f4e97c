//! `eval` as a real process: on networks written by hand, with their scores worked out here in f64,
//! and on what `train` makes of the fixture's digits.

mod named;
mod refusals;

use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{
    EVAL_HEADER as HEADER, Scratch, assert_gone_reader_is_no_error, assert_one_line_error, binary,
    csv, mkenv, number, run, run_examples, safetensors, scrambled, succeed,
};
use safetensors::Dtype;

/// `eval` in `folder` with arguments separated by spaces.
fn eval(folder: &Path, arguments: &str) -> Command {
    let mut command = binary("eval");
    command
        .current_dir(folder)
        .args(arguments.split_whitespace());
    command
}

/// The CSV on the standard output of a run that must end well.
fn scores(folder: &Path, arguments: &str) -> String {
    succeed(&mut eval(folder, arguments)).text().to_owned()
}

/// A fully connected layer: its weight by rows, and its bias.
struct Layer {
    weight: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

/// Layers of the given widths, input first, with weights and biases from -1 to 1.
fn network(widths: &[usize]) -> Vec<Layer> {
    let mut values = scrambled(10_000).map(|number| number as f32 / (1 << 23) as f32 - 1.0);
    let mut vector = |length: usize| -> Vec<f32> { values.by_ref().take(length).collect() };
    widths
        .windows(2)
        .map(|pair| Layer {
            weight: (0..pair[1]).map(|_| vector(pair[0])).collect(),
            bias: vector(pair[1]),
        })
        .collect()
}

fn bytes(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// The file that PyTorch would make of `layers`.
fn checkpoint(layers: &[Layer]) -> Vec<u8> {
    let mut held = Vec::new();
    for (l, Layer { weight, bias }) in layers.iter().enumerate() {
        let shape = vec![weight.len(), weight[0].len()];
        let weight = bytes(weight.iter().flatten().copied());
        held.push((format!("fc{}.weight", l + 1), shape, weight));
        let shape = vec![bias.len()];
        held.push((
            format!("fc{}.bias", l + 1),
            shape,
            bytes(bias.iter().copied()),
        ));
    }
    let tensors: Vec<_> = held
        .iter()
        .map(|(name, shape, bytes)| {
            (
                name.as_str(),
                Dtype::F32,
                shape.as_slice(),
                bytes.as_slice(),
            )
        })
        .collect();
    safetensors(&tensors)
}

/// The logits of one row of pixels.
fn logits(layers: &[Layer], pixels: &[u8]) -> Vec<f64> {
    let mut values: Vec<f64> = pixels
        .iter()
        .map(|&pixel| f64::from(pixel) / 255.0)
        .collect();
    for (l, Layer { weight, bias }) in layers.iter().enumerate() {
        let relu = l + 1 < layers.len();
        values = weight
            .iter()
            .zip(bias)
            .map(|(row, &bias)| {
                let products = row.iter().zip(&values).map(|(&w, v)| f64::from(w) * v);
                let sum = products.sum::<f64>() + f64::from(bias);
                if relu { sum.max(0.0) } else { sum }
            })
            .collect();
    }
    values
}

/// Accuracy and risk of `layers` on rows of pixels with their labels.
fn expected(layers: &[Layer], images: &[u8], labels: &[u8]) -> (f64, f64) {
    let width = images.len() / labels.len();
    let (mut right, mut loss) = (0, 0.0);
    for (pixels, &label) in images.chunks_exact(width).zip(labels) {
        let mut logits = logits(layers, pixels);
        if let [logit] = logits[..] {
            // Two classes: the softmax of (0, z) is the sigmoid of z.
            logits = vec![0.0, logit];
        }
        let label = usize::from(label);
        let others = logits.iter().enumerate().filter(|(k, _)| *k != label);
        right += u32::from(others.into_iter().all(|(_, &logit)| logit < logits[label]));
        loss += logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[label];
    }
    let rows = labels.len() as f64;
    (f64::from(right) / rows, loss / rows)
}

/// `rows` rows of 2 × 2 × 3 pixels, some with one lit channel, some with both; labels below `classes`.
fn digits(rows: usize, classes: u32) -> (Vec<u8>, Vec<u8>) {
    let mut images: Vec<u8> = scrambled(12 * rows as u32)
        .map(|number| (number % 256) as u8)
        .collect();
    for (row, pixels) in images.chunks_exact_mut(12).enumerate() {
        match row % 3 {
            0 => pixels[..6].fill(0),
            1 => pixels[6..].fill(0),
            _ => {}
        }
    }
    let labels = scrambled(rows as u32).map(|number| (number / 256 % classes) as u8);
    (images, labels.collect())
}

fn environment(images: &[u8], labels: &[u8]) -> Vec<u8> {
    safetensors(&[
        ("images", Dtype::U8, &[labels.len(), 2, 2, 3], images),
        ("labels", Dtype::U8, &[labels.len()], labels),
    ])
}

/// A folder with the training environments `1` and `2`, the test environment `test` and the
/// checkpoints `erm` and `meta`, all real but small.
fn trained() -> Scratch {
    let scratch = Scratch::new();
    for (name, arguments) in [
        ("1", "--split train --part 1/2 --p-e 0.2 --limit 40"),
        ("2", "--split train --part 2/2 --p-e 0.1 --limit 40"),
        ("test", "--split test --p-e 0.9"),
    ] {
        succeed(mkenv(arguments).arg("-o").arg(scratch.path(name)));
    }
    for arguments in [
        "--objective erm -o erm 1 2",
        "--objective meta-irm --std-weight 0 --experiment mine --seed 7 -o meta 1 2",
    ] {
        succeed(
            binary("train")
                .current_dir(scratch.folder())
                .args(["--hidden", "8", "--steps", "2"])
                .args(arguments.split_whitespace()),
        );
    }
    scratch
}

#[test]
fn every_example_in_the_help_works() {
    let make = |split: &str, p_e: &str| {
        format!(
            "mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte \
             --split {split} --p-e {p_e} -o {split}-{p_e}.safetensors"
        )
    };
    let train = |name: &str| {
        format!(
            "train --objective erm --hidden 8 --steps 2 -o {name}.safetensors train-0.1.safetensors"
        )
    };
    let before = [
        make("test", "0.1"),
        make("test", "0.9"),
        make("train", "0.1"),
        train("erm"),
        train("meta"),
        train("torch"),
    ];
    let before: Vec<_> = before.iter().map(String::as_str).collect();
    let outputs = run_examples("eval", &before);
    assert_eq!(csv(outputs[0].text(), HEADER).len(), 2, "{}", outputs[0]);
}

#[test]
fn no_arguments_print_the_usage() {
    let out = run(&mut binary("eval"), b"");
    assert_one_line_error(&out, 2, &["Usage: eval", "--env <ENV>"]);
}

#[test]
fn scores_are_those_worked_out_in_f64() {
    let scratch = Scratch::new();
    // 1100 rows are three blocks of rows and more.
    for (rows, classes) in [(1, 2), (7, 2), (1100, 2), (7, 3), (1100, 3)] {
        let outputs = if classes == 2 { 1 } else { classes };
        for widths in [
            vec![12, 5, 4, outputs],
            vec![12, outputs],
            vec![12, 3, 3, 3, outputs],
        ] {
            let layers = network(&widths);
            let (images, labels) = digits(rows, classes as u32);
            scratch.file("net", &checkpoint(&layers));
            scratch.file("env", &environment(&images, &labels));
            let text = scores(scratch.folder(), "net --env env");
            let row = &csv(&text, HEADER)[0];
            let (accuracy, risk) = expected(&layers, &images, &labels);
            assert_eq!(number(row, "accuracy"), accuracy, "{widths:?}: {text}");
            // f32 gives seven digits; the logits and the mean lose one of them.
            assert!(
                (number(row, "risk") - risk).abs() < 1e-6 * risk.max(1.0),
                "{risk}: {text}"
            );
            assert_eq!(row["count"], rows.to_string());
            // Files that say nothing of their origin.
            for column in [
                "experiment",
                "objective",
                "n_per_env",
                "seed",
                "split",
                "p_e",
                "row",
                "environment_name",
                "trained_on",
                "label_noise",
            ] {
                assert_eq!(row[column], "", "{column}: {text}");
            }
            // Its tensors tell.
            assert_eq!(row["classes"], classes.to_string());
            assert_eq!(
                (row["precision"], row["checkpoint"], row["environment"]),
                ("f32", "net", "env")
            );
        }
    }
}

#[test]
fn large_logits_have_a_finite_risk() {
    let scratch = Scratch::new();
    for outputs in [1, 3] {
        let mut layers = network(&[12, outputs]);
        layers[0].bias = vec![0.0; outputs];
        layers[0].bias[0] = -5000.0;
        let (images, _) = digits(4, 2);
        scratch.file("net", &checkpoint(&layers));
        // Always wrong: a logit of -5000 for the label, or for its being 1.
        let labels = if outputs == 1 { [1; 4] } else { [0; 4] };
        scratch.file("env", &environment(&images, &labels));
        let text = scores(scratch.folder(), "net --env env");
        let row = &csv(&text, HEADER)[0];
        assert_eq!(row["accuracy"], "0.0", "{text}");
        assert!((4980.0..5020.0).contains(&number(row, "risk")), "{text}");
    }
}

#[test]
fn rows_come_in_the_order_of_the_command_line_with_what_the_files_say() {
    let scratch = trained();
    let text = scores(scratch.folder(), "meta erm --env test 1 2");
    let rows = csv(&text, HEADER);
    let cells = |columns: [&str; 4]| -> Vec<String> {
        rows.iter()
            .map(|row| columns.map(|column| row[column]).join(" "))
            .collect()
    };
    assert_eq!(
        cells(["checkpoint", "environment", "split", "p_e"]),
        [
            "meta test test 0.9",
            "meta 1 train 0.2",
            "meta 2 train 0.1",
            "erm test test 0.9",
            "erm 1 train 0.2",
            "erm 2 train 0.1"
        ]
    );
    assert_eq!(
        cells(["experiment", "objective", "seed", "count"]),
        [
            "mine meta-irm-no-std 7 200",
            "mine meta-irm-no-std 7 40",
            "mine meta-irm-no-std 7 40",
            " erm 0 200",
            " erm 0 40",
            " erm 0 40"
        ]
    );
    for row in &rows {
        assert_eq!((row["classes"], row["n_per_env"]), ("2", "40"));
    }
    // Each pair is scored for itself.
    let alone = scores(scratch.folder(), "--env 1 -- erm");
    assert_eq!(alone.lines().nth(1), text.lines().nth(5));
}

#[test]
fn a_checkpoint_after_the_environments_is_told_by_its_content() {
    let scratch = trained();
    let expected = scores(scratch.folder(), "erm meta --env test 1 2");
    for arguments in [
        "--env test 1 2 erm meta",
        "--env test --env 1 --env 2 erm meta",
        "--env erm test --env 1 meta 2",
        "erm --env test 1 2 meta",
    ] {
        assert_eq!(scores(scratch.folder(), arguments), expected, "{arguments}");
    }
    let piped = run(
        &mut eval(scratch.folder(), "--env 1 -"),
        &fs::read(scratch.path("erm")).unwrap(),
    );
    assert!(piped.code == 0 && piped.stderr.is_empty(), "{piped}");
    let named = scores(scratch.folder(), "--env 1 erm").replace(",erm,1,", ",-,1,");
    assert_eq!(piped.text(), named);

    for (arguments, needles) in [
        (
            "--env test 1",
            ["no checkpoint among the files test, 1", "fc1.weight"],
        ),
        (
            "erm --env erm meta",
            [
                "no environment among the files erm, meta",
                "images and labels",
            ],
        ),
    ] {
        let out = run(&mut eval(scratch.folder(), arguments), b"");
        assert_one_line_error(&out, 1, &needles);
    }
}

#[test]
fn the_experiment_may_be_named_anew() {
    let scratch = trained();
    let arguments = "--env 1 -- meta erm";
    let named = scores(scratch.folder(), &format!("--experiment other {arguments}"));
    let experiments = |scores: &str| -> Vec<String> {
        let rows = csv(scores, HEADER);
        rows.iter()
            .map(|row| row["experiment"].to_owned())
            .collect()
    };
    assert_eq!(
        experiments(&scores(scratch.folder(), arguments)),
        ["mine", ""]
    );
    assert_eq!(experiments(&named), ["other", "other"]);
}

#[test]
fn the_same_call_gives_the_same_bytes() {
    let scratch = trained();
    let once = scores(scratch.folder(), "erm meta --env 1 test");
    for threads in [1, 2, 3] {
        let arguments = format!("erm meta --threads {threads} --env 1 test");
        assert_eq!(scores(scratch.folder(), &arguments), once);
    }
    let to_file = succeed(&mut eval(scratch.folder(), "-o out erm meta --env 1 test"));
    assert!(to_file.stdout.is_empty(), "{to_file}");
    assert_eq!(fs::read_to_string(scratch.path("out")).unwrap(), once);
}

#[test]
fn either_input_may_be_a_pipe() {
    let scratch = trained();
    for (file, arguments) in [("erm", "- meta --env 1 2"), ("1", "erm meta --env - 2")] {
        let piped = run(
            &mut eval(scratch.folder(), arguments),
            &fs::read(scratch.path(file)).unwrap(),
        );
        let whole = scores(scratch.folder(), "erm meta --env 1 2");
        assert!(piped.code == 0 && piped.stderr.is_empty(), "{piped}");
        // The file is named as on the command line.
        let named: String = piped
            .text()
            .lines()
            .map(|line| {
                let cells = line
                    .split(',')
                    .map(|cell| if cell == "-" { file } else { cell });
                cells.collect::<Vec<_>>().join(",") + "\n"
            })
            .collect();
        assert_eq!(named, whole);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let scratch = trained();
    let input = fs::read(scratch.path("test")).unwrap();
    assert_gone_reader_is_no_error(&mut eval(scratch.folder(), "erm --env -"), &input);
}
