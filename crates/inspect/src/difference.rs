//! What differs between two files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::contents::{Contents, Kind};
use crate::header::Tensor;
use crate::said;
use crate::text::{columns, counted, number, shape, thousands, visible};

/// The differences.
#[derive(Serialize)]
pub struct Difference {
    files: [String; 2],
    kinds: [Kind; 2],
    /// Whether all bytes are the same; null where only the headers were read.
    same_bytes: Option<bool>,
    /// Every tensor of either file.
    tensors: Vec<TensorDifference>,
    /// The values that differ, by their path.
    provenance: BTreeMap<String, [Option<Value>; 2]>,
    /// How many values of the provenance are the same.
    provenance_in_common: usize,
    /// Rows of the source, where both files have `indices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_in_common: Option<Rows>,
}

/// What differs in the tensor of a name.
#[derive(Serialize)]
struct TensorDifference {
    name: String,
    /// Type and shape in each file that has it.
    forms: [Option<Form>; 2],
    /// Values that differ, where the shapes are the same and the values were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values>,
}

#[derive(PartialEq, Serialize)]
struct Form {
    dtype: String,
    shape: Vec<u64>,
}

#[derive(Serialize)]
struct Values {
    count: u64,
    differing: u64,
    /// Largest absolute difference; null where a value that differs is not finite.
    largest: Option<f64>,
}

/// Rows of the source that are in both files.
#[derive(Serialize)]
struct Rows {
    count: usize,
    /// As a share of the rows of each file.
    shares: [f64; 2],
    /// Whether the provenance of both names the same source; null where one names none.
    same_source: Option<bool>,
}

