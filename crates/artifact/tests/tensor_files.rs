//! The reader of safetensors files against a second one that is slow and obvious, on files that are right or wrong in a place.

use artifact::TensorFile;
use proptest::prelude::*;
use safetensors::tensor::Dtype;
use serde_json::Value;

/// A tensor as its header says: dtype, shape, begin and end.
type Said = (&'static str, Vec<u64>, u64, u64);

/// Sizes of the types that the files are made of, in bytes.
const TYPES: [(&str, u64); 4] = [("U8", 1), ("F32", 4), ("I64", 8), ("BOOL", 1)];

/// Whether a file is one: each tensor's bytes fill its shape, and together they fill the data without overlap or hole.
fn slow(said: &[(String, Said)], data: u64) -> bool {
    let mut taken = vec![false; data as usize];
    for (place, (name, (dtype, shape, begin, end))) in said.iter().enumerate() {
        let size = TYPES.iter().find(|(name, _)| name == dtype).unwrap().1;
        let bytes = shape
            .iter()
            .try_fold(size, |product, size| product.checked_mul(*size));
        let whole = end.checked_sub(*begin);
        if said[..place].iter().any(|other| other.0 == *name)
            || bytes.is_none()
            || bytes != whole
            || *end > data
        {
            return false;
        }
        for byte in *begin..*end {
            if std::mem::replace(&mut taken[byte as usize], true) {
                return false;
            }
        }
    }
    taken.into_iter().all(|taken| taken)
}

/// Tensors that fill `data` one after another, and what is changed: (tensor, field, new value).
fn said() -> impl Strategy<Value = (Vec<(String, Said)>, u64)> {
    let tensor = (
        0usize..4,
        prop::collection::vec(1u64..4, 0..4),
        "[a-c]{1,2}",
    );
    let tensors = prop::collection::vec(tensor, 0..4);
    let change = prop::option::of((
        any::<usize>(),
        0usize..4,
        prop_oneof![0u64..40, any::<u64>()],
    ));
    (tensors, change).prop_map(|(tensors, change)| {
        let mut said = Vec::new();
        let mut begin = 0;
        for (kind, shape, name) in tensors {
            let (dtype, size) = TYPES[kind];
            let end = begin + size * shape.iter().product::<u64>();
            said.push((name, (dtype, shape, begin, end)));
            begin = end;
        }
        let mut data = begin;
        if let Some((place, field, value)) = change
            && !said.is_empty()
        {
            let count = said.len();
            let (_, (_, shape, begin, end)) = &mut said[place % count];
            match (field, shape.first_mut()) {
                (0, Some(size)) => *size = value,
                (1, _) => *begin = value,
                (2, _) => *end = value,
                _ => data = value % 64,
            }
        }
        (said, data)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_file_is_accepted_where_the_slow_reader_accepts_it((said, data) in said()) {
        let entries: Vec<String> = said
            .iter()
            .map(|(name, (dtype, shape, begin, end))| {
                format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{begin},{end}]}}"#)
            })
            .collect();
        let header = format!("{{{}}}", entries.join(","));
        let values: Vec<u8> = (0..data).map(|byte| byte as u8).collect();
        let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &values].concat();
        let read = TensorFile::parse("f", &file);
        // Tensors of no bytes may lie anywhere in order; the format does not say where.
        prop_assume!(said.iter().all(|(_, (_, _, begin, end))| begin != end));
        prop_assert_eq!(read.is_ok(), slow(&said, data), "{} and {} bytes", header, data);
        if let Ok(read) = read {
            for (name, (_, shape, begin, end)) in &said {
                let found = read.tensor(name, &[Dtype::U8, Dtype::F32, Dtype::I64, Dtype::BOOL]).unwrap();
                let shape: Vec<usize> = shape.iter().map(|size| *size as usize).collect();
                prop_assert_eq!(found.shape(), shape);
                prop_assert_eq!(found.data(), &values[*begin as usize..*end as usize]);
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        tensors in prop::collection::btree_map("[a-z.]{1,8}", prop::collection::vec(any::<u8>(), 0..20), 0..5),
        said in prop::collection::btree_map("\\PC{0,5}", any::<i64>(), 0..4),
    ) {
        let named: Vec<artifact::NamedTensor> = tensors
            .iter()
            .map(|(name, bytes)| (&**name, Dtype::U8, vec![bytes.len()], &**bytes))
            .collect();
        let bytes = artifact::encode(&named, &said).unwrap();
        prop_assert_eq!(&bytes, &artifact::encode(&named, &said).unwrap());
        let read = TensorFile::parse("f", &bytes).unwrap();
        prop_assert_eq!(read.names(), tensors.keys().cloned().collect::<Vec<_>>());
        for (name, bytes) in &tensors {
            prop_assert_eq!(read.tensor(name, &[Dtype::U8]).unwrap().data(), &bytes[..]);
        }
        let found = read.provenance::<Value>().unwrap();
        prop_assert_eq!(found, Some(serde_json::to_value(&said).unwrap()));
    }
}
