//! Intervals of confidence for means: Student's t for one sample, Satterthwaite's t for sums of several.
//!
//! The unit is the seed. A seed draws the training rows, the label noise, the colours and the initial weights, so an
//! interval covers what another choice of seeds would give. It does not cover another choice of test digits, which are
//! the same for all seeds, and not another choice of hyper-parameters.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::statistics::{mean, sample_std};

/// The confidence of every interval, unless it says otherwise.
pub const CONFIDENCE: f64 = 0.95;

/// The ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// `middle` ± `half`.
    pub fn around(middle: f64, half: f64) -> Self {
        Self {
            low: middle - half,
            high: middle + half,
        }
    }

    /// Whether `value` lies between the ends, or on one of them.
    pub fn contains(self, value: f64) -> bool {
        // Numbers written with decimals are not exact in binary: 71.9 − 70.9 is above 1 by 1e-14.
        const ROUNDING: f64 = 1e-9;
        (self.low - ROUNDING..=self.high + ROUNDING).contains(&value)
    }
}

/// A mean over seeds, with what is known of its error. All are in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Number of values, at least one.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their sample deviation (divisor n − 1); `None` for one value.
    pub std: Option<f64>,
}

impl Estimate {
    /// Of `values`; `None` where there is none.
    ///
    /// ```
    /// use evidence::interval::{CONFIDENCE, Estimate};
    ///
    /// let estimate = Estimate::of(&[1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!((estimate.n, estimate.mean, estimate.std), (3, 2.0, Some(1.0)));
    /// // t = 4.303 with two degrees of freedom, times 1/√3.
    /// assert!((estimate.interval(CONFIDENCE).unwrap().high - 4.484).abs() < 1e-3);
    /// ```
    pub fn of(values: &[f64]) -> Option<Self> {
        (!values.is_empty()).then(|| Self {
            n: values.len(),
            mean: mean(values),
            std: sample_std(values),
        })
    }

    /// The standard error of the mean, s/√n; `None` for one value.
    pub fn standard_error(&self) -> Option<f64> {
        Some(self.std? / (self.n as f64).sqrt())
    }

    /// The interval of the mean at this `confidence`, by Student's t with n − 1 degrees of freedom; `None` for one value.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let error = self.standard_error()?;
        let half = quantile(confidence, (self.n - 1) as f64) * error;
        Some(Interval::around(self.mean, half))
    }
}

/// The interval of `value`, which is a sum of independent means: each gives the square of its standard error and its
/// degrees of freedom. The degrees of the sum are Welch's and Satterthwaite's. `None` where a mean has no degree of
/// freedom, for its error is unknown then.
pub fn of_sum(value: f64, means: &[(f64, usize)], confidence: f64) -> Option<Interval> {
    if means.iter().any(|(_, freedom)| *freedom == 0) {
        return None;
    }
    let variance: f64 = means.iter().map(|(variance, _)| variance).sum();
    if variance == 0.0 {
        return Some(Interval::around(value, 0.0));
    }
    let shares = means
        .iter()
        .map(|(variance, freedom)| variance.powi(2) / *freedom as f64);
    let freedom = variance.powi(2) / shares.sum::<f64>();
    let half = quantile(confidence, freedom) * variance.sqrt();
    Some(Interval::around(value, half))
}

/// Half of the two-sided interval of Student's t with these degrees of freedom, in standard errors.
fn quantile(confidence: f64, freedom: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom above 0");
    student.inverse_cdf(0.5 + confidence / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of ten seeds, in per cent.
    const X: [f64; 10] = [69.1, 70.4, 71.3, 70.0, 68.2, 72.5, 70.9, 69.7, 71.1, 70.3];
    const Y: [f64; 6] = [68.0, 69.9, 70.1, 68.8, 68.9, 70.2];

    fn close(found: f64, scipy: f64) {
        assert!((found - scipy).abs() < 1e-8, "{found}, scipy has {scipy}");
    }

    /// `scipy.stats.t.ppf` of scipy 1.17.1.
    #[test]
    fn quantiles_are_those_of_scipy() {
        for (freedom, at_95, at_99) in [
            (1.0, 12.706204736174694, 63.656741162871526),
            (2.0, 4.302652729749462, 9.924843200918287),
            (3.7, 2.8675207071911895, 4.8692522532278275),
            (9.0, 2.262157162798205, 3.249835541592126),
            (9.5, 2.2441374614922958, 3.2070156284394886),
            (18.0, 2.1009220402410382, 2.8784404727386077),
            (100.0, 1.9839715185235518, 2.6258905214380173),
        ] {
            close(quantile(0.95, freedom), at_95);
            close(quantile(0.99, freedom), at_99);
        }
    }

    /// `scipy.stats.sem` and `ttest_1samp(X, 0).confidence_interval(0.95)` of scipy 1.17.1.
    #[test]
    fn one_sample_is_that_of_scipy() {
        let estimate = Estimate::of(&X).unwrap();
        assert_eq!(estimate.n, 10);
        close(estimate.mean, 70.35);
        close(estimate.std.unwrap(), 1.2076147288491195);
        close(estimate.standard_error().unwrap(), 0.3818813079129865);
        let interval = estimate.interval(0.95).unwrap();
        close(interval.low, 69.48612446396588);
        close(interval.high, 71.21387553603411);
    }

    /// `scipy.stats.ttest_ind(X, Y, equal_var=False).confidence_interval(0.95)` of scipy 1.17.1.
    #[test]
    fn two_samples_are_those_of_scipy() {
        let [x, y] = [&X[..], &Y].map(|values| Estimate::of(values).unwrap());
        let parts = [x, y].map(|part| (part.standard_error().unwrap().powi(2), part.n - 1));
        let interval = of_sum(x.mean - y.mean, &parts, 0.95).unwrap();
        close(interval.low, -0.09975980016729813);
        close(interval.high, 2.166426466833933);
    }

    #[test]
    fn without_a_second_seed_there_is_no_interval() {
        let one = Estimate::of(&[70.0]).unwrap();
        assert_eq!((one.n, one.mean, one.std), (1, 70.0, None));
        assert_eq!((one.standard_error(), one.interval(0.95)), (None, None));
        assert_eq!(of_sum(1.0, &[(0.5, 9), (0.5, 0)], 0.95), None);
        assert_eq!(Estimate::of(&[]), None);
    }

    #[test]
    fn seeds_that_do_not_differ_leave_a_point() {
        let same = Estimate::of(&[70.0, 70.0]).unwrap();
        assert_eq!(same.interval(0.95), Some(Interval::around(70.0, 0.0)));
        let of_sum = of_sum(1.0, &[(0.0, 9), (0.0, 9)], 0.95).unwrap();
        assert!(of_sum.contains(1.0 + 1e-14) && !of_sum.contains(1.001));
    }
}
