//! What is likely a mistake: another scale, another layout, a class that does not occur, a checkpoint that contradicts itself.

use super::*;

const ERM: &str = "--objective erm --hidden 4 --steps 2 -o net";

#[test]
fn images_from_0_to_1_are_refused_with_the_cure() {
    let scratch = Scratch::new();
    let mut values = vec![0; 4 * 2 * 9];
    values[5] = 1;
    let shape = [4, 2, 3, 3];
    let dark = environment(("images", Dtype::U8, &shape, &values), &[0, 1, 0, 1]);
    scratch.file("dark", &dark);
    let out = ran(&scratch, "train", &format!("{ERM} dark"));
    let needles = [
        "dark: tensor images: the largest value is 1",
        "multiply them by 255",
    ];
    assert_one_line_error(&out, 1, &needles);
    let floats = f32_bytes(values.iter().map(|&value| f32::from(value)));
    let floats = environment(("images", Dtype::F32, &shape, &floats), &[0, 1, 0, 1]);
    scratch.file("floats", &floats);
    let out = ran(&scratch, "train", &format!("{ERM} floats"));
    let needles = [
        "floats: tensor images is of type F32, expected U8",
        "multiply them by 255, round them, and store them as U8",
        "or store them as F32 under the name inputs",
    ];
    assert_one_line_error(&out, 1, &needles);
}

#[test]
fn a_network_scores_only_the_shape_that_it_was_trained_on() {
    let scratch = Scratch::new();
    scratch.file("first", &images(&[20, 2, 14, 14]));
    scratch.file("last", &images(&[20, 14, 14, 2]));
    scratch.file("other", &images(&[20, 2, 14, 14]));
    trained(&scratch, &format!("{ERM} first"));
    let net = fs::read(scratch.path("net")).unwrap();
    let said = provenance(&net);
    assert_eq!(
        (&said["input_tensor"], &said["input_shape"]),
        (&json!("images"), &json!([2, 14, 14]))
    );
    assert_eq!(accuracies(&scratch, "net --env first other").len(), 2);
    let out = ran(&scratch, "eval", "net --env last");
    let needles = [
        "last: images are 14x14x2",
        "net was trained on 2x14x14",
        "ascontiguousarray",
    ];
    assert_one_line_error(&out, 1, &needles);

    // Checkpoints of earlier versions and of other programs do not say.
    let old = without_keys(&net, &["input_tensor", "input_shape"]);
    scratch.file("old", &old);
    let parsed = SafeTensors::deserialize(&net).unwrap();
    scratch.file(
        "foreign",
        &safetensors::serialize(parsed.tensors(), None).unwrap(),
    );
    for checkpoint in ["old", "foreign"] {
        assert_eq!(
            accuracies(&scratch, &format!("{checkpoint} --env first last")).len(),
            2
        );
    }
}

#[test]
fn channels_that_look_last_are_warned_about() {
    let scratch = Scratch::new();
    for (name, shape, doubted) in [
        ("rgb-last", [10, 28, 28, 3], true),
        ("two-last", [10, 14, 14, 2], true),
        ("rgb-first", [10, 3, 28, 28], false),
        ("two-first", [10, 2, 14, 14], false),
    ] {
        scratch.file(name, &images(&shape));
        let said = warned(&scratch, &format!("{ERM} {name}"));
        assert_eq!(!said.is_empty(), doubted, "{name}: {said}");
        if doubted {
            let expected = format!("train: warning: {name}: images are {}", shape[1]);
            assert!(
                said.starts_with(&expected) && said.lines().count() == 1,
                "{said}"
            );
            assert!(
                said.contains("numpy.ascontiguousarray(images.transpose(0, 3, 1, 2))"),
                "{said}"
            );
        }
    }
}

