//! What is measured in `inputs`, features that are no images: the values of each class.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contents::Contents;

/// The finite values of a class, over all its rows and features.
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

/// Sums over the values so far, by Welford's method.
struct Sums {
    count: f64,
    mean: f64,
    squares: f64,
    least: f64,
    largest: f64,
}

impl Sums {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
        (self.least, self.largest) = (self.least.min(value), self.largest.max(value));
    }
}

/// The spread of `inputs` by label, all in class 0 where there are no labels. Empty where the rows are images, or no values
/// were read.
pub fn by_label(contents: &Contents, rows: usize) -> BTreeMap<i64, Spread> {
    let inputs = contents
        .images()
        .filter(|tensor| tensor.name == "inputs" && rows > 0);
    let Some(mut values) = inputs.and_then(|tensor| contents.values(tensor)) else {
        return BTreeMap::new();
    };
    let width = values.size_hint().0 / rows;
    let labels = contents.whole_numbers("labels");
    let labels = labels.filter(|labels| labels.len() == rows);
    let mut sums: BTreeMap<i64, Sums> = BTreeMap::new();
    for label in labels.unwrap_or_else(|| vec![0; rows]) {
        let sums = sums.entry(label).or_insert(Sums {
            count: 0.0,
            mean: 0.0,
            squares: 0.0,
            least: f64::INFINITY,
            largest: f64::NEG_INFINITY,
        });
        for value in values
            .by_ref()
            .take(width)
            .filter(|value| value.is_finite())
        {
            sums.add(value);
        }
    }
    let measured = sums.into_iter().filter(|(_, sums)| sums.count > 0.0);
    measured
        .map(|(label, sums)| {
            let spread = Spread {
                mean: sums.mean,
                std: (sums.squares / sums.count).sqrt(),
                least: sums.least,
                largest: sums.largest,
            };
            (label, spread)
        })
        .collect()
}
