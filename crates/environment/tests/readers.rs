//! The readers of IDX files and of environments, against second readers that are slow and obvious, on files that are right or
//! damaged in a few places.

use std::io::{Read, Write};

use environment::{Environment, EnvironmentFile, Facts, Inputs, LabelledImages};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;

/// Places and new values of bytes, and where the file is cut, if it is.
type Damage = (Vec<(usize, u8)>, Option<usize>);

fn damage() -> impl Strategy<Value = Damage> {
    let changes = prop::collection::vec((any::<usize>(), any::<u8>()), 0..3);
    // Half of the files are whole.
    (changes, prop::option::weighted(0.2, any::<usize>()))
}

fn damaged(mut bytes: Vec<u8>, (changes, cut): &Damage) -> Vec<u8> {
    for (place, value) in changes {
        if !bytes.is_empty() {
            let place = place % bytes.len();
            bytes[place] = *value;
        }
    }
    bytes.truncate(cut.map_or(bytes.len(), |cut| cut % (bytes.len() + 1)));
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The sizes and the values of an IDX file, which is unpacked whole first. `dimensions` and `types` are those allowed.
fn slow_idx(file: &[u8], dimensions: &[usize], types: &[u8]) -> Option<(Vec<usize>, Vec<i64>)> {
    let mut bytes = file.to_vec();
    if file.starts_with(&[0x1f, 0x8b]) {
        bytes.clear();
        MultiGzDecoder::new(file).read_to_end(&mut bytes).ok()?;
    }
    let mut bytes = bytes.into_iter();
    let mut take = |count: usize| -> Option<Vec<u8>> {
        let taken: Vec<u8> = bytes.by_ref().take(count).collect();
        (taken.len() == count).then_some(taken)
    };
    let magic = take(4)?;
    let fits = dimensions.contains(&usize::from(magic[3])) && types.contains(&magic[2]);
    if magic[0] != 0 || magic[1] != 0 || !fits {
        return None;
    }
    let mut sizes = Vec::new();
    for _ in 0..magic[3] {
        let size = take(4)?;
        sizes.push(
            size.iter()
                .fold(0, |sum, byte| 256 * sum + usize::from(*byte)),
        );
    }
    let mut values = Vec::new();
    let width = if magic[2] == 0x0c { 4 } else { 1 };
    while let Some(value) = take(1) {
        let mut value = value;
        value.extend(take(width - 1)?);
        values.push(match value[..] {
            [byte] => byte.into(),
            _ => i32::from_be_bytes(value.try_into().unwrap()).into(),
        });
    }
    let expected = sizes
        .iter()
        .try_fold(1u128, |product, size| product.checked_mul(*size as u128));
    let right = expected == Some(values.len() as u128) && !sizes.contains(&0);
    right.then_some((sizes, values))
}

/// Shape, pixels and digits of the two files.
fn slow_pair(images: &[u8], labels: &[u8]) -> Option<([usize; 3], Vec<u8>, Vec<u8>)> {
    let (shape, pixels) = slow_idx(images, &[3], &[0x08])?;
    let (of_labels, values) = slow_idx(labels, &[1, 2], &[0x08, 0x0c])?;
    let columns = match of_labels[..] {
        [_] => 1,
        [_, 8] => 8,
        _ => return None,
    };
    if of_labels[0] != shape[0] {
        return None;
    }
    let digits = values.chunks(columns).map(|row| row[0]);
    let digits: Vec<u8> = digits
        .map(|digit| u8::try_from(digit).ok().filter(|digit| *digit < 10))
        .collect::<Option<_>>()?;
    let pixels = pixels.into_iter().map(|pixel| pixel as u8).collect();
    Some(([shape[0], shape[1], shape[2]], pixels, digits))
}

/// A file of images and one of labels, of bytes or of integers, one column or eight.
fn idx_pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let sizes = (1u32..6, 1u32..4, 1u32..4, any::<bool>(), any::<bool>());
    sizes.prop_flat_map(|(rows, height, width, integers, columns)| {
        let pixels = prop::collection::vec(any::<u8>(), (rows * height * width) as usize);
        let labels = prop::collection::vec(0u8..10, rows as usize * if columns { 8 } else { 1 });
        (pixels, labels).prop_map(move |(pixels, labels)| {
            let sizes = |sizes: &[u32]| sizes.iter().flat_map(|size| size.to_be_bytes()).collect();
            let images = [vec![0, 0, 8, 3], sizes(&[rows, height, width]), pixels].concat();
            let kind = if integers { 0x0c } else { 8 };
            let (dimensions, of_labels) = match columns {
                true => (2, sizes(&[rows, 8])),
                false => (1, sizes(&[rows])),
            };
            let labels = labels.into_iter().flat_map(|label| match integers {
                true => i32::from(label).to_be_bytes().to_vec(),
                false => vec![label],
            });
            let labels = [vec![0, 0, kind, dimensions], of_labels, labels.collect()].concat();
            (images, labels)
        })
    })
}

/// (name, dtype, shape, bytes) of the tensors of a file, and its provenance; read by the format's page, tensor by tensor.
type Tensors = Vec<(String, String, Vec<u64>, Vec<u8>)>;

