//! The safetensors form of environments: ours, other people's, and hostile ones.

mod common;

use artifact::{NamedTensor, TensorFile, encode};
use common::{files, idx, recipe, source};
use environment::{Environment, Inputs, LabelledImages, Recipe, Split, make};
use safetensors::tensor::Dtype;
use serde_json::{Value, json};

fn refused(bytes: &[u8]) -> String {
    format!("{:#}", Environment::from_bytes("f", bytes).unwrap_err())
}

/// A file of three grayscale images of 1 x 2 with the given labels and provenance.
fn file(labels: NamedTensor, provenance: &Value) -> Vec<u8> {
    let images: NamedTensor = ("images", Dtype::U8, vec![3, 1, 1, 2], &[1, 2, 3, 4, 5, 6]);
    encode(&[images, labels], provenance).unwrap()
}

fn i64_labels(labels: [i64; 3]) -> Vec<u8> {
    labels
        .iter()
        .flat_map(|label| label.to_le_bytes())
        .collect()
}

#[test]
fn what_was_made_is_what_is_read() {
    let files = files(60, 12);
    let source = source(&files);
    let wanted = Recipe {
        patch: true,
        p_e: 0.1,
        seed: u64::MAX,
        limit: Some(7),
        ..recipe(&source)
    };
    let made = make(&source, wanted.clone()).unwrap();
    let bytes = made.to_bytes().unwrap();
    assert_eq!(
        bytes,
        make(&source, wanted.clone()).unwrap().to_bytes().unwrap()
    );

    let read = Environment::from_bytes("f", &bytes).unwrap();
    assert_eq!(read.rows(), 7);
    assert_eq!(read.facts.shape, made.shape);
    assert_eq!(read.inputs, Inputs::Images(made.images));
    let labels: Vec<u32> = made.labels.iter().map(|&label| label.into()).collect();
    assert_eq!(read.labels, labels);
    assert_eq!(read.facts.classes, 2);
    assert_eq!(read.facts.recipe, Some(wanted));
    assert_eq!(read.facts.sha256, artifact::sha256(&bytes));
}

#[test]
fn the_file_holds_the_documented_tensors_and_provenance() {
    let files = files(60, 12);
    let source = source(&files);
    let base = recipe(&source);
    let names = |recipe| {
        let bytes = make(&source, recipe).unwrap().to_bytes().unwrap();
        let file = TensorFile::parse("f", &bytes).unwrap();
        file.names().join(" ")
    };
    assert_eq!(names(base.clone()), "colors digits images indices labels");
    let patch = Recipe {
        patch: true,
        ..base.clone()
    };
    assert_eq!(names(patch), "colors digits images indices labels patches");
    let gray = Recipe {
        grayscale: true,
        ..base.clone()
    };
    assert_eq!(names(gray), "digits images indices labels");

    let test = Recipe {
        split: Split::Test,
        p_e: 0.9,
        ..base
    };
    let made = make(&source, test).unwrap();
    let bytes = made.to_bytes().unwrap();
    let file = TensorFile::parse("f", &bytes).unwrap();
    let indices: Vec<u8> = (50u32..60).flat_map(u32::to_le_bytes).collect();
    assert_eq!(
        file.tensor("indices", &[Dtype::U32]).unwrap().data(),
        indices
    );
    assert_eq!(
        file.tensor("digits", &[Dtype::U8]).unwrap().data(),
        made.digits
    );
    assert_eq!(
        file.tensor("colors", &[Dtype::U8]).unwrap().data(),
        made.colors.unwrap()
    );
    assert_eq!(
        file.provenance::<Value>().unwrap().unwrap(),
        json!({
            "kind": "environment",
            "tool": "test 0.0.0",
            "images_sha256": artifact::sha256(&files[0]),
            "labels_sha256": artifact::sha256(&files[1]),
            "source_rows": 60,
            "split": "test",
            "test_rows": 10,
            "part": "1/1",
            "limit": null,
            "classes": 2,
            "label_noise": 0.25,
            "p_e": 0.9,
            "patch": false,
            "grayscale": false,
            "subsample": 2,
            "seed": 0,
        })
    );
}

