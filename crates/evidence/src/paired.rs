//! Two rows of a table compared seed by seed.
//!
//! A seed gives both rows the same environments, so their accuracies rise and fall together. The difference within a seed
//! varies less than the accuracies do, and it alone is judged. A seed that only one row has is left out.

use std::collections::BTreeMap;

use statrs::distribution::{Beta, ContinuousCDF};

use crate::interval::{Estimate, Interval};

/// The differences of two rows by seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// first − second, for each seed that both have.
    pub differences: BTreeMap<u64, f64>,
    /// Number of seeds that only one of the two has.
    pub unpaired: usize,
}

impl Paired {
    /// Of the values of two rows by seed.
    pub fn of(first: &BTreeMap<u64, f64>, second: &BTreeMap<u64, f64>) -> Self {
        let differences: BTreeMap<u64, f64> = first
            .iter()
            .filter_map(|(seed, value)| Some((*seed, value - second.get(seed)?)))
            .collect();
        Self {
            unpaired: first.len() + second.len() - 2 * differences.len(),
            differences,
        }
    }

    /// The mean difference; `None` where no seed is in both.
    pub fn estimate(&self) -> Option<Estimate> {
        let values: Vec<f64> = self.differences.values().copied().collect();
        Estimate::of(&values)
    }

    /// On how many seeds the first is higher. Where both are equal, half a seed.
    pub fn wins(&self) -> f64 {
        let win = |difference: &f64| match difference.partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => 0.5,
            _ => 0.0,
        };
        self.differences.values().map(win).sum()
    }

    /// The probability that the first is higher on a seed: its share of the seeds, with the exact interval of Clopper and
    /// Pearson (1934). `None` where no seed is in both.
    pub fn probability_of_superiority(&self, confidence: f64) -> Option<(f64, Interval)> {
        let n = self.differences.len() as f64;
        if n == 0.0 {
            return None;
        }
        let wins = self.wins();
        Some((wins / n, clopper_pearson(wins, n, confidence)))
    }
}

/// The exact interval of a probability after `wins` in `n` trials. Half a win, from a tie, is read as in the formula.
fn clopper_pearson(wins: f64, n: f64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    let beta = |a: f64, b: f64, at: f64| {
        Beta::new(a, b)
            .expect("both shapes are above 0")
            .inverse_cdf(at)
    };
    let low = match wins > 0.0 {
        true => beta(wins, n - wins + 1.0, tail),
        false => 0.0,
    };
    let high = match wins < n {
        true => beta(wins + 1.0, n - wins, 1.0 - tail),
        false => 1.0,
    };
    Interval { low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_seed(values: &[f64]) -> BTreeMap<u64, f64> {
        (0..).zip(values.iter().copied()).collect()
    }

    fn close(found: f64, scipy: f64) {
        assert!((found - scipy).abs() < 1e-8, "{found}, scipy has {scipy}");
    }

    /// `scipy.stats.ttest_rel(x, y).confidence_interval(0.95)` of scipy 1.17.1.
    #[test]
    fn paired_differences_are_those_of_scipy() {
        let x = by_seed(&[69.1, 70.4, 71.3, 70.0, 68.2, 72.5, 70.9, 69.7, 71.1, 70.3]);
        let y = by_seed(&[68.0, 69.9, 70.1, 68.8, 68.9, 70.2, 69.5, 69.0, 70.4, 68.1]);
        let paired = Paired::of(&x, &y);
        let estimate = paired.estimate().unwrap();
        let interval = estimate.interval(0.95).unwrap();
        assert_eq!((estimate.n, paired.unpaired), (10, 0));
        close(estimate.mean, 1.06);
        close(interval.low, 0.4444419522400489);
        close(interval.high, 1.6755580477599499);
        assert_eq!(paired.wins(), 9.0);
    }

    /// `scipy.stats.binomtest(k, n).proportion_ci(0.95, method="exact")` of scipy 1.17.1.
    #[test]
    fn intervals_of_a_share_are_those_of_scipy() {
        for (wins, n, low, high) in [
            (9.0, 10.0, 0.5549838829718047, 0.9974714214555375),
            (10.0, 10.0, 0.6915028921812371, 1.0),
            (0.0, 3.0, 0.0, 0.7075982261787133),
            (7.0, 12.0, 0.2766696856821058, 0.8483477701915653),
        ] {
            let interval = clopper_pearson(wins, n, 0.95);
            close(interval.low, low);
            close(interval.high, high);
        }
    }

    #[test]
    fn a_seed_of_one_row_alone_is_left_out() {
        let first = BTreeMap::from([(0, 70.0), (1, 71.0), (7, 90.0)]);
        let second = BTreeMap::from([(0, 69.0), (1, 71.0), (8, 10.0)]);
        let paired = Paired::of(&first, &second);
        assert_eq!(paired.differences, BTreeMap::from([(0, 1.0), (1, 0.0)]));
        assert_eq!((paired.unpaired, paired.wins()), (2, 1.5));
        let none = Paired::of(&first, &BTreeMap::new());
        assert_eq!((none.estimate(), none.unpaired), (None, 3));
        assert_eq!(none.probability_of_superiority(0.95), None);
    }
}
