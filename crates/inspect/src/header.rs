//! The header of a safetensors file, read from a stream and trusted in nothing.
//!
//! 8 bytes with the length N of the header (u64, little-endian), N bytes of JSON, then the tensors' bytes. The safetensors
//! crate needs the whole file and refuses types that it does not know; this reader needs neither.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::text::{cut, visible};

/// The safetensors crate reads no longer header either.
const LONGEST: u64 = 100_000_000;

/// One tensor as the header describes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tensor {
    /// Its name, with whatever characters the file has there.
    pub name: String,
    /// Its type, such as `F32`; also one that is unknown here.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where it begins, counted from the end of the header.
    #[serde(skip)]
    pub start: u64,
}

/// What the header says.
#[derive(Clone, Debug)]
pub struct Header {
    /// All tensors, in the order of their bytes.
    pub tensors: Vec<Tensor>,
    /// The strings under `__metadata__`.
    pub metadata: BTreeMap<String, String>,
    /// Bytes before the tensors: 8 + N.
    pub length: u64,
}

impl Header {
    /// Reads the header from the beginning of `source`, and no more; also gives the bytes read.
    ///
    /// # Errors
    /// What is wrong with it; the caller names the file.
    pub fn read(source: &mut impl Read) -> Result<(Self, Vec<u8>)> {
        let mut raw = Vec::new();
        // Not reserved in advance: the length is only a claim.
        source.take(8).read_to_end(&mut raw)?;
        let Ok(eight) = <[u8; 8]>::try_from(raw.as_slice()) else {
            bail!(
                "not a safetensors file: it has {} bytes, expected at least 8, the length of the header",
                raw.len()
            );
        };
        let json_length = u64::from_le_bytes(eight);
        ensure!(
            json_length <= LONGEST,
            "not a safetensors file: the first 8 bytes say that the header has {json_length} bytes, expected at most {LONGEST}"
        );
        source.take(json_length).read_to_end(&mut raw)?;
        let json = &raw[8..];
        ensure!(
            json.len() as u64 == json_length,
            "not a safetensors file, or cut short: the header has {} bytes, expected {json_length}",
            json.len()
        );
        let entries: Entries = serde_json::from_slice(json)
            .context("not a safetensors file: the header is not what was expected")?;
        let mut tensors = Vec::with_capacity(entries.tensors.len());
        for (name, entry) in entries.tensors {
            tensors.push(entry.check(name)?);
        }
        tensors.sort_by_key(|tensor| (tensor.start, tensor.bytes));
        let mut end = 0;
        for tensor in &tensors {
            ensure!(
                tensor.start == end,
                "tensor {}: its bytes begin at {}, expected {end}, the end of the tensor before it",
                shown(&tensor.name),
                tensor.start
            );
            end += tensor.bytes;
        }
        let header = Self {
            tensors,
            metadata: entries.metadata,
            length: 8 + json_length,
        };
        Ok((header, raw))
    }

    /// Length of the whole file in bytes.
    pub fn file_length(&self) -> u64 {
        let tensors: u64 = self.tensors.iter().map(|tensor| tensor.bytes).sum();
        self.length.saturating_add(tensors)
    }
}

/// A tensor's entry in the JSON.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

impl Entry {
    fn check(self, name: String) -> Result<Tensor> {
        let (start, end) = self.data_offsets;
        let shown = shown(&name);
        let Some(bytes) = end.checked_sub(start) else {
            bail!("tensor {shown}: its bytes end at {end}, before they begin at {start}");
        };
        // 2^60 bytes are more than there are, and sums of them below that do not overflow.
        ensure!(
            end < 1 << 60,
            "tensor {shown}: its bytes end at {end}, which no file is long enough for"
        );
        if let Some(bits) = bits(&self.dtype) {
            let values = self
                .shape
                .iter()
                .try_fold(1u64, |product, &size| product.checked_mul(size));
            let filled = values
                .and_then(|values| values.checked_mul(bits))
                .filter(|bits| bits % 8 == 0)
                .map(|bits| bits / 8);
            ensure!(
                filled == Some(bytes),
                "tensor {shown}: it has {bytes} bytes, which do not fill the shape {:?} of type {}",
                self.shape,
                self.dtype
            );
        }
        Ok(Tensor {
            name,
            dtype: self.dtype,
            shape: self.shape,
            bytes,
            start,
        })
    }
}

