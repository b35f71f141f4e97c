//! The files that people have: packed, of QMNIST, of EMNIST, under other names, and test sets.

use std::fs;
use std::path::Path;
use std::process::Command;

use pipeline_tests::{
    Output, Scratch, assert_one_line_error, binary, fixture, mkenv, provenance, run, scrambled,
    succeed,
};
use safetensors::SafeTensors;

/// Two digits of 2 x 3 pixels, 3 and 8.
const IMAGES: [u8; 28] = [
    0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25,
];
const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 3, 8];

/// `mkenv --split all` on two files as they are, with what else is given.
fn all_of(images: &Path, labels: &Path, arguments: &str) -> Output {
    let mut command = binary("mkenv");
    command.arg("--images").arg(images);
    command.arg("--labels").arg(labels);
    command.args(["--split", "all", "--p-e", "0", "--label-noise", "0"]);
    command.args(["--subsample", "1", "-o", "-"]);
    run(command.args(arguments.split_whitespace()), b"")
}

fn tensor(out: &Output, name: &str) -> (Vec<usize>, Vec<u8>) {
    assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
    let file = SafeTensors::deserialize(&out.stdout).unwrap();
    let tensor = file.tensor(name).unwrap();
    (tensor.shape().to_vec(), tensor.data().to_vec())
}

/// The file packed by gzip itself.
fn packed(path: &Path) -> Vec<u8> {
    succeed(Command::new("gzip").arg("-c").arg(path)).stdout
}

#[test]
fn a_packed_file_gives_the_same_environment_under_any_name() {
    let plain = succeed(&mut mkenv("--split test --p-e 0.9 -o -")).stdout;
    let scratch = Scratch::new();
    // As on Kaggle, and as on the pages of MNIST's heirs.
    for [images, labels] in [
        ["train-images.idx3-ubyte", "train-labels.idx1-ubyte"],
        ["emnist.digits-train.images.gz", "labels"],
    ] {
        let [images, labels] =
            [(images, "images-idx3"), (labels, "labels-idx1")].map(|(name, of)| {
                let digits = fixture(&format!("mnist/train-{of}-ubyte"));
                scratch.file(name, &packed(&digits))
            });
        let mut command = binary("mkenv");
        command
            .arg("--images")
            .arg(images)
            .arg("--labels")
            .arg(labels);
        command.args(["--split", "test", "--p-e", "0.9", "-o", "-"]);
        assert!(succeed(&mut command).stdout == plain);
    }
}

#[test]
fn a_damaged_packed_file_is_one_clear_line() {
    let scratch = Scratch::new();
    let labels = scratch.file("labels", &LABELS);
    let whole = packed(&scratch.file("plain", &IMAGES));
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bytes in [&whole[..whole.len() - 9], &damaged] {
        let images = scratch.file("images.gz", bytes);
        let says = [
            "/images.gz: the gzip file is damaged or cut short",
            "download it again",
        ];
        assert_one_line_error(&all_of(&images, &labels, ""), 1, &says);
    }
}

#[test]
fn of_qmnists_labels_the_first_column_is_the_class() {
    let scratch = Scratch::new();
    let images = scratch.file("images", &IMAGES);
    let labels = |columns: u8, rows: &[i32]| {
        let mut bytes = vec![0, 0, 0x0c, 2, 0, 0, 0, 2, 0, 0, 0, columns];
        bytes.extend(rows.iter().flat_map(|value| value.to_be_bytes()));
        scratch.file("labels", &bytes)
    };
    let rows = [3, 4, 2597, 9, 24390, 0, 0, 0, 8, 4, 2598, 34, 2, 1, 0, 0];
    let out = all_of(&images, &labels(8, &rows), "");
    assert_eq!(tensor(&out, "digits").1, [3, 8]);
    assert_eq!(tensor(&out, "labels").1, [1, 0]);

    let wild = rows.map(|value| if value == 8 { -2 } else { value });
    let says = ["/labels: row 1 is -2, expected a digit 0 to 9"];
    assert_one_line_error(&all_of(&images, &labels(8, &wild), ""), 1, &says);
    let says = [
        "/labels: the labels are of shape [2, 2]",
        "8 columns of QMNIST",
    ];
    assert_one_line_error(&all_of(&images, &labels(2, &rows[..4]), ""), 1, &says);
}

#[test]
fn transposed_images_are_set_upright() {
    let scratch = Scratch::new();
    let [images, labels] = [("images", &IMAGES[..]), ("labels", &LABELS)]
        .map(|(name, bytes)| scratch.file(name, bytes));
    let upright = all_of(&images, &labels, "--transpose --grayscale");
    let (shape, pixels) = tensor(&upright, "images");
    assert_eq!(shape, [2, 1, 3, 2]);
    assert_eq!(pixels, [10, 13, 11, 14, 12, 15, 20, 23, 21, 24, 22, 25]);
    assert_eq!(provenance(&upright.stdout)["transpose"], true);
    let half = all_of(&images, &labels, "--transpose --grayscale --subsample 2");
    // The flag twice is a mistake of the command line.
    assert_eq!(half.code, 2, "{half}");

    let (shape, pixels) = tensor(&all_of(&images, &labels, "--grayscale"), "images");
    assert_eq!(shape, [2, 1, 2, 3]);
    assert_eq!(pixels, IMAGES[16..]);
    let mut small = binary("mkenv");
    small
        .arg("--images")
        .arg(&images)
        .arg("--labels")
        .arg(&labels);
    small.args("--split all --p-e 0 --transpose --grayscale -o -".split(' '));
    let (shape, pixels) = tensor(&run(&mut small, b""), "images");
    assert_eq!((shape, pixels), (vec![2, 1, 2, 1], vec![10, 12, 20, 22]));
    let plain = succeed(&mut mkenv("--split test --p-e 0.9 -o -")).stdout;
    assert_eq!(provenance(&plain)["transpose"], serde_json::Value::Null);
}

