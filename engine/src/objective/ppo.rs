//! PPO: climb a reward with samples, in steps that clipping keeps small.
//!
//! Rollouts end on the host, where `advantages` turns scores into rewards, advantages and returns.
//! The losses are of tokens: each tensor holds the valid tokens of a mini-batch, `[tokens]`.

use burn::tensor::Tensor;

use super::exp;

mod advantages;
mod scaling;

pub use advantages::{adaptive_kl, gae, returns, token_rewards, whiten};
pub use scaling::{Moments, Scaling};

/// `π / π_old` of each token. `[tokens]`
pub fn ratio(new_logps: &Tensor<1>, old_logps: &Tensor<1>) -> Tensor<1> {
    exp(new_logps.clone() - old_logps.clone())
}

/// `max(−A·ratio, −A·clip(ratio, 1 ± cliprange))`: a token whose probability has already moved as
/// far as its advantage may take it pulls no further. Schulman et al. 2017, eq. 7. `[tokens]`
pub fn policy_losses(
    new_logps: &Tensor<1>,
    old_logps: &Tensor<1>,
    advantages: &Tensor<1>,
    cliprange: f64,
) -> Tensor<1> {
    let [plain, clipped] = policy_branches(new_logps, old_logps, advantages, cliprange);
    plain.max_pair(clipped) // eq. 7
}

/// 1 where clipping decided the policy's loss; without a graph. `[tokens]`
pub fn policy_clipped(
    new_logps: &Tensor<1>,
    old_logps: &Tensor<1>,
    advantages: &Tensor<1>,
    cliprange: f64,
) -> Tensor<1> {
    let new_logps = new_logps.clone().inner();
    let [plain, clipped] = policy_branches(&new_logps, old_logps, advantages, cliprange);
    clipped.greater(plain).float()
}

fn policy_branches(
    new_logps: &Tensor<1>,
    old_logps: &Tensor<1>,
    advantages: &Tensor<1>,
    cliprange: f64,
) -> [Tensor<1>; 2] {
    let ratio = ratio(new_logps, old_logps);
    let clipped = ratio.clone().clamp(1.0 - cliprange, 1.0 + cliprange);
    [-advantages.clone() * ratio, -advantages.clone() * clipped]
}

/// `½ max((V − R)², (clip(V, V_old ± cliprange_value) − R)²)`: the critic moves little, as the
/// policy does. Schulman et al. 2017, eq. 9, clipped as OpenAI's code does. `[tokens]`
pub fn value_losses(
    values: &Tensor<1>,
    old_values: &Tensor<1>,
    returns: &Tensor<1>,
    cliprange_value: f64,
) -> Tensor<1> {
    let [plain, clipped] = value_branches(values, old_values, returns, cliprange_value);
    plain.max_pair(clipped) * 0.5
}

/// 1 where clipping decided the critic's loss; without a graph. `[tokens]`
pub fn value_clipped(
    values: &Tensor<1>,
    old_values: &Tensor<1>,
    returns: &Tensor<1>,
    cliprange_value: f64,
) -> Tensor<1> {
    let values = values.clone().inner();
    let [plain, clipped] = value_branches(&values, old_values, returns, cliprange_value);
    clipped.greater(plain).float()
}

fn value_branches(
    values: &Tensor<1>,
    old_values: &Tensor<1>,
    returns: &Tensor<1>,
    cliprange_value: f64,
) -> [Tensor<1>; 2] {
    let (low, high) = (old_values.clone() - cliprange_value, old_values.clone() + cliprange_value);
    // Not V_old + clip(V − V_old), whose rounding would pass for clipping.
    let clipped = values.clone().max_pair(low).min_pair(high);
    [values.clone(), clipped].map(|values| (values - returns.clone()).square())
}

/// `½(log π − log π_old)²`, an estimate of how far the policy has moved; without a graph.
/// Schulman 2020. `[tokens]`
pub fn approxkl(new_logps: &Tensor<1>, old_logps: &Tensor<1>) -> Tensor<1> {
    (new_logps.clone().inner() - old_logps.clone().inner()).square() * 0.5
}

#[cfg(test)]
mod tests;
