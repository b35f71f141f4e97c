//! What is done with the bytes that a fuzzer draws: each reader of the workspace reads them, and what it accepts must hold.
//!
//! A reader may refuse any input; it must not panic, and must not accept what it does not read back as it was.

#![forbid(unsafe_code)]

mod framing;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Context;
use environment::{Environment, Inputs, LabelledImages};
use evidence::References;
use evidence::claims::judge::{Selection, judge};
use evidence::claims::{Claims, contrast::Experiments};
use training::Provenance;

/// A reader, by the name of its folder in `corpus/`.
pub type Reader = (&'static str, fn(&[u8]));

/// All of them.
pub const READERS: [Reader; 9] = [
    ("idx-images", idx_images),
    ("idx-labels", idx_labels),
    ("environment", environment),
    ("checkpoint", checkpoint),
    ("scores", scores),
    ("reference", reference),
    ("claims", claims),
    ("training-log", training_log),
    ("tables", tables),
];

/// The reader `name`.
pub fn reader(name: &str) -> Option<fn(&[u8])> {
    let mut readers = READERS.into_iter();
    readers.find_map(|(of, reader)| (of == name).then_some(reader))
}

/// An IDX file of images, beside one label.
fn idx_images(bytes: &[u8]) {
    let label = [&[0, 0, 8, 1, 0, 0, 0, 1][..], &[7]].concat();
    if let Ok(read) = LabelledImages::from_idx(("images", bytes), ("labels", &label)) {
        assert_eq!(read.shape.iter().product::<usize>(), read.images.len());
        assert_eq!(read.digits, [7]);
    }
}

/// An IDX file of labels, beside one image of 1 × 1 pixels.
fn idx_labels(bytes: &[u8]) {
    let image = [&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1][..], &[9]].concat();
    if let Ok(read) = LabelledImages::from_idx(("images", &image), ("labels", bytes)) {
        assert!(read.digits.len() == 1 && read.digits[0] < 10);
    }
}

/// A safetensors file as an environment.
fn environment(bytes: &[u8]) {
    let bytes = framing::framed(bytes);
    if let Ok(read) = Environment::from_bytes("environment", &bytes) {
        assert!(read.rows() > 0 && read.width() > 0);
        assert_eq!(read.labels.len(), read.rows());
        assert!(
            read.labels
                .iter()
                .all(|label| (*label as usize) < read.facts.classes)
        );
        let inputs = match &read.inputs {
            Inputs::Images(values) => values.len(),
            Inputs::Numbers(values) => {
                assert!(values.iter().all(|value| value.is_finite()));
                values.len()
            }
        };
        assert_eq!(inputs, read.rows() * read.width());
        assert!(
            read.facts
                .indices
                .is_none_or(|indices| indices.len() == read.labels.len())
        );
    }
}

/// A safetensors file as a checkpoint.
fn checkpoint(bytes: &[u8]) {
    let bytes = framing::framed(bytes);
    if let Ok(read) = network::decode::<Provenance>("checkpoint", &bytes) {
        let shape = read.parameters.shape();
        assert_eq!(shape.expect("what was read has sizes"), read.shape);
    }
}

/// A CSV of scores: what is accepted is written, and read back as the same; and gathered, or refused.
fn scores(bytes: &[u8]) {
    if let Ok(rows) = score::read_rows("scores", bytes) {
        let written = score::write_rows(&rows).expect("what was read can be written");
        let again = score::read_rows("scores", &written).expect("what was written can be read");
        assert_eq!(
            score::write_rows(&again).expect("written once more"),
            written
        );
        if let Ok(cells) = evidence::gather("experiment", &rows) {
            assert!(
                cells
                    .rows
                    .values()
                    .flat_map(|row| row.values())
                    .all(|cell| cell.mean().is_finite())
            );
        }
    }
}

/// A CSV of published numbers.
fn reference(bytes: &[u8]) {
    if let Ok(read) = References::parse("reference", bytes) {
        for experiment in read.experiments() {
            assert!(!read.of(experiment).cells.is_empty());
        }
    }
}

/// A CSV of claims: what is accepted can be judged where there are no rows.
fn claims(bytes: &[u8]) {
    if let Ok(read) = Claims::parse("claims", bytes) {
        for selection in Selection::ALL {
            let judged = judge(
                &read,
                &Experiments::default(),
                &References::default(),
                selection,
            );
            assert_eq!(
                judged
                    .expect("no row is doubtful where there is none")
                    .len(),
                read.0.len()
            );
        }
    }
}

/// A training log: what is accepted can be drawn, and every number in the drawing is one.
fn training_log(bytes: &[u8]) {
    if let Ok(drawn) = report::training_figure("log", bytes) {
        assert!(drawn.starts_with("<svg"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"));
    }
}

/// The tables of experiments in this order, with ASCII's file separator between them.
const TABLES: [&str; 4] = ["environments.csv", "runs.csv", "figures.csv", "claims.csv"];
const FILE_SEPARATOR: u8 = 0x1c;

/// The tables of experiments: of those that are accepted, rules for make are written, which make reads line by line.
fn tables(bytes: &[u8]) {
    let files: Vec<&[u8]> = bytes.split(|byte| *byte == FILE_SEPARATOR).collect();
    let read = |path: &Path| {
        let of_path = |(name, _): &(&&str, _)| path.file_name() == Some(OsStr::new(**name));
        let found = TABLES.iter().zip(&files).find(of_path);
        let (_, bytes) = found.context("no such table")?;
        Ok(bytes.to_vec())
    };
    if let Ok(rules) = plan::rules_of(Path::new("experiments"), read) {
        // Nothing that would end a line of make early or hide what stands in it.
        let is_other = |c: char| c.is_control() && !"\n\t".contains(c);
        assert!(!rules.contains(is_other));
    }
}
