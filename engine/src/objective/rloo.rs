//! RLOO: policy optimisation without a critic; the other completions of a prompt are the baseline.

use burn::tensor::Tensor;

use super::ppo;

/// `A_i = r_i − mean of the others' r`, in each prompt's group of `num_generations` rewards, at
/// least 2. What the others earn doesn't depend on `i`, so the baseline adds no bias.
/// Kool et al. 2019; Ahmadian et al. 2024. One per reward.
pub fn advantages(rewards: &[f64], num_generations: usize) -> Vec<f64> {
    let group_advantages = |group: &[f64]| {
        let sum: f64 = group.iter().sum();
        let others = (group.len() - 1).max(1) as f64;
        group.iter().map(|reward| reward - (sum - reward) / others).collect::<Vec<f64>>()
    };
    rewards.chunks(num_generations.max(1)).flat_map(group_advantages).collect()
}

/// Advantages of a whole rollout to mean 0 and deviation 1, as TRL's RLOO does: unbiased, 1e-4 added
/// to the deviation.
pub fn normalized(advantages: &[f64]) -> Vec<f64> {
    let count = advantages.len() as f64;
    let mean = advantages.iter().sum::<f64>() / count;
    let squares: f64 = advantages.iter().map(|advantage| (advantage - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0).max(1.0)).sqrt() + 1e-4;
    advantages.iter().map(|advantage| (advantage - mean) / deviation).collect()
}

/// PPO's clipped loss with whole completions as actions: the ratio is that of sequences, from
/// log-probabilities summed over their tokens. Ahmadian et al. 2024, clipped as Schulman et
/// al. 2017, eq. 7. Each `[rows]`.
pub fn sequence_losses(
    new_logps_sum: &Tensor<1>,
    old_logps_sum: &Tensor<1>,
    advantages: &Tensor<1>,
    epsilon: f64,
) -> Tensor<1> {
    ppo::policy_losses(new_logps_sum, old_logps_sum, advantages, epsilon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::testing::{close, goldens, gradient, list, tensor, tracked, values};

    #[test]
    fn goldens_of_advantages() {
        let golden = &goldens()["rloo"];
        close(&advantages(&list(&golden["rewards"]), 4), &list(&golden["adv"]), 1e-6);
    }

    /// Two prompts with two completions: 3 − 1 = 2, and 5 − 4 = 1.
    #[test]
    fn prompts_do_not_mix() {
        close(&advantages(&[3.0, 1.0, 4.0, 5.0], 2), &[2.0, -2.0, -1.0, 1.0], 1e-12);
    }

    /// ±0.01 have the unbiased deviation 0.01 √2: 0.01 / (0.0141421 + 0.0001) = 0.7021419.
    #[test]
    fn normalized_by_hand() {
        close(&normalized(&[0.01, -0.01]), &[0.702_141_9, -0.702_141_9], 1e-6);
        assert_eq!(normalized(&[3.0, 3.0]), [0.0, 0.0]);
    }

    /// Ratios 1, e^0.5 = 1.648721 and e^−0.5 = 0.606531, clipped at 0.8 and 1.2:
    ///   A = 2 at 1: −2, gradient −2; A = 2 at 1.65: −2·1.2, gradient 0, the gain is had;
    ///   A = −1 at 1.65: 1.648721, gradient the same; A = −1 at 0.61: 0.8, gradient 0.
    #[test]
    fn sequences_by_hand() {
        let new = tracked(&[-3.0, -2.5, -2.5, -3.5]);
        let advantages = tensor(&[2.0, 2.0, -1.0, -1.0]);
        let losses = sequence_losses(&new, &tensor(&[-3.0; 4]), &advantages, 0.2);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &[-2.0, -2.4, 1.648_721_3, 0.8], 1e-6);
        close(&gradient(&new, &mut gradients), &[-2.0, 0.0, 1.648_721_3, 0.0], 1e-6);
    }
}
