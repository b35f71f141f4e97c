//! What is measured in `inputs`, features that are no images: the values of each class, and of each feature.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contents::Contents;
use crate::text::number;

/// The finite values of a class, over all its rows and features, or of a feature, over all rows.
#[derive(Clone, Copy, Serialize)]
pub struct Spread {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (of the population).
    pub std: f64,
    /// The least of them.
    pub least: f64,
    /// The largest of them.
    pub largest: f64,
}

impl Spread {
    /// For a table.
    pub fn cells(&self) -> [String; 4] {
        [self.mean, self.std, self.least, self.largest].map(number)
    }
}

/// Sums over the values so far, by Welford's method.
#[derive(Clone)]
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
    least: f64,
    largest: f64,
}

impl Sums {
    const NONE: Self = Self {
        count: 0.0,
        mean: 0.0,
        squares: 0.0,
        least: f64::INFINITY,
        largest: f64::NEG_INFINITY,
    };

    /// `None` where there was no value.
    fn spread(&self) -> Option<Spread> {
        (self.count > 0.0).then(|| Spread {
            mean: self.mean,
            std: (self.squares / self.count).sqrt(),
            least: self.least,
            largest: self.largest,
        })
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
        (self.least, self.largest) = (self.least.min(value), self.largest.max(value));
    }
}

/// Those of `inputs`.
#[derive(Default)]
pub struct Features {
    /// By label, all in class 0 where there are no labels.
    pub by_label: BTreeMap<i64, Option<Spread>>,
    /// Of each feature of a row; empty where a row has more than `most`.
    pub of_each: Vec<Option<Spread>>,
}

/// Measures the `inputs` of `contents`; `None` where its rows are images, or no values were read.
pub fn measure(contents: &Contents, rows: usize, most: usize) -> Option<Features> {
    let inputs = contents
        .images()
        .filter(|tensor| tensor.name == "inputs" && rows > 0)?;
    let mut values = contents.values(inputs)?;
    let width = values.size_hint().0 / rows;
    let labels = contents.whole_numbers("labels");
    let labels = labels.filter(|labels| labels.len() == rows);
    let mut by_label: BTreeMap<i64, Sums> = BTreeMap::new();
    let mut of_each = vec![Sums::NONE; if width > most { 0 } else { width }];
    for label in labels.unwrap_or_else(|| vec![0; rows]) {
        let of_class = by_label.entry(label).or_insert(Sums::NONE);
        for (feature, value) in values.by_ref().take(width).enumerate() {
            if value.is_finite() {
                of_class.add(value);
                if let Some(sums) = of_each.get_mut(feature) {
                    sums.add(value);
                }
            }
        }
    }
    let by_label = by_label.into_iter();
    Some(Features {
        by_label: by_label
            .map(|(label, sums)| (label, sums.spread()))
            .collect(),
        of_each: of_each.iter().map(Sums::spread).collect(),
    })
}
