//! An axis of a panel: its scale and its marks.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis: its title, its ends, and its marks with their texts.
#[derive(Clone)]
pub struct Axis {
    /// What it measures, with the unit.
    pub title: String,
    scale: Scale,
    /// Of the values on a linear scale, of their logarithms to the base 10 on a logarithmic one.
    low: f64,
    high: f64,
    marks: Vec<(f64, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Scale {
    Linear,
    Log,
}

/// Values no further apart than this are drawn as one: marks between them would be too long to read.
const ONE_VALUE: f64 = 1e-9;

impl Axis {
    /// An axis from `low` to `high`, moved outwards to the next of some `count` round marks.
    pub fn covering(title: &str, low: f64, high: f64, count: usize) -> Self {
        let length = match high - low {
            length if length > ONE_VALUE => length,
            _ => 1.0,
        };
        let step = round_step(length, count);
        let (first, mut last) = ((low / step).floor(), (high / step).ceil());
        if first == last {
            last += 1.0;
        }
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low: first * step,
            high: last * step,
            marks: marks(first, last, step),
        }
    }

    /// An axis that ends `margin` of its length beyond `low` and `high`, with some `count` round
    /// marks.
    pub fn around(title: &str, low: f64, high: f64, margin: f64, count: usize) -> Self {
        // Where there is one value, it stands in the middle of an axis one unit long.
        let (length, beyond) = match high - low {
            length if length > ONE_VALUE => (length, margin * length),
            _ => (1.0, 0.5),
        };
        let step = round_step(length, count);
        let (low, high) = (low - beyond, high + beyond);
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low,
            high,
            marks: marks((low / step).ceil(), (high / step).floor(), step),
        }
    }

    /// A logarithmic axis over whole powers of ten that cover `low` to `high`, both above 0.
    pub fn log(title: &str, low: f64, high: f64) -> Self {
        let (first, mut last) = (low.log10().floor(), high.log10().ceil());
        if first == last {
            last += 1.0;
        }
        // At most some seven marks.
        let step = ((last - first) / 7.0).ceil().max(1.0);
        let powers = (0..).map(|k| first + f64::from(k) * step);
        Self {
            title: title.to_owned(),
            scale: Scale::Log,
            low: first,
            high: last,
            marks: powers
                .take_while(|power| *power <= last)
                .map(|power| (10f64.powf(power), format!("1e{power}").replace('-', "−")))
                .collect(),
        }
    }

    /// An axis of `names`, at 0, 1, 2 and so on.
    pub fn of_names(title: &str, names: &[String]) -> Self {
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low: -0.5,
            high: names.len() as f64 - 0.5,
            marks: names
                .iter()
                .enumerate()
                .map(|(place, name)| (place as f64, name.clone()))
                .collect(),
        }
    }

    /// Whether the axis is logarithmic.
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log
    }

    /// Where `value` stands on a scale on which equal lengths are equal; at an end of the axis where
    /// it lies beyond.
    fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear => value,
            Scale::Log => value.log10(),
        };
        place.clamp(self.low, self.high)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (self.place(*value) - self.low) / (self.high - self.low);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.iter().map(|(value, _)| *value).collect()
    }

    fn range(&self) -> Range<f64> {
        match self.scale {
            Scale::Linear => self.low..self.high,
            Scale::Log => 10f64.powf(self.low)..10f64.powf(self.high),
        }
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let mark = self.marks.iter().find(|(mark, _)| mark == value);
        mark.map_or(String::new(), |(_, text)| text.clone())
    }
}

/// The step of 1, 2 or 5 times a power of ten that cuts `length` into at most some `count` pieces.
fn round_step(length: f64, count: usize) -> f64 {
    let rough = length / count as f64;
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    // A length of exactly `count` steps may come out a bit longer.
    let fits = |step: &f64| rough <= step * (1.0 + 1e-9);
    steps.into_iter().find(fits).unwrap_or(10.0 * power)
}

/// Marks at `first` to `last` times `step`.
fn marks(first: f64, last: f64, step: f64) -> Vec<(f64, String)> {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let count = (last - first) as usize + 1;
    (0..count)
        .map(|k| {
            // The sum turns a negative zero into zero.
            let place = (first + k as f64) * step + 0.0;
            (place, format!("{place:.decimals$}").replace('-', "−"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<String> {
        let values = axis.key_points(10);
        values.iter().map(|value| axis.format_ext(value)).collect()
    }

    #[test]
    fn marks_are_round() {
        let axis = Axis::covering("y", 12.3, 89.0, 8);
        assert_eq!(axis.range(), 10.0..90.0);
        assert_eq!(
            texts(&axis),
            ["10", "20", "30", "40", "50", "60", "70", "80", "90"]
        );
        let axis = Axis::around("x", 0.1, 0.9, 0.05, 8);
        assert_eq!(
            texts(&axis),
            [
                "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"
            ]
        );
        assert_eq!(
            texts(&Axis::covering("y", -0.3, 0.3, 4)),
            ["−0.4", "−0.2", "0.0", "0.2", "0.4"]
        );
    }

    #[test]
    fn one_value_has_an_axis_too() {
        for axis in [
            Axis::covering("y", 75.0, 75.0, 8),
            Axis::covering("y", 0.0, 0.0, 8),
            Axis::covering("y", 0.0, 5e-324, 8),
            Axis::around("x", 0.9, 0.9, 0.05, 8),
            Axis::around("x", 3.0, 3.0, 0.1, 8),
            Axis::around("x", 0.0, 5e-324, 0.08, 8),
            Axis::log("y", 0.1, 0.1),
        ] {
            let Range { start, end } = axis.range();
            assert!(start.is_finite() && end.is_finite() && start < end);
            let marks: Vec<_> = axis.marks.iter().map(|(mark, _)| *mark).collect();
            assert!((2..20).contains(&marks.len()), "{marks:?}");
            assert!(
                marks.iter().all(|mark| (start..=end).contains(mark)),
                "{marks:?}"
            );
        }
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten() {
        let axis = Axis::log("y", 2e-4, 0.03);
        assert_eq!(texts(&axis), ["1e−4", "1e−3", "1e−2", "1e−1"]);
        assert_eq!(axis.map(&0.001, (300, 0)), 200);
        assert_eq!(axis.map(&1.0, (300, 0)), 0);
        assert!(Axis::log("y", 1e-30, 1.0).marks.len() <= 8);
    }
}
