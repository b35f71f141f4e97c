//! The risk R(logits) = mean negative log-likelihood, in nats, and its first and second derivative
//! with respect to the logits, in closed form.
//!
//! One logit z (two classes): log-loss of σ(z). k logits: cross-entropy of the softmax.

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops::{log_softmax, sigmoid, softmax};

#[cfg(feature = "cuda")]
mod on_cuda;

/// The labels of one environment, in the form that its logits call for.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Two classes: `[n, 1]` of 0 and 1. More: one-hot `[n, k]`. Same type as the logits.
    indicator: Tensor,
}

impl Targets {
    /// The targets for `labels`, each below `classes`.
    ///
    /// # Errors
    /// What the device reports.
    pub fn new(labels: &[u32], classes: usize, dtype: DType, device: &Device) -> Result<Self> {
        let rows = labels.len();
        let indicator = if classes == 2 {
            let values = labels.iter().map(|&label| label as f32).collect();
            Tensor::from_vec(values, (rows, 1), device)?
        } else {
            let mut values = vec![0f32; rows * classes];
            for (row, &label) in labels.iter().enumerate() {
                values[row * classes + label as usize] = 1.0;
            }
            Tensor::from_vec(values, (rows, classes), device)?
        };
        Ok(Self {
            indicator: indicator.to_dtype(dtype)?,
        })
    }

    /// The targets of `rows` rows from `first` on.
    ///
    /// # Errors
    /// Where there are not so many.
    pub fn narrow(&self, first: usize, rows: usize) -> Result<Self> {
        Ok(Self {
            indicator: self.indicator.narrow(0, first, rows)?,
        })
    }

