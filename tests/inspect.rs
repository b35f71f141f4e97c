//! `inspect` as a process.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;

use pipeline_tests::{
    Output, Scratch, assert_gone_reader_is_no_error, assert_one_line_error, binary, mkenv, root,
    run, run_examples, safetensors, succeed,
};
use safetensors::tensor::{Dtype, SafeTensors};
use serde_json::{Value, json};

/// Two training environments of 600 rows, a test environment of ten classes, and a checkpoint.
fn files() -> Scratch {
    let scratch = Scratch::new();
    for (name, arguments) in [
        ("1", "--split train --part 1/2 --p-e 0.2 --limit 400"),
        ("2", "--split train --part 2/2 --p-e 0.1 --limit 400"),
        ("few", "--split train --part 1/2 --p-e 0.2 --limit 100"),
        ("ten", "--split test --p-e 0.9 --classes 10"),
        ("grey", "--split test --p-e 0.9 --grayscale"),
    ] {
        succeed(mkenv(arguments).arg("-o").arg(scratch.path(name)));
    }
    let mut train = binary("train");
    train.args([
        "--objective",
        "erm",
        "--hidden",
        "5",
        "--steps",
        "2",
        "-o",
        "erm",
        "1",
        "2",
    ]);
    let out = run(train.current_dir(scratch.folder()), b"");
    assert_eq!(out.code, 0, "{out}");
    scratch
}

/// `inspect` in the folder with arguments, separated by spaces.
fn inspect(scratch: &Scratch, arguments: &str) -> Output {
    inspect_stdin(scratch, arguments, b"")
}

fn inspect_stdin(scratch: &Scratch, arguments: &str, stdin: &[u8]) -> Output {
    let mut command = binary("inspect");
    command
        .args(arguments.split_whitespace())
        .current_dir(scratch.folder());
    run(&mut command, stdin)
}

fn text(scratch: &Scratch, arguments: &str) -> String {
    let out = inspect(scratch, arguments);
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    out.text().to_owned()
}

fn parsed(scratch: &Scratch, arguments: &str) -> Value {
    serde_json::from_str(&text(scratch, arguments)).expect("JSON")
}

/// A line whose cells, separated by blanks, are these.
#[track_caller]
fn assert_line(text: &str, cells: &str) {
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.lines().any(|line| squeezed(line) == cells),
        "no line {cells:?} in:\n{text}"
    );
}

/// Width, height and pixels of a PNG.
fn pixels(png: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    let pixels = bytes[..info.buffer_size()]
        .chunks(3)
        .map(|rgb| [rgb[0], rgb[1], rgb[2]]);
    (info.width, info.height, pixels.collect())
}

fn colours(png: &[u8]) -> HashSet<[u8; 3]> {
    pixels(png).2.into_iter().collect()
}

/// Whether there are bright pixels in red, green, orange, blue: no colour of MNIST is quite as bright as it could be.
fn bright(png: &[u8]) -> [bool; 4] {
    let pixels = pixels(png).2;
    let near = |colour: [u8; 3]| {
        let close = |pixel: &[u8; 3]| {
            pixel
                .iter()
                .zip(colour)
                .all(|(part, full)| part.abs_diff(full) <= 6)
        };
        pixels.iter().any(|pixel| close(pixel))
    };
    [[240, 56, 48], [52, 199, 80], [230, 130, 0], [60, 160, 235]].map(near)
}