/// A name in a message.
fn shown(name: &str) -> String {
    cut(&visible(name))
}

/// Bits of one value; `None` for a type that is unknown here.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ"
        | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

/// The JSON object of the header. A name that stands twice is refused, for readers differ in which one they take.
struct Entries {
    tensors: Vec<(String, Entry)>,
    metadata: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries, M::Error> {
        let (mut tensors, mut metadata) = (Vec::new(), None);
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(M::Error::custom(format_args!(
                    "{} stands there twice",
                    shown(&name)
                )));
            }
            match name.as_str() {
                "__metadata__" => metadata = map.next_value::<Option<Strings>>()?,
                _ => tensors.push((name, map.next_value()?)),
            }
        }
        Ok(Entries {
            tensors,
            metadata: metadata.map(|strings| strings.0).unwrap_or_default(),
        })
    }
}

/// An object of strings without a key that stands twice.
struct Strings(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StringsVisitor)
    }
}

struct StringsVisitor;

impl<'de> Visitor<'de> for StringsVisitor {
    type Value = Strings;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of strings, the metadata")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Strings, M::Error> {
        let mut strings = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if strings.contains_key(&key) {
                return Err(M::Error::custom(format_args!(
                    "metadata key {} stands there twice",
                    shown(&key)
                )));
            }
            strings.insert(key, value);
        }
        Ok(Strings(strings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Header> {
        let bytes = [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
        Header::read(&mut bytes.as_slice()).map(|(header, _)| header)
    }

    #[test]
    fn tensors_come_in_the_order_of_their_bytes() {
        let header = read(
            r#"{"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},"a":{"dtype":"NEW","shape":[7],"data_offsets":[0,1]},"__metadata__":{"k":"v"}}"#,
        )
        .unwrap();
        let names: Vec<_> = header.tensors.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(header.metadata["k"], "v");
        assert_eq!(header.file_length(), header.length + 9);
    }

    #[test]
    fn hostile_headers_are_refused() {
        let tensor = |dtype: &str, shape: &str, offsets: &str| {
            format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
        };
        let huge = u64::MAX;
        for (json, says) in [
            ("[]".to_owned(), "an object of tensors"),
            ("[".repeat(100_000), "not a safetensors file"),
            (r#"{"a":1}"#.to_owned(), "not a safetensors file"),
            (tensor("F32", "[2]", "[0,7]"), "do not fill the shape"),
            (tensor("F32", "[2]", "[8,0]"), "before they begin"),
            (tensor("F32", "[2]", "[4,12]"), "expected 0"),
            (
                tensor("F32", &format!("[{huge},{huge}]"), "[0,8]"),
                "do not fill",
            ),
            (
                tensor("F32", "[2]", &format!("[0,{huge}]")),
                "no file is long enough",
            ),
            (tensor("F32", "[-2]", "[0,8]"), "not a safetensors file"),
            (tensor("F4", "[3]", "[0,1]"), "do not fill"),
        ] {
            let error = format!("{:#}", read(&json).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
        let one = r#""a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
        let error = format!("{:#}", read(&format!("{{{one},{one}}}")).unwrap_err());
        assert!(error.contains("a stands there twice"), "{error}");
        let error = read(r#"{"__metadata__":{"k":"v","k":"w"}}"#).unwrap_err();
        assert!(format!("{error:#}").contains("k stands there twice"));
    }

    #[test]
    fn a_header_that_is_cut_or_too_long_is_refused() {
        let whole = [&2u64.to_le_bytes()[..], b"{}"].concat();
        assert!(Header::read(&mut whole.as_slice()).is_ok());
        for cut in 0..whole.len() {
            assert!(Header::read(&mut &whole[..cut]).is_err(), "{cut}");
        }
        let long = u64::MAX.to_le_bytes();
        let error = Header::read(&mut long.as_slice()).unwrap_err().to_string();
        assert!(error.contains("expected at most 100000000"), "{error}");
    }
}