impl Difference {
    /// That between `one` and `other`.
    pub fn between(one: &Contents, other: &Contents) -> Self {
        let files = [one, other];
        let names: BTreeSet<_> = files
            .iter()
            .flat_map(|file| &file.header.tensors)
            .map(|t| &t.name)
            .collect();
        let tensor = |name: &&String| {
            let tensors = files.map(|file| file.tensor(name));
            TensorDifference {
                name: (*name).clone(),
                forms: tensors.map(|tensor| tensor.map(Form::of)),
                values: values(files, tensors),
            }
        };
        let [ours, theirs] = files.map(|file| {
            file.provenance
                .as_ref()
                .map(said::by_path)
                .unwrap_or_default()
        });
        let paths: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        let (same, differing): (Vec<&String>, Vec<_>) = paths
            .into_iter()
            .partition(|path| ours.get(*path) == theirs.get(*path));
        let pair = |path: &String| [ours.get(path).cloned(), theirs.get(path).cloned()];
        let sums = one.sha256().zip(other.sha256());
        Self {
            files: files.map(|file| file.name.clone()),
            kinds: files.map(Contents::kind),
            same_bytes: sums.map(|(one, other)| one == other),
            tensors: names.iter().map(tensor).collect(),
            provenance: differing
                .into_iter()
                .map(|path| (path.clone(), pair(path)))
                .collect(),
            provenance_in_common: same.len(),
            rows_in_common: Rows::of(files),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let [one, other] = self.files.each_ref().map(|name| visible(name));
        if self.same_bytes == Some(true) {
            return format!("{one} and {other} are the same, byte for byte\n");
        }
        let mut text = format!("A: {one}\nB: {other}\n");
        if self.kinds[0] != self.kinds[1] {
            text += &format!(
                "A is {}, B is {}\n",
                what(self.kinds[0]),
                what(self.kinds[1])
            );
        }
        let mut table = vec![
            ["tensor", "A", "B", "values that differ", "at most by"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for tensor in &self.tensors {
            let [one, other] = tensor
                .forms
                .each_ref()
                .map(|form| form.as_ref().map_or("none".to_owned(), Form::text));
            let other = if one == other {
                "the same".to_owned()
            } else {
                other
            };
            let mut row = vec![visible(&tensor.name), one, other];
            row.extend(tensor.values.iter().flat_map(Values::text));
            table.push(row);
        }
        text += &format!("\n{}", columns(&table, 3));
        if let Some(rows) = &self.rows_in_common {
            text += &format!("\n{}", rows.text());
        }
        text += &format!(
            "\nprovenance: {} the same",
            counted(self.provenance_in_common as u64, "value")
        );
        if self.provenance.is_empty() {
            return text + "\n";
        }
        text += &format!(", {} different\n", self.provenance.len());
        let mut table = vec![["key", "A", "B"].map(str::to_owned).to_vec()];
        let shown =
            |value: &Option<Value>| value.as_ref().map_or("not there".to_owned(), said::short);
        table.extend(
            self.provenance
                .iter()
                .map(|(path, [one, other])| vec![visible(path), shown(one), shown(other)]),
        );
        text + &columns(&table, 3)
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Environment => "an environment",
        Kind::Checkpoint => "a checkpoint",
        Kind::State => "the state of a training",
        Kind::Tensors => "another safetensors file",
    }
}

impl Form {
    fn of(tensor: &Tensor) -> Self {
        Self {
            dtype: tensor.dtype.clone(),
            shape: tensor.shape.clone(),
        }
    }

    fn text(&self) -> String {
        format!("{} {}", visible(&self.dtype), shape(&self.shape))
    }
}

impl Values {
    fn text(&self) -> [String; 2] {
        match self.differing {
            0 => ["none".to_owned(), String::new()],
            some => [
                format!("{} of {}", thousands(some), thousands(self.count)),
                self.largest.map_or("not finite".to_owned(), number),
            ],
        }
    }
}

/// The values that differ; `None` where they were not read or cannot be compared.
fn values(files: [&Contents; 2], tensors: [Option<&Tensor>; 2]) -> Option<Values> {
    let [one, other] = [tensors[0]?, tensors[1]?];
    if one.shape != other.shape {
        return None;
    }
    let pairs = files[0].values(one)?.zip(files[1].values(other)?);
    let (mut count, mut differing, mut largest) = (0, 0, Some(0.0f64));
    for (one, other) in pairs {
        count += 1;
        // A NaN is no difference from a NaN.
        if one == other || one.is_nan() && other.is_nan() {
            continue;
        }
        differing += 1;
        let by = (one - other).abs();
        largest = largest
            .filter(|_| by.is_finite())
            .map(|largest| largest.max(by));
    }
    Some(Values {
        count,
        differing,
        largest,
    })
}

impl Rows {
    fn of(files: [&Contents; 2]) -> Option<Self> {
        let [one, other] = files.map(|file| file.whole_numbers("indices"));
        let (one, other) = (one?, other?);
        let set: BTreeSet<_> = other.iter().collect();
        let ours: BTreeSet<_> = one.iter().collect();
        let in_both = |rows: &[i64], set: &BTreeSet<&i64>| {
            rows.iter().filter(|row| set.contains(row)).count()
        };
        let share = |count: usize, rows: &[i64]| count as f64 / rows.len().max(1) as f64;
        let source = files.map(|file| file.said("images_sha256"));
        Some(Self {
            count: ours.intersection(&set).count(),
            shares: [
                share(in_both(&one, &set), &one),
                share(in_both(&other, &ours), &other),
            ],
            same_source: source[0].zip(source[1]).map(|(one, other)| one == other),
        })
    }

    fn text(&self) -> String {
        let [one, other] = self.shares.map(|share| number(100.0 * share));
        match self.same_source {
            Some(false) => {
                "rows in common: none, for their sources differ (images_sha256)\n".to_owned()
            }
            known => format!(
                "rows of the source in common: {}, {one} % of A and {other} % of B{}\n",
                thousands(self.count as u64),
                match known {
                    Some(_) => "",
                    None => ", if both have the same source: it is not said",
                }
            ),
        }
    }
}
