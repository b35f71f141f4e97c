//! Safetensors files with their provenance.
//!
//! The safetensors crate writes several metadata keys in a random order, so all that is known of a
//! file's origin stands under one key, as JSON with sorted keys: the same contents are the same bytes.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow, bail};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, Metadata, TensorInfo, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{duplicates, listed};

/// The one metadata key.
const PROVENANCE: &str = "provenance";

/// Bytes of the number with the header's size.
pub(crate) const SIZE: u64 = 8;

/// The largest header in bytes, as in the safetensors crate.
pub(crate) const MOST_HEADER: u64 = 100_000_000;

const RENAME: &str =
    "in a file of another program give the field another name, for this one is read";

/// One tensor to be written: its name, type, shape and little-endian bytes in row-major order.
pub type NamedTensor<'a> = (&'a str, Dtype, Vec<usize>, &'a [u8]);

/// The bytes of a safetensors file that holds `tensors` and, as JSON, `provenance`.
///
/// # Errors
/// Where a tensor's bytes do not fill its shape, or `provenance` cannot be expressed in JSON.
pub fn encode(tensors: &[NamedTensor], provenance: &impl Serialize) -> Result<Vec<u8>> {
    // Through `Value`, whose maps are sorted by key.
    let provenance = serde_json::to_value(provenance)?.to_string();
    let metadata = HashMap::from([(PROVENANCE.to_owned(), provenance)]);
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes)
                .with_context(|| format!("tensor {name}"))?;
            Ok((*name, view))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// What a safetensors file says of its tensors and of its origin. Every message begins with the file's name.
pub struct Header {
    name: String,
    tensors: Metadata,
    provenance: Option<Value>,
}

impl Header {
    /// That of `tensors`, from `json`.
    fn new(name: &str, tensors: Metadata, json: &[u8]) -> Result<Self> {
        duplicates::refuse(json)
            .map_err(|e| anyhow!("{name}: not a safetensors file: the header: {e}"))?;
        let metadata = tensors.metadata().as_ref();
        let provenance = metadata
            .and_then(|map| map.get(PROVENANCE))
            .map(|json| {
                let value = serde_json::from_str(json).map_err(|e| {
                    anyhow!("{name}: metadata field {PROVENANCE}: not JSON: {e}; {RENAME}")
                })?;
                duplicates::refuse(json.as_bytes())
                    .map_err(|e| anyhow!("{name}: metadata field {PROVENANCE}: {e}"))?;
                Ok::<_, anyhow::Error>(value)
            })
            .transpose()?;
        Ok(Self {
            name: name.to_owned(),
            tensors,
            provenance,
        })
    }

    /// Of a file of `length` bytes that begins with `start`: of its header's end, or of the whole file where that is shorter.
    ///
    /// # Errors
    /// As those of [`TensorFile::parse`].
    pub(crate) fn of_start(name: &str, start: &[u8], length: u64) -> Result<Self> {
        let parsed = || -> Result<_, SafeTensorError> {
            let (size, json) = start
                .split_first_chunk()
                .ok_or(SafeTensorError::HeaderTooSmall)?;
            let size = u64::from_le_bytes(*size);
            if size > MOST_HEADER {
                return Err(SafeTensorError::HeaderTooLarge);
            }
            let json = usize::try_from(size).ok().and_then(|size| json.get(..size));
            let json = json.ok_or(SafeTensorError::InvalidHeaderLength)?;
            let text = std::str::from_utf8(json).map_err(SafeTensorError::InvalidHeader)?;
            let tensors: Metadata = serde_json::from_str(text)
                .map_err(SafeTensorError::InvalidHeaderDeserialization)?;
            let end = (tensors.data_len() as u64).checked_add(SIZE + size);
            match end == Some(length) {
                true => Ok((tensors, json)),
                false => Err(SafeTensorError::MetadataIncompleteBuffer),
            }
        };
        let (tensors, json) = parsed().map_err(|e| {
            anyhow!("{name}: not a safetensors file, or cut short: {e} ({length} bytes)")
        })?;
        Self::new(name, tensors, json)
    }

    /// What the file says of its origin, or `None` where it says nothing.
    ///
    /// # Errors
    /// Where it says something that is no `T`.
    pub fn provenance<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.provenance
            .clone()
            .map(|value| {
                serde_json::from_value(value).map_err(|e| {
                    anyhow!("{}: metadata field {PROVENANCE}: {e}; {RENAME}", self.name)
                })
            })
            .transpose()
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.tensors.offset_keys();
        names.sort_unstable();
        names
    }

    /// Whether there is a tensor `name`.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.info(name).is_some()
    }

    /// Type, shape and place of the tensor `name`, which must be of one of the types `expected`.
    ///
    /// # Errors
    /// Where there is none, or it is of another type.
    pub fn tensor(&self, name: &str, expected: &[Dtype]) -> Result<&TensorInfo> {
        let Some(tensor) = self.tensors.info(name) else {
            bail!(
                "{}: tensor {name} is missing; the file holds: {}",
                self.name,
                listed(self.names())
            );
        };
        if !expected.contains(&tensor.dtype) {
            bail!(
                "{}: tensor {name} is of type {:?}, expected {}",
                self.name,
                tensor.dtype,
                expected
                    .iter()
                    .map(|dtype| format!("{dtype:?}"))
                    .collect::<Vec<_>>()
                    .join(" or ")
            );
        }
        Ok(tensor)
    }
}

/// A safetensors file in memory: its [`Header`], and the values.
pub struct TensorFile<'a> {
    header: Header,
    data: &'a [u8],
}

