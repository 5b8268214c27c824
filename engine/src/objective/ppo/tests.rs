//! PPO's terms against the goldens, against a whole update of a small model, and by hand.

use serde_json::Value;
use temper_protocol::KlEstimator;

use super::*;
use crate::objective::testing::{
    close, goldens, gradient, list, mean, number, rows, tensor, tracked, values,
};

const COEF: f64 = 0.05;

fn singles(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// The golden's rows without what lies beyond their lengths.
fn valid(golden: &Value, key: &str) -> Vec<Vec<f64>> {
    let lengths = list(&golden["lengths"]);
    let valid = |(mut row, length): (Vec<f64>, f64)| {
        row.truncate(length as usize);
        row
    };
    rows(&golden[key]).into_iter().zip(lengths).map(valid).collect()
}

/// Estimates from pairs of log-probabilities.
fn kls(estimator: KlEstimator, old: &[f64], reference: &[f64]) -> Vec<f64> {
    let pairs = old.iter().zip(reference);
    pairs.map(|(&old, &other)| estimator.estimate(old, other).unwrap()).collect()
}

/// Rewards, advantages and returns of one completion.
fn rollout(old: &[f64], reference: &[f64], values: &[f64], score: f64) -> [Vec<f64>; 3] {
    let rewards = token_rewards(&kls(KlEstimator::K1, old, reference), score, COEF);
    let values = singles(values);
    let advantages = gae(&rewards, &values, 1.0, 0.95);
    let returns = returns(&advantages, &values);
    [rewards, advantages, returns]
}

#[test]
fn goldens_of_rollouts() {
    let golden = &goldens()["ppo"];
    let [old, reference, critic] =
        ["old_logprobs", "ref_logprobs", "values"].map(|key| valid(golden, key));
    let scores = list(&golden["scores"]);
    let mut all = Vec::new();
    for (row, &score) in scores.iter().enumerate() {
        let found = rollout(&old[row], &reference[row], &critic[row], score);
        for (found, key) in found.iter().zip(["rewards", "advantages_raw", "returns"]) {
            close(found, &valid(golden, key)[row], 1e-6);
        }
        let [_, advantages, _] = found;
        all.extend(advantages);
    }
    close(&[mean(&all)], &[number(&golden["adv_mean"])], 1e-6);
    let expected = valid(golden, "advantages_whitened").concat();
    close(&whiten(&all, true), &expected, 1e-6);

    let k3 = kls(KlEstimator::K3, &old[0], &reference[0]);
    close(&k3, &list(&golden["k3_first_row"]), 1e-6);
}

#[test]
fn no_pair_of_log_probabilities_gives_the_exact_kl() {
    assert_eq!(KlEstimator::Full.estimate(-1.0, -2.0), None);
}

#[test]
fn goldens_of_losses() {
    let golden = &goldens()["ppo"];
    let column = |key: &str| tensor(&valid(golden, key).concat());
    let check = |found: Tensor<1>, key: &str| {
        close(&[mean(&values(found))], &[number(&golden[key])], 1e-6);
    };
    let (new, old) = (column("new_logprobs"), column("old_logprobs"));
    let advantages = column("advantages_whitened");
    let policy = policy_losses(&new, &old, &advantages, 0.2);
    check(policy.clone(), "pg_loss");
    check(policy_clipped(&new, &old, &advantages, 0.2), "clipfrac");
    check(approxkl(&new, &old), "approxkl");
    check(ratio(&new, &old), "ratio_mean");

    let (critic, before) = (column("new_values"), column("values"));
    let returns = column("returns");
    let value = value_losses(&critic, &before, &returns, 0.2);
    check(value.clone(), "vf_loss");
    check(value_clipped(&critic, &before, &returns, 0.2), "vf_clipfrac");
    check(policy + value * 0.1, "total_vf_coef_0_1");
}

#[test]
fn goldens_of_the_adaptive_coefficient() {
    let golden = &goldens()["adaptive_kl"];
    let mut coef = number(&golden["init"]);
    let (target, horizon) = (number(&golden["target"]), number(&golden["horizon"]));
    let observed = list(&golden["observed"]);
    for (kl, after) in observed.into_iter().zip(list(&golden["coef_after"])) {
        coef = adaptive_kl(coef, kl, target, horizon, 128);
        close(&[coef], &[after], 1e-6);
    }
}

/// OpenAI's table divides by the biased deviation, √(8/9) of ours for its nine numbers.
#[test]
fn whitening_that_keeps_the_mean() {
    let golden = &goldens()["whiten_oai_table"];
    let input = list(&golden["input"]);
    let mean = mean(&input);
    let biased = |value: &f64| (value - mean) / (8.0_f64 / 9.0).sqrt() + mean;
    let found: Vec<f64> = whiten(&input, false).iter().map(biased).collect();
    close(&found, &list(&golden["biased_noshift"]), 1e-6);
}

#[test]
fn whitening_one_number_or_equal_ones_gives_no_nan() {
    close(&whiten(&[3.0], true), &[0.0], 1e-12);
    close(&whiten(&[3.0, 3.0], false), &[3.0, 3.0], 1e-12);
    assert!(whiten(&[], true).is_empty());
}

/// The host's half of `tests/fixtures/ppo_update`, whose numbers torch computed.
#[test]
fn rollouts_of_a_whole_update() {
    let text = include_str!("../../../../tests/fixtures/ppo_update/expected.json");
    let expected: Value = serde_json::from_str(text).unwrap();
    let lines = include_str!("../../../../tests/fixtures/ppo_update/rollouts.jsonl").lines();
    let [old, reference, critic] =
        ["old_logps", "reference_logps", "values"].map(|key| rows(&expected[key]));
    let mut all = Vec::new();
    for (row, line) in lines.enumerate() {
        let score = number(&serde_json::from_str::<Value>(line).unwrap()["score"]);
        let found = rollout(&old[row], &reference[row], &critic[row], score);
        for (found, key) in found.iter().zip(["token_rewards", "advantages_raw", "returns"]) {
            close(found, &list(&expected[key][row]), 1e-4);
        }
        let [_, advantages, _] = found;
        all.extend(advantages);
    }
    assert_eq!(all.len(), old.concat().len());
    close(&whiten(&all, true), &rows(&expected["advantages_whitened"]).concat(), 1e-4);
}

/// Before the first update the ratio is 1, and the gradient that of REINFORCE: −A. Beyond the clip
/// a token with something to gain has none; one with something to lose keeps −A·ratio.
#[test]
fn policy_gradients_by_hand() {
    let new = tracked(&[-1.0, -1.0, -0.5, -0.5]);
    let old = tensor(&[-1.0; 4]);
    let advantages = tensor(&[2.0, -3.0, 2.0, -1.0]);
    let losses = policy_losses(&new, &old, &advantages, 0.2);
    let mut gradients = losses.clone().sum().backward();
    close(&values(losses), &[-2.0, 3.0, -2.4, 1.648_721_3], 1e-6);
    close(&gradient(&new, &mut gradients), &[-2.0, 3.0, 0.0, 1.648_721_3], 1e-6);
    let clipped = policy_clipped(&new, &old, &advantages, 0.2);
    assert!(!clipped.is_tracked());
    close(&values(clipped), &[0.0, 0.0, 1.0, 0.0], 0.0);
}

/// V_old 0 ± 0.2, R = 1: within, ½(0.1 − 1)² = 0.405, gradient V − R = −0.9; past the clip towards
/// R, ½(0.2 − 1)² = 0.32 and none; past it away from R, ½(−0.5 − 1)² = 1.125, gradient −1.5.
#[test]
fn value_gradients_by_hand() {
    let critic = tracked(&[0.1, 0.5, -0.5]);
    let (before, returns) = (tensor(&[0.0; 3]), tensor(&[1.0; 3]));
    let losses = value_losses(&critic, &before, &returns, 0.2);
    let mut gradients = losses.clone().sum().backward();
    close(&values(losses), &[0.405, 0.32, 1.125], 1e-6);
    close(&gradient(&critic, &mut gradients), &[-0.9, 0.0, -1.5], 1e-6);
    let clipped = value_clipped(&critic, &before, &returns, 0.2);
    assert!(!clipped.is_tracked());
    close(&values(clipped), &[0.0, 1.0, 0.0], 0.0);
}

#[test]
fn extreme_ratios_stay_finite() {
    let new = tracked(&[1e4, -1e4, 1e4, -1e4]);
    let advantages = tensor(&[1.0, 1.0, -1.0, -1.0]);
    let losses = policy_losses(&new, &tensor(&[0.0; 4]), &advantages, 0.2);
    let mut gradients = losses.clone().sum().backward();
    assert!(values(losses).iter().all(|v| v.is_finite()));
    assert!(gradient(&new, &mut gradients).iter().all(|v| v.is_finite()));
}
