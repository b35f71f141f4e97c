//! A safetensors file that was opened: its header, its provenance and, unless only the header was asked for, its values.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use half::{bf16, f16};
use serde::Serialize;
use serde_json::Value;

use crate::header::{Header, Tensor};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `images` or `inputs`, with `labels`.
    Environment,
    /// The layers `fc1`, `fc2`, ….
    Checkpoint,
    /// A checkpoint and its optimiser's moments, from which train goes on.
    #[serde(rename = "training-state")]
    State,
    /// Any other tensors.
    Tensors,
}

/// An opened file.
pub struct Contents {
    /// The file as messages call it.
    pub name: String,
    /// What its header says.
    pub header: Header,
    /// What it says of its origin: JSON under the metadata key `provenance`, where there is such.
    pub provenance: Option<Value>,
    /// The whole file; `None` where only the header was read.
    whole: Option<Vec<u8>>,
    /// Each tensor's place in the header, by its name.
    places: HashMap<String, usize>,
}

impl Contents {
    /// Opens `path`, or standard input where it is `-`.
    ///
    /// # Errors
    /// Names the file, and what is wrong with it.
    pub fn open(path: &Path, header_only: bool) -> Result<Self> {
        let name = artifact::display_name(path);
        if path == Path::new(artifact::DASH) {
            return Self::from_stream(&name, &mut io::stdin().lock(), None, header_only);
        }
        let cannot_read = || format!("cannot read {name}");
        let mut file = File::open(path).with_context(cannot_read)?;
        let found = file.metadata().with_context(cannot_read)?;
        ensure!(!found.is_dir(), "cannot read {name}: it is a folder");
        let length = found.is_file().then_some(found.len());
        Self::from_stream(&name, &mut file, length, header_only)
    }

    /// Of a `source` of that `length`, where it is known.
    fn from_stream(
        name: &str,
        source: &mut impl Read,
        length: Option<u64>,
        header_only: bool,
    ) -> Result<Self> {
        let (header, mut whole) = Header::read(source).with_context(|| name.to_owned())?;
        let expected = header.file_length();
        let check = |length: u64| {
            ensure!(
                length == expected,
                "{name}: the file has {length} bytes, expected {expected}, the end of its last tensor; {}",
                match length < expected {
                    true => "it was cut short",
                    false => "something was added to it",
                }
            );
            Ok(())
        };
        length.map_or(Ok(()), check)?;
        if !header_only {
            let rest = source.read_to_end(&mut whole);
            rest.with_context(|| format!("cannot read {name}"))?;
            check(whole.len() as u64)?;
        }
        let provenance = header.metadata.get("provenance");
        let names = header.tensors.iter().map(|tensor| tensor.name.clone());
        Ok(Self {
            places: names.zip(0..).collect(),
            name: name.to_owned(),
            provenance: provenance.and_then(|json| serde_json::from_str(json).ok()),
            header,
            whole: (!header_only).then_some(whole),
        })
    }

    /// What the file is, by its tensors, or else by its provenance.
    pub fn kind(&self) -> Kind {
        let has = |name| self.tensor(name).is_some();
        let says = |kind| self.said("kind").and_then(Value::as_str) == Some(kind);
        if (has("images") || has("inputs")) && has("labels") || says("environment") {
            Kind::Environment
        } else if says("training-state") {
            Kind::State
        } else if has("fc1.weight") || says("checkpoint") {
            Kind::Checkpoint
        } else {
            Kind::Tensors
        }
    }

    /// Whether a sheet shows its first layer's weights, not images.
    pub fn shows_weights(&self) -> bool {
        matches!(self.kind(), Kind::Checkpoint | Kind::State)
    }

    /// What the provenance says under `key`.
    pub fn said(&self, key: &str) -> Option<&Value> {
        self.provenance.as_ref()?.get(key)
    }

    /// The tensor `name`.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        let place = self.places.get(name)?;
        self.header.tensors.get(*place)
    }

    /// The images: `images`, or else `inputs`.
    pub fn images(&self) -> Option<&Tensor> {
        self.tensor("images").or_else(|| self.tensor("inputs"))
    }

    /// SHA-256 of the file; `None` where only the header was read.
    pub fn sha256(&self) -> Option<String> {
        self.whole.as_deref().map(artifact::sha256)
    }

    /// The bytes of `tensor`; `None` where only the header was read.
    pub fn bytes(&self, tensor: &Tensor) -> Option<&[u8]> {
        let start = usize::try_from(self.header.length + tensor.start).ok()?;
        let end = start.checked_add(usize::try_from(tensor.bytes).ok()?)?;
        self.whole.as_deref()?.get(start..end)
    }

    /// The values of `tensor` as numbers; `None` where its type is none of numbers that is known here.
    pub fn values(&self, tensor: &Tensor) -> Option<Values<'_>> {
        Values::new(&tensor.dtype, self.bytes(tensor)?)
    }

    /// The whole numbers in the tensor `name` `[n]`; `None` where there is no such tensor.
    pub fn whole_numbers(&self, name: &str) -> Option<Vec<i64>> {
        let tensor = self.tensor(name)?;
        let known = tensor.dtype == "BOOL" || tensor.dtype.starts_with(['U', 'I']);
        let values = self.values(tensor)?;
        (known && tensor.shape.len() == 1).then(|| values.map(|value| value as i64).collect())
    }
}

/// The values of a tensor, as f64.
#[derive(Clone)]
pub struct Values<'a> {
    bytes: std::slice::ChunksExact<'a, u8>,
    convert: fn(&[u8]) -> f64,
}

impl<'a> Values<'a> {
    fn new(dtype: &str, bytes: &'a [u8]) -> Option<Self> {
        macro_rules! number {
            ($type:ty) => {
                (size_of::<$type>(), |bytes: &[u8]| {
                    <$type>::from_le_bytes(bytes.try_into().expect("chunks of its size")) as f64
                })
            };
        }
        let (size, convert): (usize, fn(&[u8]) -> f64) = match dtype {
            "U8" | "BOOL" => number!(u8),
            "I8" => number!(i8),
            "U16" => number!(u16),
            "I16" => number!(i16),
            "U32" => number!(u32),
            "I32" => number!(i32),
            "U64" => number!(u64),
            "I64" => number!(i64),
            "F32" => number!(f32),
            "F64" => number!(f64),
            "F16" => (2, |b| f16::from_le_bytes([b[0], b[1]]).to_f64()),
            "BF16" => (2, |b| bf16::from_le_bytes([b[0], b[1]]).to_f64()),
            _ => return None,
        };
        Some(Self {
            bytes: bytes.chunks_exact(size),
            convert,
        })
    }
}

impl Iterator for Values<'_> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.bytes.next().map(self.convert)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.bytes.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<f64> {
        self.bytes.nth(n).map(self.convert)
    }
}