    /// The targets of the rows that `rows` `[b]` of u32 numbers.
    ///
    /// # Errors
    /// Where there is no such row.
    pub fn select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self {
            indicator: self.indicator.index_select(rows, 0)?,
        })
    }

    /// Number of rows n.
    pub fn rows(&self) -> usize {
        self.indicator.dims()[0]
    }

    /// Number of logits of a row: one for two classes.
    pub fn outputs(&self) -> usize {
        self.indicator.dims()[1]
    }

    /// The risk of `logits` `[n, out]`, a scalar that candle's autograd can differentiate.
    ///
    /// Softplus is taken as z/2 + (|z|/2 + log(1 + e^−|z|)): finite for every z, and at z = 0 right
    /// whatever derivative of |z| the autograd takes there, for that of the bracket is 0.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn risk(&self, logits: &Tensor) -> Result<Tensor> {
        let y = &self.indicator;
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(y, logits) {
            return on_cuda.risk(logits);
        }
        if logits.dim(1)? == 1 {
            let magnitude = logits.abs()?;
            let bracket = ((&magnitude * 0.5)? + (magnitude.neg()?.exp()? + 1.0)?.log()?)?;
            let softplus = ((logits * 0.5)? + bracket)?;
            return Ok((softplus - (y * logits)?)?.mean_all()?);
        }
        let log_likelihood = (log_softmax(logits, D::Minus1)? * y)?.sum_all()?;
        Ok((log_likelihood / -(self.rows() as f64))?)
    }

    /// n·∂R/∂logits `[n, out]`: the predicted probabilities less the labels.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn error(&self, logits: &Tensor) -> Result<Tensor> {
        Ok((probabilities(logits)? - &self.indicator)?)
    }

    /// ∂R/∂logits `[n, out]`: the cotangent whose pullback is the gradient of the risk.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn residual(&self, logits: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(&self.indicator, logits) {
            return on_cuda.residual(logits);
        }
        Ok((self.error(logits)? / self.rows() as f64)?)
    }

    /// The derivative of [`Targets::error`] in the direction `tangent` `[b, out]`, for any rows'
    /// `logits` `[b, out]`: diag(p)·ż − p·(p·ż), or σ'(z)·ż for one logit. The labels drop out.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn error_tangent(logits: &Tensor, tangent: &Tensor) -> Result<Tensor> {
        let p = probabilities(logits)?;
        let weighted = (&p * tangent)?;
        if logits.dim(1)? == 1 {
            return Ok((&weighted - (&weighted * &p)?)?);
        }
        let total = weighted.sum_keepdim(D::Minus1)?;
        Ok((weighted - p.broadcast_mul(&total)?)?)
    }

    /// The derivative of [`Targets::residual`] in the direction `tangent` `[n, out]`, for all rows.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn residual_tangent(&self, logits: &Tensor, tangent: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(&self.indicator, logits) {
            return on_cuda.residual_tangent(logits, tangent);
        }
        Ok((Self::error_tangent(logits, tangent)? / self.rows() as f64)?)
    }

    /// ∇_s R(s·logits) at s = 1 `[out]`, where s has one entry per logit, which candle's autograd can differentiate.
    ///
    /// In closed form, since autograd would need a graph of a graph: ∂R/∂s_k = Σ_n ∂R/∂z_nk · z_nk.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn scale_gradient(&self, logits: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(&self.indicator, logits) {
            return on_cuda.scale_gradient(logits);
        }
        Ok((self.residual(logits)? * logits)?.sum(0)?)
    }

    /// The derivative by the logits `[n, out]` of Σ_k `by`_k·∂R/∂s_k, for the entries of [`Targets::scale_gradient`]:
    /// (by_j·(p_j − y_j + z_j·p_j) − p_j·Σ_k by_k·z_k·p_k) / n, and by·(p − y + z·p·(1 − p)) / n for one logit.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn scale_gradient_cotangent(&self, logits: &Tensor, by: &[f64]) -> Result<Tensor> {
        let by = Tensor::new(by, logits.device())?.to_dtype(logits.dtype())?;
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(&self.indicator, logits) {
            return on_cuda.scale_gradient_cotangent(logits, &by);
        }
        let p = probabilities(logits)?;
        let weighted = (logits * &p)?.broadcast_mul(&by)?;
        let own = ((&p - &self.indicator)?.broadcast_mul(&by)? + &weighted)?;
        let total = match logits.dim(1)? {
            1 => (&weighted * &p)?,
            _ => p.broadcast_mul(&weighted.sum_keepdim(D::Minus1)?)?,
        };
        Ok(((own - total)? / self.rows() as f64)?)
    }

    /// The labels as a tensor: see [`Targets`].
    #[cfg(feature = "cuda")]
    pub(crate) fn indicator(&self) -> &Tensor {
        &self.indicator
    }

    /// The fraction of rows, 0 to 1, that `logits` `[n, out]` predict right. A logit of exactly 0 predicts label 0.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn accuracy(&self, logits: &Tensor) -> Result<f64> {
        let right = self.right(logits)?.to_dtype(DType::F64)?;
        Ok(right.to_scalar::<f64>()? / self.rows() as f64)
    }

    /// How many rows `logits` `[n, out]` predict right, a scalar. A logit of exactly 0 predicts label 0.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn right(&self, logits: &Tensor) -> Result<Tensor> {
        #[cfg(feature = "cuda")]
        if let Some(on_cuda) = on_cuda::Labels::of(&self.indicator, logits) {
            return on_cuda.right(logits);
        }
        let right = if logits.dim(1)? == 1 {
            logits.gt(0.0)?.eq(&self.indicator.gt(0.5)?)?
        } else {
            let predicted = logits.argmax(D::Minus1)?;
            predicted.eq(&self.indicator.argmax(D::Minus1)?)?
        };
        Ok(right.to_dtype(DType::U32)?.sum_all()?)
    }
}

/// `[n, 1]`: σ(z), the probability of label 1. `[n, k]`: the softmax.
fn probabilities(logits: &Tensor) -> Result<Tensor> {
    Ok(if logits.dim(1)? == 1 {
        sigmoid(logits)?
    } else {
        softmax(logits, D::Minus1)?
    })
}
