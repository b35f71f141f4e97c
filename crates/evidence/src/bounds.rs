//! Accuracies that need no training.

/// The label noise of all the paper's environments: the probability that a label is not the digit's.
pub const LABEL_NOISE: f64 = 0.25;

/// The accuracy, in per cent, of a predictor that goes by the digit alone.
pub fn optimal() -> f64 {
    100.0 * (1.0 - LABEL_NOISE)
}

/// The accuracy, in per cent, of an even guess among `classes`.
pub fn random(classes: usize) -> f64 {
    100.0 / classes as f64
}
