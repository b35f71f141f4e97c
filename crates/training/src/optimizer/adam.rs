//! Adam (Kingma and Ba 2015), with β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
//!
//! candle-nn has only AdamW, which hides its moments, so that a run could not be resumed exactly.

use anyhow::Result;
use network::Parameters;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Adam's state.
pub struct Adam {
    /// Updates made so far.
    pub(crate) step: i32,
    /// First moment: the running mean of gradients.
    pub(crate) mean: Parameters,
    /// Second moment: the running mean of squared gradients.
    pub(crate) square: Parameters,
}

impl Adam {
    /// A fresh state for parameters shaped like `theta`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(theta: &Parameters) -> Result<Self> {
        Ok(Self {
            step: 0,
            mean: theta.map(|t| t.zeros_like())?,
            square: theta.map(|t| t.zeros_like())?,
        })
    }

    /// `theta` after one step of size `lr` down `gradient`.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn update(
        &mut self,
        theta: &Parameters,
        gradient: &Parameters,
        lr: f64,
    ) -> Result<Parameters> {
        self.step += 1;
        let mean_scale = 1.0 / (1.0 - BETA1.powi(self.step));
        let square_scale = 1.0 / (1.0 - BETA2.powi(self.step));
        let all = [theta, gradient, &self.mean, &self.square];
        #[cfg(feature = "cuda")]
        if all.iter().all(|parameters| parameters.on_cuda()) {
            let by = kernels::cuda::AdamStep {
                lr,
                beta1: BETA1,
                beta2: BETA2,
                epsilon: EPSILON,
                mean_scale,
                square_scale,
            };
            let [theta, mean, square] = Parameters::adam_on_cuda(all, &by)?;
            (self.mean, self.square) = (mean, square);
            return Ok(theta);
        }
        let [theta, mean, square] = Parameters::combine(all, |[theta, g, m, v]| {
            let m = ((m * BETA1)? + (g * (1.0 - BETA1))?)?;
            let v = ((v * BETA2)? + (g.sqr()? * (1.0 - BETA2))?)?;
            let direction = ((&m * mean_scale)? / ((&v * square_scale)?.sqrt()? + EPSILON)?)?;
            Ok([(theta + (direction * -lr)?)?, m, v])
        })?;
        (self.mean, self.square) = (mean, square);
        Ok(theta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::tests::{parameters, values};
    use candle_core::Tensor;

    /// The oracle is torch.optim.Adam(lr=0.1) in float64 (PyTorch 2.15) on θ = (1, −2, 3) with the
    /// gradients θ², written down after each of three steps.
    #[test]
    fn three_steps_are_pytorchs() {
        let mut theta = parameters(&[1.0, -2.0, 3.0]);
        let mut adam = Adam::new(&theta).unwrap();
        for expected in PYTORCH {
            let gradient = theta.map(Tensor::sqr).unwrap();
            theta = adam.update(&theta, &gradient, 0.1).unwrap();
            for (found, expected) in values(&theta).iter().zip(expected) {
                // Both round in f64; a dozen operations lose a few units of 1e-16 each.
                assert!((found - expected).abs() < 1e-14, "{found} {expected}");
            }
        }
    }

    const PYTORCH: [[f64; 3]; 3] = [
        [0.900000001, -2.09999999975, 2.900000000111111],
        [0.8010907797611333, -2.2001352216754255, 2.8002339417512947],
        [0.704153797995898, -2.3004937900493085, 2.7008686063041116],
    ];
}