#[test]
fn a_class_that_does_not_occur_is_warned_about() {
    let scratch = Scratch::new();
    let with = |labels: &[u8]| {
        let values: Vec<u8> = (0..labels.len() * 4).map(|i| (i * 7 % 256) as u8).collect();
        environment(
            ("images", Dtype::U8, &[labels.len(), 1, 2, 2], &values),
            labels,
        )
    };
    for (name, labels) in [
        ("from-1", &[1, 2, 1, 2][..]),
        ("gap", &[0, 2, 2, 0]),
        ("whole", &[0, 1, 2, 1]),
        ("low", &[0, 1, 0, 1]),
        ("high", &[2, 2, 1, 2]),
    ] {
        scratch.file(name, &with(labels));
    }
    for (files, absent) in [
        ("from-1", "0"),
        ("gap", "1"),
        ("gap from-1", ""),
        ("low high", ""),
    ] {
        let said = warned(&scratch, &format!("{ERM} {files}"));
        let expected = match absent {
            "" => String::new(),
            absent => format!(
                "train: warning: no training row has the label {absent}, of k = 3 classes; number the classes from 0 on, \
                 without gaps\n"
            ),
        };
        assert_eq!(said, expected, "{files}");
    }
    assert_eq!(warned(&scratch, &format!("{ERM} whole")), "");
}

#[test]
fn a_checkpoint_that_contradicts_its_tensors_is_refused() {
    let scratch = Scratch::new();
    scratch.file("env", &images(&[20, 2, 3, 3]));
    trained(
        &scratch,
        "--objective erm --hidden 4 --steps 2 --checkpoint-every 1 -o net env",
    );
    let net = fs::read(scratch.path("net")).unwrap();
    type Change = fn(&mut Value);
    let cases: [(Change, [&str; 2]); 6] = [
        (
            |said| said["network"]["inputs"] = json!(19),
            [
                "network.inputs is 19",
                "tensor fc1.weight has the shape [4, 18]",
            ],
        ),
        (
            |said| said["network"]["hidden"] = json!([4, 390]),
            [
                "network.hidden is [4, 390]",
                "tensor fc2.weight has the shape [4, 4]",
            ],
        ),
        (
            |said| said["network"]["hidden"] = json!([4]),
            [
                "network.hidden is [4], which makes 2 layers",
                "up to fc3.weight",
            ],
        ),
        (
            |said| said["network"]["outputs"] = json!(3),
            [
                "network.outputs is 3",
                "tensor fc3.weight has the shape [1, 4]",
            ],
        ),
        (
            |said| said["input_shape"] = json!([2, 3, 4]),
            [
                "input_shape is [2, 3, 4]",
                "tensor fc1.weight has 18 columns",
            ],
        ),
        (
            |said| said["input_shape"] = json!([usize::MAX, usize::MAX]),
            ["input_shape is [", "tensor fc1.weight has 18 columns"],
        ),
    ];
    for (change, needles) in cases {
        scratch.file("bad", &with_provenance(&net, change));
        let out = ran(&scratch, "eval", "bad --env env");
        assert_one_line_error(&out, 1, &needles);
        assert!(
            out.stderr.contains("bad: metadata field provenance: "),
            "{out}"
        );
    }
    // A training state, too: the run would go on with another network than it says.
    let state = fs::read(scratch.path("net.resume")).unwrap();
    let bad = with_provenance(&state, |said| {
        said["run"]["network"]["hidden"] = json!([9, 9])
    });
    scratch.file("bad", &bad);
    let out = ran(
        &scratch,
        "train",
        "--objective erm --hidden 9 --steps 3 --resume bad -o net env",
    );
    let needles = [
        "network.hidden is [9, 9]",
        "tensor fc1.weight has the shape [4, 18]",
    ];
    assert_one_line_error(&out, 1, &needles);
}

#[test]
fn a_tensor_that_stands_twice_is_refused() {
    let scratch = Scratch::new();
    let tensor = |name: &str, shape: &str, start: usize, end: usize| {
        format!(r#""{name}":{{"dtype":"U8","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let labels = tensor("labels", "[2]", 2, 4);
    let header = format!(
        "{{{},{labels},{labels}}}",
        tensor("images", "[2,1,1,1]", 0, 2)
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([9, 8, 0, 1]);
    scratch.file("twice", &bytes);
    for (name, arguments) in [
        ("train", "--objective erm twice"),
        ("eval", "net --env twice"),
        ("inspect", "twice"),
    ] {
        let out = ran(&scratch, name, arguments);
        assert_one_line_error(&out, 1, &["twice: ", "labels stands there twice"]);
    }
}
