//! Gradient descent with momentum (Polyak 1964), in the form that PyTorch's `torch.optim.SGD` gives it.
//!
//! It is called stochastic there; here every step is over all rows.

use anyhow::Result;
use network::Parameters;

/// v ← M·v + g, θ ← θ − lr·v. The first v is the first gradient.
pub struct Sgd {
    /// M, 0 or more and below 1.
    pub(crate) momentum: f64,
    /// v. 0 before the first update; `None` without momentum, where it is the gradient.
    pub(crate) velocity: Option<Parameters>,
}

impl Sgd {
    /// A fresh state for parameters shaped like `theta`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(theta: &Parameters, momentum: f64) -> Result<Self> {
        let zeros = || theta.map(|t| t.zeros_like());
        let velocity = (momentum > 0.0).then(zeros).transpose()?;
        Ok(Self { momentum, velocity })
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
        let Some(velocity) = &mut self.velocity else {
            return theta.add_scaled(-lr, gradient);
        };
        *velocity = velocity.scaled(self.momentum)?.add_scaled(1.0, gradient)?;
        theta.add_scaled(-lr, velocity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::tests::{parameters, values};
    use candle_core::Tensor;

    /// The oracle is torch.optim.SGD(lr=0.1, momentum=…) in float64 (PyTorch 2.15) on θ = (1, −2, 3) with the
    /// gradients θ², written down after each of three steps.
    #[test]
    fn three_steps_are_pytorchs() {
        for (momentum, pytorch) in [(0.0, PLAIN), (0.9, WITH_MOMENTUM)] {
            let mut theta = parameters(&[1.0, -2.0, 3.0]);
            let mut sgd = Sgd::new(&theta, momentum).unwrap();
            for expected in pytorch {
                let gradient = theta.map(Tensor::sqr).unwrap();
                theta = sgd.update(&theta, &gradient, 0.1).unwrap();
                for (found, expected) in values(&theta).iter().zip(expected) {
                    // Both round in f64; a dozen operations lose a few units of 1e-16 each.
                    assert!((found - expected).abs() < 1e-14, "{found} {expected}");
                }
            }
        }
    }

    const PLAIN: [[f64; 3]; 3] = [
        [0.9, -2.4, 2.1],
        [0.8190000000000001, -2.976, 1.659],
        [0.7519239000000001, -3.8616576, 1.3837719],
    ];

    const WITH_MOMENTUM: [[f64; 3]; 3] = [
        [0.9, -2.4, 2.1],
        [0.729, -3.336, 0.8490000000000001],
        [0.5219559, -5.2912896, -0.3489801],
    ];
}