#[test]
fn the_examples_in_the_help_work() {
    let make = |flags: &str, name: &str| {
        format!(
            "mkenv --images data/train-images-idx3-ubyte --labels data/train-labels-idx1-ubyte {flags} -o {name}.safetensors"
        )
    };
    let before = [
        make("--split train --part 1/2 --p-e 0.2", "train-0.2"),
        make("--split train --part 2/2 --p-e 0.1", "train-0.1"),
        make("--split test --p-e 0.9", "test-0.9"),
        "train --objective erm --hidden 2 --steps 1 -o erm.safetensors train-0.2.safetensors train-0.1.safetensors 2>log"
            .to_owned(),
    ];
    let outputs = run_examples("inspect", &before.each_ref().map(String::as_str));
    assert_eq!(outputs.len(), 6);
    assert!(outputs[3].text().contains("label 1"), "{}", outputs[3]);
    assert!(
        outputs[5].text().contains("\"kind\": \"checkpoint\""),
        "{}",
        outputs[5]
    );
}

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
fn a_contact_sheet_shows_the_colours() {
    let scratch = files();
    let sheet = |arguments: &str| {
        assert_eq!(text(&scratch, &format!("--sheet out.png {arguments}")), "");
        fs::read(scratch.path("out.png")).unwrap()
    };
    let two = sheet("--columns 6 1");
    assert_eq!(bright(&two), [true, true, false, false]);
    assert_eq!(sheet("--columns 6 1"), two);
    assert_ne!(sheet("--columns 6 --seed 1 1"), two);
    assert_eq!(
        bright(&sheet("--columns 6 --palette safe 1")),
        [false, false, true, true]
    );
    // A row of 84 pixels and a gap of 22 for each class; for several files, for each file.
    let height = |png: &[u8]| pixels(png).1;
    assert_eq!(height(&two), 2 * 84 + 22 + 2 * 28);
    assert_eq!(height(&sheet("ten")), 10 * 84 + 9 * 22 + 2 * 28);
    assert_eq!(height(&sheet("1 2 ten")), 3 * 84 + 2 * 22 + 2 * 28);
    assert_eq!(height(&sheet("1 2")), 2 * 84 + 22 + 2 * 28 + 58); // and the heads
    assert!(pixels(&sheet("--columns 9 1")).0 == pixels(&two).0 + 3 * 90);
    // All colours of ten classes.
    assert!(colours(&sheet("--columns 40 ten")).len() > 20);
    // On standard output, and from standard input.
    let bytes = fs::read(scratch.path("1")).unwrap();
    let piped = inspect_stdin(&scratch, "--sheet - --columns 6 -", &bytes);
    assert_eq!(piped.stdout, two);
    // Weights: a row for each channel, with white and the two ends.
    let weights = sheet("erm");
    assert_eq!(height(&weights), 2 * 84 + 22 + 2 * 28);
    let ends = colours(&weights);
    assert!(ends.contains(&[20, 70, 160]) || ends.contains(&[190, 70, 0]));
    assert_eq!(
        height(&sheet("--image 8x7x7 erm")),
        8 * 84 + 7 * 22 + 2 * 28
    );
    // Beside environments too.
    assert_eq!(height(&sheet("1 erm")), 3 * 84 + 2 * 22 + 2 * 28);
}

#[test]
fn three_channels_of_another_program_are_red_green_and_blue() {
    let scratch = Scratch::new();
    // A pixel, and each channel of it: 10, 120, 230.
    let images = safetensors(&[("images", Dtype::U8, &[1, 3, 1, 1], &[10, 120, 230])]);
    scratch.file("rgb", &images);
    assert_one_line_error(
        &inspect(&scratch, "--sheet rgb.png bad"),
        1,
        &["cannot read bad: No such file"],
    );
    let labelled = [
        (
            "images",
            Dtype::U8,
            &[1usize, 3, 1, 1][..],
            &[10u8, 120, 230][..],
        ),
        ("labels", Dtype::U8, &[1], &[0]),
    ];
    scratch.file("labelled", &safetensors(&labelled));
    for name in ["rgb", "labelled"] {
        assert_eq!(text(&scratch, &format!("--sheet out.png {name}")), "");
        assert!(
            colours(&fs::read(scratch.path("out.png")).unwrap()).contains(&[10, 120, 230]),
            "{name}"
        );
    }
    // Floats from 0 to 1 are as bright as bytes from 0 to 255.
    let floats: Vec<u8> = [0.2f32, 1.0, 0.0]
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    scratch.file(
        "floats",
        &safetensors(&[("inputs", Dtype::F32, &[1, 3, 1, 1], &floats)]),
    );
    text(&scratch, "--sheet out.png floats");
    assert!(colours(&fs::read(scratch.path("out.png")).unwrap()).contains(&[51, 255, 0]));
}

