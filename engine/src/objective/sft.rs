//! Supervised fine-tuning: raise the log-probability of what was written.

use burn::tensor::Tensor;

/// Negative log-likelihood of each row's counted tokens, `−Σ log π(y_t)`, from summed
/// log-probabilities. The loop divides by the step's counted tokens. `[rows]`
pub fn nll(logps: &Tensor<1>) -> Tensor<1> {
    -logps.clone()
}
