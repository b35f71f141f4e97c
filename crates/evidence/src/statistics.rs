//! Mean, sample standard deviation and interquartile mean.

/// The mean of `values`, of which there must be at least one.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation of `values` (divisor n − 1); `None` for fewer than two.
pub fn sample_std(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The mean of the middle half of `values`: a quarter of them, rounded down, is left out at each end (Agarwal et al. 2021).
/// One seed that strays does not move it. `None` for fewer than four, of which nothing could be left out.
pub fn interquartile_mean(values: &[f64]) -> Option<f64> {
    if values.len() < 4 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    Some(mean(&sorted[cut..sorted.len() - cut]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Squared distances from 5: 9 1 1 1 0 0 4 16, in sum 32; 32 / 7.
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), 5.0);
        assert_eq!(sample_std(&values), Some((32.0f64 / 7.0).sqrt()));
        assert_eq!(sample_std(&[1.0, 3.0]), Some(2.0f64.sqrt()));
        assert_eq!(sample_std(&[7.0, 7.0, 7.0]), Some(0.0));
        assert_eq!(sample_std(&[7.0]), None);
    }

    /// `scipy.stats.trim_mean(values, 0.25)` of scipy 1.17.1.
    #[test]
    fn the_interquartile_mean_is_that_of_scipy() {
        let x = [69.1, 70.4, 71.3, 70.0, 68.2, 72.5, 70.9, 69.7, 71.1, 70.3];
        let y = [68.0, 69.9, 70.1, 68.8, 68.9, 70.2];
        let close = |found: Option<f64>, scipy: f64| (found.unwrap() - scipy).abs() < 1e-9;
        assert!(close(interquartile_mean(&x), 70.39999999999999));
        assert!(close(interquartile_mean(&y), 69.425));
        assert!(close(interquartile_mean(&y[..4]), 69.35));
        assert_eq!(interquartile_mean(&y[..3]), None);
    }
}