impl<'a> TensorFile<'a> {
    /// Parses `bytes`; `name` is what messages call the file.
    ///
    /// # Errors
    /// Where the bytes are no safetensors file, or the provenance is not JSON, or a key stands twice in an object of either.
    pub fn parse(name: &str, bytes: &'a [u8]) -> Result<Self> {
        let header = Header::of_start(name, bytes, bytes.len() as u64)?;
        // The values fill the rest, up to the end.
        let data = &bytes[bytes.len() - header.tensors.data_len()..];
        Ok(Self { header, data })
    }

    /// What the file says of its tensors and its origin.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The little-endian values of `tensor`, which [`Header::tensor`] gave.
    pub fn bytes(&self, tensor: &TensorInfo) -> &'a [u8] {
        let (start, end) = tensor.data_offsets;
        &self.data[start..end]
    }

    /// See [`Header::provenance`].
    ///
    /// # Errors
    /// Its errors.
    pub fn provenance<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.header.provenance()
    }

    /// See [`Header::names`].
    pub fn names(&self) -> Vec<String> {
        self.header.names()
    }

    /// The tensor `name`, which must be of one of the types `expected`.
    ///
    /// # Errors
    /// Those of [`Header::tensor`].
    pub fn tensor(&self, name: &str, expected: &[Dtype]) -> Result<TensorView<'a>> {
        let info = self.header.tensor(name, expected)?;
        let view = TensorView::new(info.dtype, info.shape.clone(), self.bytes(info));
        view.with_context(|| format!("{}: tensor {name}", self.header.name))
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    #[test]
    fn the_same_contents_are_the_same_bytes_and_come_back() {
        let provenance = serde_json::json!({"z": 1, "a": {"y": 2, "b": [3]}});
        let make = || encode(&[("x", Dtype::U8, vec![2], &[7, 8])], &provenance).unwrap();
        assert_eq!(make(), make());
        let text = String::from_utf8_lossy(&make()).into_owned();
        assert!(
            text.contains(r#"{\"a\":{\"b\":[3],\"y\":2},\"z\":1}"#),
            "keys are not sorted: {text}"
        );

        let bytes = make();
        let file = TensorFile::parse("f", &bytes).unwrap();
        assert_eq!(file.provenance::<Value>().unwrap(), Some(provenance));
        assert_eq!(file.tensor("x", &[Dtype::U8]).unwrap().data(), [7, 8]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let bytes = encode(&[("x", Dtype::U8, vec![2], &[7, 8])], &()).unwrap();
        for cut in 0..bytes.len() {
            let error = TensorFile::parse("f", &bytes[..cut]).err().unwrap();
            assert!(error.to_string().starts_with("f: not a safetensors file"));
        }
        let file = TensorFile::parse("f", &bytes).unwrap();
        let error = file.tensor("y", &[Dtype::U8]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "f: tensor y is missing; the file holds: x"
        );
        let error = file.tensor("x", &[Dtype::I64, Dtype::U32]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "f: tensor x is of type U8, expected I64 or U32"
        );
    }

    /// The safetensors crate takes the last of two tensors of one name.
    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let file = |header: &str, data: &[u8]| {
            [
                &(header.len() as u64).to_le_bytes(),
                header.as_bytes(),
                data,
            ]
            .concat()
        };
        let refused = |bytes: &[u8]| TensorFile::parse("f", bytes).err().unwrap().to_string();
        let tensor = r#""x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#;
        let twice = file(&format!("{{{tensor},{tensor}}}"), &[1, 2]);
        assert!(SafeTensors::deserialize(&twice).is_ok());
        assert!(
            refused(&twice)
                .starts_with("f: not a safetensors file: the header: the key x stands there twice")
        );
        let metadata = |value: &str| format!(r#"{{"__metadata__":{{{value}}},{tensor}}}"#);
        let twice = file(&metadata(r#""a":"1","a":"2""#), &[1, 2]);
        assert!(refused(&twice).contains("the key a stands there twice"));
        let twice = file(
            &metadata(r#""provenance":"{\"seed\":1,\"seed\":2}""#),
            &[1, 2],
        );
        assert!(
            refused(&twice)
                .starts_with("f: metadata field provenance: the key seed stands there twice")
        );
        let once = file(
            &metadata(r#""provenance":"{\"seed\":1,\"a\":{\"seed\":2}}""#),
            &[1, 2],
        );
        TensorFile::parse("f", &once).unwrap();
    }

    /// What a header promises is compared with what the file has before anything is made of it.
    #[test]
    fn a_header_that_promises_more_than_the_file_has_is_refused() {
        let most = u64::MAX;
        for (shape, end) in [
            ("[1000000000000]".to_owned(), 1_000_000_000_000),
            (format!("[{most},{most}]"), 2),
            (format!("[{most}]"), most),
            ("[3]".to_owned(), 3),
        ] {
            let header =
                format!(r#"{{"x":{{"dtype":"U8","shape":{shape},"data_offsets":[0,{end}]}}}}"#);
            let bytes = [
                &(header.len() as u64).to_le_bytes(),
                header.as_bytes(),
                &[1, 2],
            ]
            .concat();
            let error = TensorFile::parse("f", &bytes).err().unwrap().to_string();
            assert!(
                error.starts_with("f: not a safetensors file, or cut short"),
                "{error}"
            );
        }
        let long = [&most.to_le_bytes()[..], b"{}"].concat();
        assert!(TensorFile::parse("f", &long).is_err());
    }
}
