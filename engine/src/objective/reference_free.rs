//! Pairwise objectives without a reference model: the policy's own log-probabilities are compared,
//! and a margin, a likelihood or both keep it from drifting.
//!
//! `n` is a completion's counted tokens; NLL is the token-mean [`sft`] of the chosen completions.

use burn::tensor::{Tensor, activation::log_sigmoid};

use super::pair::{PairLogratios, sft, sigmoid};

/// Log-probabilities this near 0 are 0 to f32's log-softmax, and odds have no bound there.
const CERTAIN: f64 = 1e-6;
/// Nearer to 0 than this, `1 − e^x` cancels and its series takes over.
const NEAR: f64 = 0.125;

/// Which objective, with the options that it alone reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReferenceFree {
    /// [`cpo`]
    Cpo {
        /// Scales the margin.
        beta: f64,
        /// Share of labels taken to be wrong.
        label_smoothing: f64,
        /// Weight of the likelihood.
        cpo_alpha: f64,
    },
    /// [`simpo`]
    Simpo {
        /// Scales the margin.
        beta: f64,
        /// What the scaled margin should exceed.
        gamma: f64,
    },
    /// [`orpo`]
    Orpo {
        /// λ of the paper: weight of the odds ratio.
        beta: f64,
    },
    /// [`slic`]
    Slic {
        /// Margin, nats, beyond which a pair is left alone.
        delta: f64,
        /// Weight of the likelihood.
        lambda: f64,
    },
}

impl ReferenceFree {
    /// Per-pair losses, unreduced. `[pairs]`
    pub fn losses(&self, logps: &PolicyLogps) -> Tensor<1> {
        match *self {
            Self::Cpo { beta, label_smoothing, cpo_alpha } => {
                cpo(logps, beta, label_smoothing, cpo_alpha)
            }
            Self::Simpo { beta, gamma } => simpo(logps, beta, gamma),
            Self::Orpo { beta } => orpo(logps, beta),
            Self::Slic { delta, lambda } => slic(logps, delta, lambda),
        }
    }
}

/// The policy's log-probabilities, summed over counted tokens, nats. Each `[pairs]`.
#[derive(Clone, Debug)]
pub struct PolicyLogps {
    /// Of the preferred completion.
    pub chosen: Tensor<1>,
    /// Of the other.
    pub rejected: Tensor<1>,
    /// Counted tokens of the preferred completion, at least 1.
    pub chosen_lengths: Tensor<1>,
    /// Counted tokens of the other, at least 1.
    pub rejected_lengths: Tensor<1>,
}

impl PolicyLogps {
    /// Mean log-probability of a token. Each `[pairs]`.
    fn per_token(&self) -> [Tensor<1>; 2] {
        [
            self.chosen.clone() / self.chosen_lengths.clone().clamp_min(1.0),
            self.rejected.clone() / self.rejected_lengths.clone().clamp_min(1.0),
        ]
    }
}

/// CPO: `−(1−ε) log σ(βd) − ε log σ(−βd) + α·NLL`, `d = log π(y_w) − log π(y_l)`: DPO with a
/// uniform reference, which the likelihood of the chosen completions has to replace.
/// Xu et al. 2024, eq. 3. `[pairs]`
pub fn cpo(logps: &PolicyLogps, beta: f64, label_smoothing: f64, cpo_alpha: f64) -> Tensor<1> {
    let uniform = PairLogratios { chosen: logps.chosen.clone(), rejected: logps.rejected.clone() };
    let nll = sft(&logps.chosen, &logps.chosen_lengths);
    sigmoid(&uniform, beta, label_smoothing) + nll * cpo_alpha // eq. 3
}

/// SimPO: `−log σ(β(log π(y_w)/n_w − log π(y_l)/n_l) − γ)`. The reward is what generation goes by,
/// the mean log-probability of a token, and has to win by a margin. Meng et al. 2024, eq. 6.
/// `[pairs]`
pub fn simpo(logps: &PolicyLogps, beta: f64, gamma: f64) -> Tensor<1> {
    let [chosen, rejected] = logps.per_token();
    -log_sigmoid((chosen - rejected) * beta - gamma) // eq. 6
}

/// ORPO: NLL + [`odds_ratio`], one stage in place of fine-tuning and then preference tuning.
///
/// NLL is that of completions, as in the paper; TRL 0.28 counts the prompt's tokens too.
/// Hong et al. 2024, eq. 6. `[pairs]`
pub fn orpo(logps: &PolicyLogps, beta: f64) -> Tensor<1> {
    sft(&logps.chosen, &logps.chosen_lengths) + odds_ratio(logps, beta) // eq. 6
}

/// ORPO's preference term: `−β log σ(log odds(p_w) − log odds(p_l))`, `odds(p) = p / (1−p)`, of
/// `p = e^(log π(y)/n)`. A milder contrast than that of probabilities, so that fine-tuning may go
/// on meanwhile. Hong et al. 2024, eq. 7. `[pairs]`
pub fn odds_ratio(logps: &PolicyLogps, beta: f64) -> Tensor<1> {
    let [chosen, rejected] = logps.per_token();
    let log_odds = chosen.clone() - rejected.clone() - (log1mexp(chosen) - log1mexp(rejected));
    -log_sigmoid(log_odds) * beta // eq. 7
}

/// SLiC: `max(0, δ − log π(y_w) + log π(y_l)) − λ log π(y_w)`. It ranks the two sequences by a
/// margin and stays near the chosen one, whose likelihood is summed, not taken per token.
/// Zhao et al. 2023, section 2. `[pairs]`
pub fn slic(logps: &PolicyLogps, delta: f64, lambda: f64) -> Tensor<1> {
    let short = logps.rejected.clone() - logps.chosen.clone() + delta;
    short.clamp_min(0.0) - logps.chosen.clone() * lambda
}

/// `log(1 − e^x)` for `x ≤ 0`, exact to f32 on both of its ends. `[pairs]`
fn log1mexp(x: Tensor<1>) -> Tensor<1> {
    // Each branch reads only what is its own: an infinity in the other would be NaN in backward.
    let far = x.clone().clamp_max(-NEAR);
    let near = x.clone().clamp(-NEAR, -CERTAIN);
    // 1 − e^x = −x(1 + x/2 + x²/6 + x³/24 + x⁴/120 + …)
    let mut series = near.clone() / 5.0 + 1.0;
    for divisor in [4.0, 3.0, 2.0] {
        series = near.clone() * series / divisor + 1.0;
    }
    let is_far = x.inner().lower_scalar(-NEAR);
    (-near * series).log().mask_where(is_far, (-far.exp() + 1.0).log())
}

#[cfg(test)]
mod tests;