#[test]
fn images_are_drawn_in_a_terminal() {
    let scratch = files();
    let plain = text(&scratch, "--show --columns 2 1");
    // For each class a caption, 7 lines and a blank one.
    assert_eq!(plain.lines().count(), 2 * 9, "{plain}");
    assert!(
        !plain.contains('\x1b') && plain.contains('0') && plain.contains('1'),
        "{plain}"
    );
    let line = plain.lines().nth(3).unwrap();
    assert!(
        line.len() == 14 + 1 + 14 && line.chars().all(|c| "01. ".contains(c)),
        "{line:?}"
    );
    // Standard output is no terminal here.
    let mut command = binary("inspect");
    command
        .args(["--show", "--columns", "2", "1"])
        .current_dir(scratch.folder());
    assert_eq!(succeed(command.env("COLORTERM", "truecolor")).text(), plain);
    let coloured = text(&scratch, "--show --columns 2 --color always 1");
    // Red, nearly as bright as it can be.
    let red = ["48;2;238;56;48m", "48;2;237;55;47m"];
    assert!(red.iter().any(|red| coloured.contains(red)), "{coloured:?}");
    assert_eq!(coloured.lines().count(), 2 * 9);
    assert_eq!(coloured.lines().nth(1).unwrap().matches('▀').count(), 28);
    let grey = text(&scratch, "--show --columns 2 grey");
    assert!(grey.contains('@'), "{grey}");
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

#[test]
fn what_cannot_be_read_is_said_in_one_line() {
    let scratch = files();
    let whole = fs::read(scratch.path("erm")).unwrap();
    for cut in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        scratch.file("cut", &whole[..cut]);
        assert_one_line_error(&inspect(&scratch, "cut"), 1, &["inspect: cut: "]);
        assert_one_line_error(&inspect(&scratch, "--header cut"), 1, &["inspect: cut: "]);
    }
    let longer = [&whole[..], b"x"].concat();
    let out = inspect_stdin(&scratch, "-", &longer);
    assert_one_line_error(
        &out,
        1,
        &["standard input: the file has", "something was added"],
    );
    let file = |json: &str| {
        scratch.file(
            "bad",
            &[
                &(json.len() as u64).to_le_bytes()[..],
                json.as_bytes(),
                &[0; 8],
            ]
            .concat(),
        );
        inspect(&scratch, "bad")
    };
    let entry = r#""a\u001b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;
    assert_one_line_error(
        &file(&format!("{{{entry},{entry}}}")),
        1,
        &[r"a\u{1b} stands there twice"],
    );
    assert_one_line_error(&file(&"[".repeat(1 << 20)), 1, &["not a safetensors file"]);
    scratch.file("bad", &u64::MAX.to_le_bytes());
    assert_one_line_error(
        &inspect(&scratch, "bad"),
        1,
        &["expected at most 100000000"],
    );
    fs::create_dir(scratch.path("folder")).unwrap();
    assert_one_line_error(
        &inspect(&scratch, "folder"),
        1,
        &["cannot read folder: it is a folder"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet 1 1"),
        1,
        &["cannot write 1: it is an input"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet no/out.png 1"),
        1,
        &["there is no folder no"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--show erm"),
        1,
        &["erm: there is nothing to draw"],
    );
    assert_one_line_error(
        &inspect(&scratch, "--sheet o --image 2x2x2 erm"),
        1,
        &["do not have 392 values"],
    );
    assert!(!scratch.path("o").exists());
}

/// Any byte of a small file changed: an answer or one line, never a panic.
#[test]
fn changed_bytes_do_not_panic() {
    let scratch = Scratch::new();
    let whole = safetensors(&[
        ("images", Dtype::U8, &[2, 1, 2, 2], &[9; 8]),
        ("labels", Dtype::I64, &[2], &[255; 16]),
    ]);
    for place in (0..whole.len()).step_by(3) {
        let mut changed = whole.clone();
        changed[place] ^= 0x15;
        scratch.file("f", &changed);
        for arguments in ["f", "--sheet out f", "--show f"] {
            let out = inspect(&scratch, arguments);
            assert!(
                out.code == 0 || out.code == 1 && out.stderr.lines().count() == 1,
                "{place}: {out}"
            );
        }
    }
}

#[test]
fn mistakes_on_the_command_line_end_with_2() {
    let scratch = files();
    for (arguments, says) in [
        ("1 2 ten", "go with --sheet or --show only"),
        ("- -", "only one file can be read from standard input"),
        ("--sheet a --show 1", "cannot be used with"),
        ("--json --show 1", "cannot be used with"),
        ("--header --sheet a 1", "cannot be used with"),
        (
            "--columns 0 --show 1",
            "expected a whole number from 1 to 200",
        ),
        ("--columns 3 1", "are for --sheet and --show"),
        ("--palette safe 1", "are for --sheet and --show"),
        ("--image 2x14x14 1", "--image is for --sheet"),
        ("--color never 1", "--color is for --show"),
        (
            "--image 2x14 --sheet a 1",
            "expected channels, height and width",
        ),
    ] {
        assert_one_line_error(&inspect(&scratch, arguments), 2, &[says]);
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let scratch = files();
    let bytes = fs::read(scratch.path("1")).unwrap();
    assert_gone_reader_is_no_error(binary("inspect").arg("-"), &bytes);
}

/// `make picture` makes it from all digits, which the tests do not have.
#[test]
fn the_picture_of_the_readme_is_small() {
    let picture = fs::read(root().join(Path::new("docs/images/environments.png"))).unwrap();
    assert!(picture.len() < 60_000, "{} bytes", picture.len());
    assert_eq!(pixels(&picture).1, 3 * 84 + 2 * 22 + 2 * 28 + 58);
}