#[test]
fn letters_are_refused_with_the_way_out() {
    let scratch = Scratch::new();
    let images = scratch.file("images", &IMAGES);
    let labels = scratch.file("labels", &[&LABELS[..9], &[26]].concat());
    let says = [
        "/labels: row 1 is 26, expected a digit 0 to 9",
        "of EMNIST take the files digits or mnist",
        "docs/extending.md",
    ];
    assert_one_line_error(&all_of(&images, &labels, ""), 1, &says);
}

#[test]
fn all_takes_every_row_in_its_order() {
    let out = succeed(&mut mkenv("--split all --p-e 0.9 -o -"));
    let (shape, digits) = tensor(&out, "digits");
    assert_eq!(shape, [1200]);
    let labels = fs::read(fixture("mnist/train-labels-idx1-ubyte")).unwrap();
    assert_eq!(digits, labels[8..]);
    let provenance = provenance(&out.stdout);
    assert_eq!(provenance["split"], "all");
    assert_eq!(provenance["test_rows"], 0);
    assert_eq!(
        tensor(
            &succeed(&mut mkenv("--split all --p-e 0.9 --limit 7 -o -")),
            "labels"
        )
        .0,
        [7]
    );
}

#[test]
fn a_part_of_a_test_set_is_warned_about() {
    let scratch = Scratch::new();
    let labels = scratch.file("labels", &LABELS);
    let split = |images: &Path, more: &str| {
        let mut command = binary("mkenv");
        command
            .arg("--images")
            .arg(images)
            .arg("--labels")
            .arg(&labels);
        command.args(["--p-e", "0.9", "-o", "-"]);
        run(command.args(more.split(' ')), b"")
    };
    // Two rows have no sixth, which ends badly after the warning.
    for name in ["t10k-images-idx3-ubyte", "qmnist-Test-images-idx3-ubyte"] {
        let images = scratch.file(name, &IMAGES);
        let out = split(&images, "--split test");
        let (warning, _) = out.stderr.split_once('\n').unwrap();
        for says in [
            "mkenv: warning: ",
            name,
            "of its 2 rows --split test keeps the last 0",
            "--split all",
        ] {
            assert!(warning.contains(says), "{out}");
        }
        for quiet in ["--split test --test-rows 1", "--split all", "--split train"] {
            let out = split(&images, quiet);
            assert!(out.code == 0 && out.stderr.is_empty(), "{out}");
        }
    }
    let images = scratch.file("images", &IMAGES);
    assert!(!split(&images, "--split test").stderr.contains("warning"));

    // By the number of its rows, whatever its name.
    let images = scratch.file("images", &idx(&[10_000, 2, 2], [9; 40_000]));
    scratch.file("labels", &idx(&[10_000], [3; 10_000]));
    let out = split(&images, "--split test");
    assert_eq!(out.code, 0, "{out}");
    assert!(
        out.stderr
            .contains("of its 10000 rows --split test keeps the last 1666; "),
        "{out}"
    );
}

/// An IDX file of unsigned bytes.
fn idx(shape: &[u32], bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut file = vec![0, 0, 8, shape.len() as u8];
    file.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(bytes);
    file
}

/// KMNIST has the form of MNIST: files packed under MNIST's names, images of 28 x 28, and ten classes, all of one size.
#[test]
fn kmnist_is_read_as_it_is() {
    const ROWS: u32 = 60;
    let scratch = Scratch::new();
    let pixels: Vec<u8> = scrambled(ROWS * 28 * 28)
        .map(|number| (number % 256) as u8)
        .collect();
    let classes: Vec<u8> = (0..ROWS).map(|row| (7 * row % 10) as u8).collect();
    let images = scratch.file("plain-images", &idx(&[ROWS, 28, 28], pixels.clone()));
    let labels = scratch.file("plain-labels", &idx(&[ROWS], classes.clone()));
    let images = scratch.file("train-images-idx3-ubyte.gz", &packed(&images));
    let labels = scratch.file("train-labels-idx1-ubyte.gz", &packed(&labels));

    let out = all_of(&images, &labels, "--classes 10");
    assert_eq!(tensor(&out, "digits").1, classes);
    assert_eq!(tensor(&out, "labels").1, classes);
    let (shape, coloured) = tensor(&out, "images");
    assert_eq!(shape, [ROWS as usize, 10, 28, 28]);
    // Without noise the colour is the class: its channel holds the image, and all others are zero.
    let rows = pixels.chunks(28 * 28).zip(&classes);
    for ((image, class), channels) in rows.zip(coloured.chunks(10 * 28 * 28)) {
        for (channel, found) in channels.chunks(28 * 28).enumerate() {
            if channel == usize::from(*class) {
                assert!(found == image);
            } else {
                assert!(found.iter().all(|&pixel| pixel == 0));
            }
        }
    }

    // As Colored MNIST: two classes, of five characters each, 14 x 14.
    let mut two = binary("mkenv");
    two.arg("--images").arg(images).arg("--labels").arg(labels);
    two.args("--split train --test-rows 0 --p-e 0.1 --label-noise 0 -o -".split(' '));
    let out = succeed(&mut two);
    assert_eq!(tensor(&out, "images").0, [ROWS as usize, 2, 14, 14]);
    let (shuffled, labels) = (tensor(&out, "digits").1, tensor(&out, "labels").1);
    assert!(
        shuffled
            .iter()
            .zip(&labels)
            .all(|(&class, &label)| label == u8::from(class < 5))
    );
    for class in 0..10 {
        assert_eq!(shuffled.iter().filter(|&&found| found == class).count(), 6);
    }
}