#[test]
fn a_file_of_images_and_labels_alone_is_an_environment() {
    let foreign = json!({"made by": "numpy"});
    let read = Environment::from_bytes(
        "f",
        &file(("labels", Dtype::U8, vec![3], &[0, 4, 1]), &foreign),
    )
    .unwrap();
    assert_eq!(read.facts.shape, [3, 1, 1, 2]);
    assert_eq!(read.inputs, Inputs::Images(vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(read.labels, [0, 4, 1]);
    assert_eq!(read.facts.classes, 5);
    assert_eq!(read.facts.recipe, None);

    let labels = i64_labels([0, 0, 0]);
    let zeros = file(("labels", Dtype::I64, vec![3], &labels), &Value::Null);
    assert_eq!(
        Environment::from_bytes("f", &zeros).unwrap().facts.classes,
        2
    );

    // Other types of labels.
    let int32: Vec<u8> = [2i32, 0, 1]
        .into_iter()
        .flat_map(i32::to_le_bytes)
        .collect();
    for (dtype, bytes, expected) in [
        (Dtype::I32, &int32[..], [2, 0, 1]),
        (Dtype::BOOL, &[1, 0, 1], [1, 0, 1]),
    ] {
        let bytes = file(("labels", dtype, vec![3], bytes), &Value::Null);
        assert_eq!(
            Environment::from_bytes("f", &bytes).unwrap().labels,
            expected
        );
    }
    let negative: Vec<u8> = [0i32, -1, 1]
        .into_iter()
        .flat_map(i32::to_le_bytes)
        .collect();
    assert_eq!(
        refused(&file(
            ("labels", Dtype::I32, vec![3], &negative),
            &Value::Null
        )),
        "f: tensor labels: row 1 is -1, expected a class from 0 to 999"
    );

    // Written by another program, with metadata of its own or none.
    let tail = br#""labels":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"images":{"dtype":"U8","shape":[1,1,1,1],"data_offsets":[0,1]}}"#;
    for metadata in ["{", r#"{"__metadata__":{"format":"pt","author":"me"},"#] {
        let mut header = [metadata.as_bytes(), tail].concat();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend([9, 1]);
        let read = Environment::from_bytes("f", &bytes).unwrap();
        let images = Inputs::Images(vec![9]);
        assert_eq!((read.inputs, read.labels), (images, vec![1]));
    }
}

#[test]
fn labels_out_of_range_are_named_with_their_row() {
    for (label, seen) in [
        (-1, "-1"),
        (1000, "1000"),
        (i64::MAX, "9223372036854775807"),
    ] {
        let labels = i64_labels([0, 1, label]);
        let message = refused(&file(
            ("labels", Dtype::I64, vec![3], &labels),
            &Value::Null,
        ));
        assert_eq!(
            message,
            format!("f: tensor labels: row 2 is {seen}, expected a class from 0 to 999")
        );
    }
    // The provenance says two classes.
    let files = files(6, 1);
    let source = source(&files);
    let provenance = serde_json::to_value(recipe(&source)).unwrap();
    let message = refused(&file(
        ("labels", Dtype::U8, vec![3], &[0, 2, 1]),
        &provenance,
    ));
    assert_eq!(
        message,
        "f: tensor labels: row 1 is 2, expected a class from 0 to 1"
    );
}

#[test]
fn wrong_tensors_are_named() {
    let labels: NamedTensor = ("labels", Dtype::U8, vec![3], &[0, 1, 0]);
    let with_images = |dtype, shape: &[usize], bytes: &[u8]| {
        refused(
            &encode(
                &[("images", dtype, shape.to_vec(), bytes), labels.clone()],
                &(),
            )
            .unwrap(),
        )
    };
    assert!(
        with_images(Dtype::U8, &[3, 2], &[0; 6])
            .contains("tensor images is of shape [3, 2], expected [n, channels, height, width]")
    );
    assert!(
        with_images(Dtype::U8, &[3, 0, 2, 2], &[])
            .contains("images is of shape [3, 0, 2, 2], expected at least 1 each")
    );
    assert!(
        with_images(Dtype::U8, &[2, 1, 1, 1], &[0; 2])
            .contains("tensor labels is of shape [3], expected [2]")
    );
    assert!(
        with_images(Dtype::F32, &[3, 1, 1, 1], &[0; 12])
            .contains("tensor images is of type F32, expected U8")
    );
    let only = encode(std::slice::from_ref(&labels), &()).unwrap();
    assert!(
        with_images(Dtype::F32, &[3, 1, 1, 1], &[0; 12])
            .contains("multiply them by 255, round them, and store them as U8")
    );
    // Floats from 0 to 1 that were cast: all but a few pixels are 0.
    let dark = with_images(Dtype::U8, &[3, 1, 1, 2], &[0, 1, 0, 0, 0, 1]);
    assert!(
        dark.contains("tensor images: the largest value is 1, expected brightness from 0 to 255")
            && dark.contains("multiply them by 255"),
        "{dark}"
    );
    assert!(refused(&only).contains("tensor images is missing; the file holds: labels"));
    let column = file(("labels", Dtype::U8, vec![3, 1], &[0, 1, 0]), &Value::Null);
    assert!(refused(&column).contains("tensor labels is of shape [3, 1], expected [3]"));
    let floats = file(("labels", Dtype::F32, vec![3], &[0; 12]), &Value::Null);
    assert!(refused(&floats).contains("tensor labels is of type F32, expected U8 or I64"));
}

#[test]
fn another_artifact_or_a_broken_recipe_is_refused() {
    let labels: NamedTensor = ("labels", Dtype::U8, vec![3], &[0, 1, 0]);
    let message = refused(&file(labels.clone(), &json!({"kind": "checkpoint"})));
    assert_eq!(
        message,
        "f: the file says that it is a checkpoint, expected an environment"
    );
    let message = refused(&file(labels.clone(), &json!({"kind": "environment"})));
    assert!(
        message.contains("metadata field provenance: missing field"),
        "{message}"
    );
    let files = files(6, 1);
    let source = source(&files);
    let mut provenance = serde_json::to_value(recipe(&source)).unwrap();
    provenance["classes"] = json!(1_000_000_000_000u64);
    let message = refused(&file(labels, &provenance));
    assert!(
        message.contains("classes is 1000000000000, expected 2 to 1000"),
        "{message}"
    );
}

#[test]
fn every_cut_is_refused() {
    let bytes = file(("labels", Dtype::U8, vec![3], &[0, 1, 0]), &Value::Null);
    Environment::from_bytes("f", &bytes).unwrap();
    for cut in 0..bytes.len() {
        let message = refused(&bytes[..cut]);
        assert!(
            message.starts_with("f: not a safetensors file"),
            "{message}"
        );
    }
}

#[test]
fn idx_files_that_do_not_belong_together_are_refused() {
    let images = idx(&[2, 1, 1], &[5, 6]);
    let refused = |labels: &[u8]| match LabelledImages::from_idx(("i", &images), ("l", labels)) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        refused(&idx(&[3], &[0, 1, 2])),
        "l: 3 labels, but i holds 2 images; the two files do not belong together"
    );
    assert_eq!(
        refused(&idx(&[2], &[9, 10])),
        "l: row 1 is 10, expected a digit 0 to 9, or another of ten classes; of EMNIST take the files digits or mnist; with \
         letters or other labels write the environment yourself (docs/extending.md, \"Bring your own environments\")"
    );
    assert!(refused(&images).starts_with("l: field dimensions: 3, expected 1"));
}