fn slow_tensors(file: &[u8]) -> Option<Tensors> {
    let length = u64::from_le_bytes(file.get(..8)?.try_into().ok()?);
    let length = usize::try_from(length).ok()?;
    let header = file.get(8..)?.get(..length)?;
    let data = &file[8 + length..];
    let header: serde_json::Value = serde_json::from_slice(header).ok()?;
    let mut tensors = Vec::new();
    for (name, entry) in header.as_object()? {
        let numbers = |key: &str| -> Option<Vec<u64>> {
            entry
                .get(key)?
                .as_array()?
                .iter()
                .map(serde_json::Value::as_u64)
                .collect()
        };
        let [begin, end] = numbers("data_offsets")?[..] else {
            return None;
        };
        let bytes = data.get(begin as usize..end as usize)?.to_vec();
        tensors.push((
            name.clone(),
            entry.get("dtype")?.as_str()?.to_owned(),
            numbers("shape")?,
            bytes,
        ));
    }
    Some(tensors)
}

/// Shape, pixels and labels of an environment without provenance.
fn slow_environment(file: &[u8]) -> Option<(Vec<usize>, Vec<u8>, Vec<u32>)> {
    let tensors = slow_tensors(file)?;
    let tensor = |name: &str| tensors.iter().find(|tensor| tensor.0 == name);
    let (_, dtype, shape, pixels) = tensor("images")?;
    let (_, of_labels, labels_shape, labels) = tensor("labels")?;
    let is_image = dtype == "U8" && shape.len() == 4 && !shape.contains(&0);
    if !is_image || labels_shape[..] != shape[..1] || pixels.iter().max() == Some(&1) {
        return None;
    }
    let width = match &**of_labels {
        "U8" | "BOOL" => 1,
        "I32" => 4,
        "I64" => 8,
        _ => return None,
    };
    let mut values = Vec::new();
    for label in labels.chunks(width) {
        let mut value = 0i128;
        for (place, byte) in label.iter().enumerate() {
            value += i128::from(*byte) << (8 * place);
        }
        // Two's complement.
        if width > 1 && label[width - 1] >= 128 {
            value -= 1i128 << (8 * width);
        }
        values.push(u32::try_from(value).ok().filter(|label| *label < 1000)?);
    }
    let shape = shape.iter().map(|size| *size as usize).collect();
    Some((shape, pixels.clone(), values))
}

fn environment_file() -> impl Strategy<Value = Vec<u8>> {
    let sizes = (1usize..5, 1usize..4, 1usize..3, 1usize..3, 0usize..4);
    sizes.prop_flat_map(|(rows, channels, height, width, kind)| {
        let pixels = prop::collection::vec(0u8..4, rows * channels * height * width);
        let labels = prop::collection::vec(0i64..3, rows);
        (pixels, labels).prop_map(move |(pixels, labels)| {
            let (dtype, bytes) = [("U8", 1), ("BOOL", 1), ("I32", 4), ("I64", 8)][kind];
            let labels: Vec<u8> =
                labels.iter().flat_map(|label| label.to_le_bytes()[..bytes].to_vec()).collect();
            let end = pixels.len();
            let all = end + labels.len();
            let header = format!(
                r#"{{"images":{{"dtype":"U8","shape":[{rows},{channels},{height},{width}],"data_offsets":[0,{end}]}},"labels":{{"dtype":"{dtype}","shape":[{rows}],"data_offsets":[{end},{all}]}}}}"#
            );
            let length = (header.len() as u64).to_le_bytes();
            [&length[..], header.as_bytes(), &pixels, &labels].concat()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn idx_files_are_read_as_the_slow_reader_reads_them(
        (images, labels) in idx_pair(),
        of_images in damage(),
        of_labels in damage(),
        packs in any::<[bool; 2]>(),
    ) {
        let pack = |bytes: Vec<u8>, packs: bool| if packs { packed(&bytes) } else { bytes };
        let images = damaged(pack(damaged(images, &of_images), packs[0]), &(vec![], of_images.1));
        let labels = pack(damaged(labels, &of_labels), packs[1]);
        let found = LabelledImages::from_idx(("i", &images), ("l", &labels)).ok();
        let found = found.map(|it| (it.shape, it.images.to_vec(), it.digits));
        prop_assert_eq!(found, slow_pair(&images, &labels));
    }

    /// What the format allows beyond this, such as overlapping tensors, is held against the second reader of crates/artifact.
    #[test]
    fn environments_are_read_as_the_slow_reader_reads_them(
        file in environment_file(),
        (changes, _) in damage(),
    ) {
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let (head, data) = file.split_at(8 + length);
        let file = [head, &damaged(data.to_vec(), &(changes, None))].concat();
        let read = Environment::from_bytes("e", &file);
        // What is read from a file row by row is the same, or refused in the same words.
        let path = std::env::temp_dir().join(format!("environment-{}", std::process::id()));
        std::fs::write(&path, &file).unwrap();
        let on_disk = EnvironmentFile::open(&path);
        match (&read, &on_disk) {
            (Ok(read), Ok(on_disk)) => {
                prop_assert_eq!(&Facts { name: "e".to_owned(), ..on_disk.facts.clone() }, &read.facts);
                let rows: Vec<usize> = (0..read.rows()).rev().chain([0]).collect();
                let mut taken = on_disk.take(&rows).unwrap();
                taken.facts.name = "e".to_owned();
                prop_assert_eq!(taken, read.take(&rows));
            }
            (Err(read), Err(on_disk)) => {
                let name = path.display().to_string();
                prop_assert_eq!(format!("{on_disk:#}").replace(&name, "e"), format!("{read:#}"));
            }
            _ => prop_assert!(false, "{:?} {:?}", read.err(), on_disk.err()),
        }
        let found = read.ok().map(|environment| {
            let Inputs::Images(pixels) = environment.inputs else { panic!("no images") };
            (environment.facts.shape, pixels, environment.labels)
        });
        prop_assert_eq!(found, slow_environment(&file));
    }
}
