//! Checkpoints: the parameters as a safetensors file that PyTorch's `nn.Linear` layers can load.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use artifact::{NamedTensor, TensorFile};
use candle_core::{Device, Tensor};
use safetensors::Dtype;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Layer, Parameters, Shape};

/// A checkpoint as read: the parameters and what the file says of the run they come from.
pub struct Checkpoint<Run> {
    /// The parameters, F32, on the CPU.
    pub parameters: Parameters,
    /// Their sizes.
    pub shape: Shape,
    /// The training run, or `None` where the file does not say.
    pub run: Option<Run>,
}

/// Writes `parameters` to `path` (`-`: standard output): `fc1.weight` `[h, in]`, `fc1.bias` `[h]`,
/// `fc2.…`, all F32, with `run` as the file's provenance.
///
/// # Errors
/// Names the file and the system's reason.
pub fn save(path: &Path, parameters: &Parameters, run: &impl Serialize) -> Result<()> {
    save_sets(path, &[("", parameters)], run)
}

/// As [`save`], for several `sets` of one shape: the names of a set's tensors begin with its prefix.
///
/// # Errors
/// As there.
pub fn save_sets(path: &Path, sets: &[(&str, &Parameters)], run: &impl Serialize) -> Result<()> {
    let mut contents = Vec::new();
    for (prefix, parameters) in sets {
        for (l, layer) in parameters.layers.iter().enumerate() {
            for (field, tensor) in [("weight", &layer.weight), ("bias", &layer.bias)] {
                let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
                let bytes: Vec<u8> = values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                let name = format!("{prefix}fc{}.{field}", l + 1);
                contents.push((name, tensor.dims().to_vec(), bytes));
            }
        }
    }
    let tensors: Vec<NamedTensor> = contents
        .iter()
        .map(|(name, dims, bytes)| (name.as_str(), Dtype::F32, dims.clone(), bytes.as_slice()))
        .collect();
    artifact::write(path, &artifact::encode(&tensors, run)?)
}

/// Reads the checkpoint at `path` (`-`: standard input).
///
/// # Errors
/// Names the file and the tensor: where one is missing, of another type or shape, holds a value that
/// is not finite, or where there are tensors besides `fc1`, `fc2`, ….
pub fn load<Run: DeserializeOwned>(path: &Path) -> Result<Checkpoint<Run>> {
    decode(&artifact::display_name(path), &artifact::read(path)?)
}

/// As [`load`], of the file's `bytes`; `name` is what messages call it.
///
/// # Errors
/// As [`load`].
pub fn decode<Run: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<Checkpoint<Run>> {
    let file = TensorFile::parse(name, bytes)?;
    // Layers under other names are what a first file of PyTorch has.
    ensure!(
        file.header().has("fc1.weight"),
        "{name}: tensor fc1.weight is missing; the file holds: {}; call the layers fc1, fc2, … (docs/python.md shows how, \
         also for nn.Sequential)",
        artifact::listed(file.names())
    );
    let parameters = set(name, &file, "")?;
    ensure!(
        file.names().len() == 2 * parameters.layers.len(),
        "{name}: expected the tensors fc1.weight, fc1.bias, … of {} layers and no others, found: {}",
        parameters.layers.len(),
        artifact::listed(file.names())
    );
    let shape = parameters.shape()?;
    ensure!(
        shape.outputs != 2,
        "{name}: tensor fc{}.weight has 2 rows, expected 1, for two classes have one logit; of two rows it is the second \
         less the first",
        parameters.layers.len()
    );
    Ok(Checkpoint {
        shape,
        parameters,
        run: file.provenance()?,
    })
}

/// What [`save_sets`] wrote, from `file`: a set for each of `prefixes`, all of one shape. On the CPU. `name` is what messages
/// call the file.
///
/// # Errors
/// As [`load`], and where two sets are of different shapes.
pub fn decode_sets(name: &str, file: &TensorFile, prefixes: &[&str]) -> Result<Vec<Parameters>> {
    let mut sets: Vec<Parameters> = Vec::new();
    for prefix in prefixes {
        let parameters = set(name, file, prefix)?;
        let found = parameters.shape()?;
        let expected = sets.first().map(Parameters::shape).transpose()?;
        ensure!(
            expected.is_none_or(|expected| expected == found),
            "{name}: the tensors {prefix}fc1.weight, … are of another shape than {}fc1.weight, …",
            prefixes[0]
        );
        sets.push(parameters);
    }
    Ok(sets)
}

/// The layers whose names begin with `prefix`.
fn set(name: &str, file: &TensorFile, prefix: &str) -> Result<Parameters> {
    let mut layers: Vec<Layer> = Vec::new();
    loop {
        let number = layers.len() + 1;
        let tensor = |field: &str| format!("{prefix}fc{number}.{field}");
        let (weight, bias) = (tensor("weight"), tensor("bias"));
        if number > 1 && !file.header().has(&weight) {
            break;
        }
        let before = layers.last().map(|layer| layer.bias.dims()[0]);
        let weight = matrix(name, file, &weight, before)?;
        let bias = vector(name, file, &bias, weight.dims()[0])?;
        layers.push(Layer { weight, bias });
    }
    Ok(Parameters { layers })
}

/// The weight `tensor` `[out, in]`, where `inputs`, if given, is the width of the layer before.
fn matrix(name: &str, file: &TensorFile, tensor: &str, inputs: Option<usize>) -> Result<Tensor> {
    let view = file.tensor(tensor, &[Dtype::F32])?;
    match *view.shape() {
        [out, input] if out > 0 && input > 0 && inputs.is_none_or(|before| before == input) => {
            values(name, tensor, view.data(), &[out, input])
        }
        _ => bail!(
            "{name}: tensor {tensor} has the shape {:?}, expected [out, {}]",
            view.shape(),
            inputs.map_or("in".to_owned(), |before| before.to_string())
        ),
    }
}

fn vector(name: &str, file: &TensorFile, tensor: &str, length: usize) -> Result<Tensor> {
    let view = file.tensor(tensor, &[Dtype::F32])?;
    ensure!(
        view.shape() == [length],
        "{name}: tensor {tensor} has the shape {:?}, expected [{length}], as its weight's rows",
        view.shape()
    );
    values(name, tensor, view.data(), &[length])
}

fn values(name: &str, tensor: &str, bytes: &[u8], shape: &[usize]) -> Result<Tensor> {
    let values: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
        bail!("{name}: tensor {tensor} holds {bad}, expected finite numbers");
    }
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}
