//! What is measured in the tensors of a checkpoint, or of any other file.

use serde::Serialize;

use crate::contents::{Contents, Kind};
use crate::text::{columns, counted, number, thousands, visible};

/// What was measured in a file of parameters.
#[derive(Serialize)]
pub struct Parameters {
    /// Sizes of the network, inputs first; empty where there are no layers fc1, fc2, ….
    pub layers: Vec<u64>,
    /// Values in all tensors of floats.
    pub count: u64,
    /// Values that are NaN or infinite.
    pub not_finite: u64,
    /// One for each tensor of floats.
    pub tensors: Vec<Norms>,
}

/// What was measured in one tensor.
#[derive(Serialize)]
pub struct Norms {
    /// Its name.
    pub name: String,
    /// Root of the sum of squares of its finite values.
    pub norm: f64,
    /// Least of its finite values; null where there is none.
    pub least: Option<f64>,
    /// Largest of them.
    pub largest: Option<f64>,
    /// Values that are NaN or infinite.
    pub not_finite: u64,
}

impl Parameters {
    /// Measures `contents`; `None` where only its header was read, or it has no floats.
    pub fn of(contents: &Contents) -> Option<Self> {
        let mut count = 0_u64;
        let mut tensors = Vec::new();
        for tensor in &contents.header.tensors {
            if !matches!(tensor.dtype.as_str(), "F16" | "BF16" | "F32" | "F64") {
                continue;
            }
            let (mut least, mut largest, mut squares, mut not_finite) =
                (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0);
            // The optimiser's moments are no parameters.
            let counts = contents.kind() != Kind::State || tensor.name.starts_with("fc");
            for value in contents.values(tensor)? {
                count += u64::from(counts);
                if value.is_finite() {
                    squares += value * value;
                    (least, largest) = (least.min(value), largest.max(value));
                } else {
                    not_finite += 1;
                }
            }
            tensors.push(Norms {
                name: tensor.name.clone(),
                norm: squares.sqrt(),
                least: (least <= largest).then_some(least),
                largest: (least <= largest).then_some(largest),
                not_finite,
            });
        }
        (!tensors.is_empty()).then(|| Self {
            layers: layers(contents),
            count,
            not_finite: tensors.iter().map(|tensor| tensor.not_finite).sum(),
            tensors,
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::from("\n");
        if !self.layers.is_empty() {
            let sizes: Vec<_> = self.layers.iter().map(u64::to_string).collect();
            text += &format!("  layers {}\n", sizes.join(" - "));
        }
        let finite = match self.not_finite {
            0 => "all finite".to_owned(),
            some => format!("{} not finite", thousands(some)),
        };
        text += &format!("  {}, {finite}\n\n", counted(self.count, "parameter"));
        let mut table = vec![
            ["tensor", "norm", "least", "largest", "not finite"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for tensor in &self.tensors {
            let or_none = |value: Option<f64>| value.map_or("none".to_owned(), number);
            table.push(vec![
                visible(&tensor.name),
                number(tensor.norm),
                or_none(tensor.least),
                or_none(tensor.largest),
                tensor.not_finite.to_string(),
            ]);
        }
        text + &columns(&table, 1)
    }
}

/// Sizes of the layers fc1, fc2, …, inputs first.
fn layers(contents: &Contents) -> Vec<u64> {
    if !matches!(contents.kind(), Kind::Checkpoint | Kind::State) {
        return Vec::new();
    }
    let weights = (1..).map_while(|layer: u32| contents.tensor(&format!("fc{layer}.weight")));
    let mut sizes = Vec::new();
    for weight in weights {
        let &[outputs, inputs] = &weight.shape[..] else {
            break;
        };
        if sizes.is_empty() {
            sizes.push(inputs);
        }
        sizes.push(outputs);
    }
    sizes
}
