//! What is said of one file, and of two.

use std::fs::{self, File};

use pipeline_tests::{Scratch, binary, run, safetensors};
use safetensors::tensor::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::{assert_line, files, inspect, inspect_stdin, parsed, text};
use pipeline_tests::assert_one_line_error;

/// The numbers are counted here once more, from the tensors.
#[test]
fn an_environment_is_measured() {
    let scratch = files();
    let bytes = fs::read(scratch.path("1")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let of = |name| tensors.tensor(name).unwrap().data();
    let (labels, colors, digits) = (of("labels"), of("colors"), of("digits"));
    let share = |differs: &dyn Fn(usize) -> bool| {
        (0..400).filter(|&row| differs(row)).count() as f64 / 400.0
    };
    let moved = share(&|row| labels[row] != colors[row]);
    let noisy = share(&|row| labels[row] != u8::from(digits[row] < 5));
    assert!(moved > 0.1 && noisy > 0.15);

    let found = parsed(&scratch, "--json 1");
    let environment = &found["environment"];
    assert_eq!(found["kind"], "environment");
    assert_eq!(environment["p_e"], json!({"asked": 0.2, "measured": moved}));
    assert_eq!(
        environment["label_noise"],
        json!({"asked": 0.25, "measured": noisy})
    );
    for class in 0..2u8 {
        let counted = |color: u8| {
            (0..400)
                .filter(|&row| labels[row] == class && colors[row] == color)
                .count()
        };
        let of_class = &environment["classes"][usize::from(class)];
        assert_eq!(of_class["by_colour"], json!([counted(0), counted(1)]));
        assert_eq!(of_class["rows"], counted(0) + counted(1));
        assert_eq!(of_class["label"], class);
    }
    assert_eq!(environment["values"], json!([0.0, 255.0]));
    assert_eq!(environment["channels_in_use"], json!([0, 1]));
    assert_eq!(environment["warnings"], json!([]));
    assert_eq!(found["provenance"]["part"], "1/2");
    assert_eq!(found["bytes"], bytes.len());

    let text = text(&scratch, "1");
    assert_line(&text, "images U8 400 x 2 x 14 x 14 156,800");
    assert_line(&text, "p_e: 0.2");
    assert_line(&text, "grayscale: no");
    assert!(text.starts_with("1: an environment of 5 tensors"), "{text}");
    // From standard input it is the same but for the name.
    let piped = inspect_stdin(&scratch, "-", &bytes);
    assert_eq!(
        piped.text(),
        text.replacen('1', "standard input", 1),
        "{piped}"
    );
}

#[test]
fn other_environments_are_measured_as_far_as_they_can_be() {
    let scratch = files();
    let ten = parsed(&scratch, "--json ten");
    assert_eq!(ten["environment"]["classes"].as_array().unwrap().len(), 10);
    let measured = ten["environment"]["p_e"]["measured"].as_f64().unwrap();
    assert!((0.8..1.0).contains(&measured), "{measured}");
    let grey = parsed(&scratch, "--json grey");
    // Its recipe has a p_e that nothing shows.
    assert!(grey["environment"].get("p_e").is_none());
    assert!(
        grey["environment"]["label_noise"]["measured"]
            .as_f64()
            .unwrap()
            > 0.1
    );

    // Without provenance, colours or digits, and with what is likely wrong in it.
    let doubtful = safetensors(&[
        (
            "images",
            Dtype::U8,
            &[3, 4, 4, 3],
            &[[0u8; 47].as_slice(), &[1u8; 97]].concat(),
        ),
        (
            "labels",
            Dtype::I32,
            &[3],
            &[1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0],
        ),
    ]);
    scratch.file("doubtful", &doubtful);
    let found = parsed(&scratch, "--json doubtful");
    let warnings = found["environment"]["warnings"].to_string();
    for says in [
        "the largest pixel is 1",
        "channels came last",
        "no row has the label 0, 2",
    ] {
        assert!(warnings.contains(says), "{warnings}");
    }
    assert!(
        found["environment"].get("p_e").is_none()
            && found["environment"].get("label_noise").is_none()
    );
    // Of types that train refuses. Labels that are no whole numbers are of no class.
    let floats = safetensors(&[
        ("images", Dtype::F16, &[2, 1, 1, 2], &[0; 8]),
        ("labels", Dtype::F32, &[2], &[0, 0, 0, 0, 0, 0, 128, 63]),
    ]);
    scratch.file("floats", &floats);
    let found = parsed(&scratch, "--json floats");
    assert_eq!(found["environment"]["classes"], json!([]));
    assert_eq!(
        found["environment"]["warnings"],
        json!([
            "images of type F16: train and eval take U8, 0 to 255; or F32 under the name inputs",
            "labels of type F32: train and eval take U8 or I32 or I64 or BOOL"
        ])
    );
    assert!(!text(&scratch, "floats").contains("label  rows"));
    let double = safetensors(&[
        ("inputs", Dtype::F64, &[1, 2], &[0; 16]),
        ("labels", Dtype::U8, &[1], &[0]),
    ]);
    scratch.file("double", &double);
    let found = parsed(&scratch, "--json double");
    let warnings = found["environment"]["warnings"].to_string();
    assert!(
        warnings.contains("inputs of type F64: train and eval take F32"),
        "{warnings}"
    );
    // Features that are no images.
    let values: Vec<u8> = [0.5f32, -2.0, f32::NAN, 4.0]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let features = safetensors(&[
        ("inputs", Dtype::F32, &[2, 2], &values),
        ("labels", Dtype::BOOL, &[2], &[0, 1]),
    ]);
    scratch.file("features", &features);
    let found = parsed(&scratch, "--json features");
    assert_eq!(found["environment"]["values"], json!([-2.0, 4.0]));
    assert_eq!(found["environment"]["not_finite"], 1);
    assert_one_line_error(
        &inspect(&scratch, "--show features"),
        1,
        &["features: tensor inputs is of shape [2, 2], expected [n, channels, height, width]"],
    );
}

/// Rows without a bright pixel share nothing with any class.
#[test]
fn blank_rows_are_counted() {
    let scratch = Scratch::new();
    let file = |name: &str, pixels: [u8; 8]| {
        let images = ("images", Dtype::U8, &[4, 2, 1, 1][..], &pixels[..]);
        let labels = ("labels", Dtype::U8, &[4][..], &[0, 1, 0, 1][..]);
        scratch.file(name, &safetensors(&[images, labels]));
    };
    for (name, pixels, count, says) in [
        ("two", [9, 0, 0, 0, 0, 200, 0, 0], 2, "2 rows blank"),
        ("one", [9, 0, 0, 0, 0, 200, 0, 1], 1, "1 row blank"),
        ("no", [9, 0, 3, 0, 0, 200, 0, 1], 0, "0 rows blank"),
    ] {
        file(name, pixels);
        let found = parsed(&scratch, &format!("--json {name}"));
        assert_eq!(found["environment"]["blank_rows"], count, "{name}");
        assert!(text(&scratch, name).contains(says), "{name}");
    }
}

#[test]
fn a_checkpoint_is_measured() {
    let scratch = files();
    let found = parsed(&scratch, "--json erm");
    let parameters = &found["parameters"];
    assert_eq!(found["kind"], "checkpoint");
    assert_eq!(parameters["layers"], json!([392, 5, 5, 1]));
    assert_eq!(parameters["count"], 392 * 5 + 5 + 5 * 5 + 5 + 5 + 1);
    assert_eq!(parameters["not_finite"], 0);
    let bytes = fs::read(scratch.path("erm")).unwrap();
    let weight = SafeTensors::deserialize(&bytes)
        .unwrap()
        .tensor("fc2.weight")
        .unwrap()
        .data()
        .to_vec();
    let values = weight
        .chunks(4)
        .map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap())));
    let norm = values.map(|value| value * value).sum::<f64>().sqrt();
    let tensors = parameters["tensors"].as_array().unwrap();
    let found = tensors
        .iter()
        .find(|tensor| tensor["name"] == "fc2.weight")
        .unwrap();
    assert!(
        (found["norm"].as_f64().unwrap() - norm).abs() < 1e-12,
        "{found}"
    );
    let text = text(&scratch, "erm");
    assert_line(&text, "layers 392 - 5 - 5 - 1");
    assert_line(&text, "2,001 parameters, all finite");
    assert_line(&text, "objective: erm");
}

