//! The three primitives over a whole environment. An engine is one way to compute them.

use anyhow::Result;
use candle_core::Tensor;

use crate::{Parameters, Targets};

/// What a forward pass gives.
pub struct Pass<Trace> {
    /// `[n, out]`, rows in the engine's order, not part of any autograd graph.
    pub logits: Tensor,
    /// What the engine keeps of the pass for its pullback and its Hessian-vector product.
    pub trace: Trace,
}

/// A network's three primitives over environments that the engine holds, counted from 0.
///
/// `theta` is the point at which the pass was made; an engine may rely on it.
pub trait Engine {
    /// What a pass keeps besides the logits.
    type Trace;

    /// The number of environments.
    fn environments(&self) -> usize;

    /// The labels of environment `e`, in the order of its logits.
    fn targets(&self, e: usize) -> &Targets;

    /// The logits of every row of environment `e` at `theta`.
    ///
    /// # Errors
    /// Where `theta` is not of the environments' width.
    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<Self::Trace>>;

    /// Σ_n (∂logits_n/∂θ)ᵀ · `cotangent`_n, for a `cotangent` `[n, out]`: the gradient of every loss
    /// whose derivative with respect to the logits of environment `e` is `cotangent`.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    fn pullback(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<Self::Trace>,
        cotangent: &Tensor,
    ) -> Result<Parameters>;

    /// ∇R^e(`theta`), the pullback of the risk's own cotangent, and the pass it was taken of. An engine may
    /// keep in that pass what it can use in its Hessian-vector product.
    ///
    /// # Errors
    /// Where `theta` is not of the environments' width.
    fn risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Pass<Self::Trace>, Parameters)> {
        let pass = self.forward(theta, e)?;
        let residual = self.targets(e).residual(&pass.logits)?;
        let gradient = self.pullback(theta, e, &pass, &residual)?;
        Ok((pass, gradient))
    }

    /// The logits of environment `e` at `theta` and ∇R^e(`theta`), of a pass that nothing else is asked
    /// of: an engine need not keep it.
    ///
    /// # Errors
    /// Where `theta` is not of the environments' width.
    fn logits_and_risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Tensor, Parameters)> {
        let (pass, gradient) = self.risk_gradient(theta, e)?;
        Ok((pass.logits, gradient))
    }

    /// ∇²R^e(`theta`)·`direction`, by Pearlmutter's R-operator (1994): exact, with no matrix formed.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<Self::Trace>,
        direction: &Parameters,
    ) -> Result<Parameters>;
}
