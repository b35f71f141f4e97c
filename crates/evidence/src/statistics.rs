//! Mean and sample standard deviation.

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
}