#[test]
fn the_state_of_a_training_is_told_from_a_checkpoint() {
    let scratch = files();
    let mut train = binary("train");
    train.args("--objective erm --hidden 5 --steps 2 --checkpoint-every 1".split(' '));
    train.args(["-o", "erm.safetensors", "1", "2"]);
    let out = run(train.current_dir(scratch.folder()), b"");
    assert_eq!(out.code, 0, "{out}");
    let name = "erm.resume.safetensors";
    let text = text(&scratch, name);
    assert!(
        text.starts_with(&format!("{name}: the state of a training of 18 tensors")),
        "{text}"
    );
    assert_line(&text, "layers 392 - 5 - 5 - 1");
    // Without Adam's moments.
    assert_line(&text, "2,001 parameters, all finite");
    assert_line(&text, "updates: 2");
    let found = parsed(&scratch, &format!("--json {name}"));
    assert_eq!(found["kind"], "training-state");
}

#[test]
fn anybodys_file_is_listed() {
    let scratch = Scratch::new();
    let numbers: Vec<u8> = [3.0f32, f32::NAN, 4.0, f32::INFINITY]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    scratch.file(
        "w",
        &safetensors(&[("model.embed", Dtype::F32, &[2, 2], &numbers)]),
    );
    let text = text(&scratch, "w");
    assert_line(&text, "model.embed F32 2 x 2 16");
    assert_line(&text, "4 parameters, 2 not finite");
    assert_line(&text, "model.embed 5 3 4 2");
    // A type that nobody knows yet, and names that would move a cursor.
    let header = r#"{"__metadata__":{"fmt\u001b[2J":"p\nt","provenance":"by hand"},"a\u001b[31mb":{"dtype":"F2\u0007","shape":[9],"data_offsets":[0,3]}}"#;
    let odd = [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &[1, 2, 3],
    ]
    .concat();
    scratch.file("odd", &odd);
    let text = self::text(&scratch, "odd");
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "{text:?}"
    );
    assert_line(&text, r"a\u{1b}[31mb F2\u{7} 9 3");
    assert_line(&text, r"fmt\u{1b}[2J: p\nt");
    assert_line(&text, "provenance: by hand");
    let found = parsed(&scratch, "--json odd");
    assert_eq!(found["tensors"][0]["name"], "a\u{1b}[31mb");
    // No tensors at all.
    scratch.file("none", &[&2u64.to_le_bytes()[..], b"{}"].concat());
    assert!(
        self::text(&scratch, "none").starts_with("none: a safetensors file of 0 tensors, 10 bytes")
    );
}

