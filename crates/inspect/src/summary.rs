//! What one file is.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::contents::{Contents, Kind};
use crate::header::Tensor;
use crate::measure::Measured;
use crate::parameters::Parameters;
use crate::said;
use crate::text::{columns, counted, cut, shape, thousands, visible};

/// Everything that is said of one file.
#[derive(Serialize)]
pub struct Summary<'a> {
    /// Its name.
    pub file: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256; absent where only the header was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its tensors, in the order of their bytes.
    pub tensors: &'a [Tensor],
    /// Of an environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Measured>,
    /// Of a checkpoint or another file with floats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
    /// What it says of its origin.
    pub provenance: Option<&'a Value>,
    /// The other strings of its metadata.
    pub metadata: BTreeMap<&'a str, &'a str>,
}

impl<'a> Summary<'a> {
    /// That of `contents`.
    pub fn of(contents: &'a Contents) -> Self {
        let kind = contents.kind();
        let environment = match kind {
            Kind::Environment => Measured::of(contents),
            _ => None,
        };
        let parameters = match environment {
            Some(_) => None,
            None => Parameters::of(contents),
        };
        let others = contents.header.metadata.iter();
        let others =
            others.filter(|(key, _)| *key != "provenance" || contents.provenance.is_none());
        Self {
            file: &contents.name,
            kind,
            bytes: contents.header.file_length(),
            sha256: contents.sha256(),
            tensors: &contents.header.tensors,
            environment,
            parameters,
            provenance: contents.provenance.as_ref(),
            metadata: others
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect(),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let what = match self.kind {
            Kind::Environment => "an environment",
            Kind::Checkpoint => "a checkpoint",
            Kind::State => "the state of a training",
            Kind::Tensors => "a safetensors file",
        };
        let tensors = counted(self.tensors.len() as u64, "tensor");
        let name = visible(self.file);
        let mut text = format!(
            "{name}: {what} of {tensors}, {}\n",
            counted(self.bytes, "byte")
        );
        if let Some(sha256) = &self.sha256 {
            text += &format!("SHA-256 {sha256}\n");
        }
        let mut table = vec![
            ["tensor", "type", "shape", "bytes"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for tensor in self.tensors {
            table.push(vec![
                visible(&tensor.name),
                visible(&tensor.dtype),
                shape(&tensor.shape),
                thousands(tensor.bytes),
            ]);
        }
        if table.len() > 1 {
            text += &format!("\n{}", columns(&table, 3));
        }
        if let Some(environment) = &self.environment {
            text += &environment.text();
        }
        if let Some(parameters) = &self.parameters {
            text += &parameters.text();
        }
        match self.provenance {
            Some(provenance) => text += &format!("\nprovenance\n{}", said::lines(provenance, 2)),
            None => text += "\nno provenance\n",
        }
        if !self.metadata.is_empty() {
            text += "\nother metadata\n";
            for (key, value) in &self.metadata {
                text += &format!("  {}: {}\n", visible(key), cut(&visible(value)));
            }
        }
        text
    }
}
