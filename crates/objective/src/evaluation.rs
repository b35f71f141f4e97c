//! What an objective gives at one point.

use network::Parameters;

/// An objective's value and gradient at one point.
#[derive(Debug)]
pub struct Evaluation {
    /// The loss without the penalty, in nats.
    pub base: f64,
    /// The penalty before it is weighted: in nats for MM-REx and meta-IRM, in their square for IRMv1 and V-REx; 0
    /// where the objective has none.
    pub penalty: f64,
    /// Gradient of base + weight·penalty.
    pub gradient: Parameters,
    /// Each environment's risk in nats at the point itself.
    pub risks: Vec<f64>,
    /// Each environment's accuracy at the point itself, 0 to 1.
    pub accuracies: Vec<f64>,
}