#[test]
fn a_header_is_read_alone() {
    const LONG: u64 = 10_000_000_000;
    let scratch = files();
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{LONG}],"data_offsets":[0,{LONG}]}}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    // A file with a hole: it takes no room.
    File::create(scratch.path("long"))
        .unwrap()
        .set_len(bytes.len() as u64 + LONG)
        .unwrap();
    let mut file = File::options()
        .write(true)
        .open(scratch.path("long"))
        .unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    assert_line(
        &text(&scratch, "--header long"),
        "w U8 10000000000 10,000,000,000",
    );
    // Of a stream no more is needed than the header.
    let piped = inspect_stdin(&scratch, "--header -", &bytes);
    assert!(
        piped.code == 0 && piped.text().contains("10,000,000,000"),
        "{piped}"
    );
    let found = parsed(&scratch, "--header --json 1");
    assert!(found.get("environment").is_none() && found.get("sha256").is_none());
    assert_eq!(found["provenance"]["p_e"], 0.2);
    let difference = parsed(&scratch, "--header --json 1 2");
    assert_eq!(difference["same_bytes"], Value::Null);
    assert_eq!(difference["provenance"]["p_e"], json!([0.2, 0.1]));
}

#[test]
fn two_files_are_compared() {
    let scratch = files();
    assert_eq!(
        text(&scratch, "1 1"),
        "1 and 1 are the same, byte for byte\n"
    );
    // Of one part all but the limit is the same; the other part shares no row.
    let difference = parsed(&scratch, "--json 1 few");
    assert_eq!(
        difference["rows_in_common"],
        json!({"count": 100, "shares": [0.25, 1.0], "same_source": true})
    );
    assert_eq!(difference["provenance"], json!({"limit": [400, 100]}));
    let text_of_both = text(&scratch, "1 few");
    assert_line(
        &text_of_both,
        "rows of the source in common: 100, 25 % of A and 100 % of B",
    );
    assert_line(&text_of_both, "limit 400 100");
    let difference = parsed(&scratch, "--json 1 2");
    assert_eq!(difference["rows_in_common"]["count"], 0);
    assert_eq!(
        difference["provenance"],
        json!({"p_e": [0.2, 0.1], "part": ["1/2", "2/2"]})
    );

    let bytes = |values: [f32; 2]| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let file = |name, values, extra: &str| {
        let values = bytes(values);
        let tensors = [
            ("a", Dtype::F32, &[2usize][..], &values[..]),
            (extra, Dtype::U8, &[1], &[7]),
        ];
        scratch.file(name, &safetensors(&tensors));
    };
    file("x", [1.0, 2.0], "b");
    file("y", [1.0, 1.5], "c");
    let difference = parsed(&scratch, "--json x y");
    let tensors = difference["tensors"].as_array().unwrap();
    assert_eq!(
        tensors[0]["values"],
        json!({"count": 2, "differing": 1, "largest": 0.5})
    );
    assert_eq!(
        tensors[1]["forms"],
        json!([{"dtype": "U8", "shape": [1]}, null])
    );
    assert_eq!(
        tensors[2]["forms"],
        json!([null, {"dtype": "U8", "shape": [1]}])
    );
    let text = text(&scratch, "x y");
    assert_line(&text, "a F32 2 the same 1 of 2 0.5");
    assert_line(&text, "b U8 1 none");
    let kinds = self::text(&scratch, "1 erm");
    assert_line(&kinds, "A is an environment, B is a checkpoint");
}
