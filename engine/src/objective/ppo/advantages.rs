//! From a rollout's scores to advantages, on the host: rewards of tokens, whitening, GAE.
//!
//! A slice holds the valid tokens of one completion, in order. Nothing comes after its end.

/// `−kl_coef · KL_t` of each token, plus the score on the last. Ziegler et al. 2019, eq. 2.
///
/// `kls` are nats. The last valid token, EOS where there is one, takes the score; TRL puts it one
/// later, on a pad.
pub fn token_rewards(kls: &[f64], score: f64, kl_coef: f64) -> Vec<f64> {
    let mut rewards: Vec<f64> = kls.iter().map(|kl| -kl_coef * kl).collect();
    if let Some(last) = rewards.last_mut() {
        *last += score;
    }
    rewards
}

/// `(x − mean) / √(variance + 1e-8)` over all that is given, with the unbiased variance;
/// `shift_mean` off keeps the mean, as rewards need: `… + mean`. Huang et al. 2024.
pub fn whiten(values: &[f64], shift_mean: bool) -> Vec<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0).max(1.0) + 1e-8).sqrt();
    let kept = if shift_mean { 0.0 } else { mean };
    values.iter().map(|value| (value - mean) / deviation + kept).collect()
}

/// Generalised advantages: `A_t = δ_t + γλ A_(t+1)`, `δ_t = r_t + γ V_(t+1) − V_t`. λ trades the
/// critic's bias, at 0, for the samples' noise, at 1. Schulman et al. 2015, eq. 16.
pub fn gae(rewards: &[f64], values: &[f32], gamma: f64, lam: f64) -> Vec<f64> {
    let (mut next_value, mut next_advantage) = (0.0, 0.0);
    let backwards = rewards.iter().zip(values).rev().map(|(reward, &value)| {
        let value = f64::from(value);
        let delta = reward + gamma * next_value - value;
        next_advantage = delta + gamma * lam * next_advantage; // eq. 16
        next_value = value;
        next_advantage
    });
    let mut advantages: Vec<f64> = backwards.collect();
    advantages.reverse();
    advantages
}

/// `A + V`, what the critic learns; from advantages that aren't whitened.
pub fn returns(advantages: &[f64], values: &[f32]) -> Vec<f64> {
    advantages.iter().zip(values).map(|(advantage, &value)| advantage + f64::from(value)).collect()
}

/// The next `kl_coef`: `coef · (1 + clip(KL/target − 1, ±0.2) · samples/horizon)`, so that the KL
/// divergence, a mean of sums over completions, finds its target. Ziegler et al. 2019, section 2.2.
pub fn adaptive_kl(coef: f64, kl: f64, target: f64, horizon: f64, samples: usize) -> f64 {
    let error = (kl / target - 1.0).clamp(-0.2, 0.2);
    coef * (1.0 + error * samples as f64 / horizon)
}
