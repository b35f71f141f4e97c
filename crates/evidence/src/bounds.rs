//! Accuracies that need no training.

/// The accuracy, in per cent, of the best predictor that goes by the digit alone, where a label is moved to the next class
/// (of two: to the other) with the probability `label_noise`.
///
/// ```
/// assert_eq!(evidence::bounds::optimal(0.25), 75.0);
/// ```
pub fn optimal(label_noise: f64) -> f64 {
    // Where most labels are moved, it predicts the next class.
    100.0 * (1.0 - label_noise).max(label_noise)
}

/// The accuracy, in per cent, of an even guess among `classes`.
pub fn random(classes: usize) -> f64 {
    100.0 / classes as f64
}
