//! The softmax on the CPU: by hand, and against burn's operations.

use burn::tensor::{Device, TensorData, activation};

use super::*;

fn logits(values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn ids(values: Vec<i32>) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), &Device::flex())
}

fn close(found: Tensor<2>, expected: &[f32]) {
    within(found, expected, 5e-6);
}

fn within(found: Tensor<2>, expected: &[f32], tolerance: f32) {
    let found: Vec<f32> = found.into_data().iter::<f32>().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let allowed = tolerance * expected.abs().max(1.0);
        assert!((found - expected).abs() < allowed, "{found} is not {expected}");
    }
}

/// Logits ln 1, ln 2, ln 5 give p = (1, 2, 5) / 8. Entropy −Σ p ln p = 0.9002561;
/// Σ p² = 30/64, its log −0.7576857; the mean logit is ln 10 / 3 = 0.7675284.
/// Logits (0, 1000) give p = (0, 1).
#[test]
fn by_hand() {
    let row = [0.0, 2.0_f32.ln(), 5.0_f32.ln()];
    let found = softmax_stats(logits(row.repeat(2), [2, 3]), ids(vec![1, 2]));
    close(found.probabilities, &[0.125, 0.25, 0.625, 0.125, 0.25, 0.625]);
    let [entropy, mean, agreement] = [0.900_256_1, 0.767_528_4, -0.757_685_7];
    let first = [0.25_f32.ln(), entropy, 0.0, mean, agreement];
    let second = [0.625_f32.ln(), entropy, 1.0, mean, agreement];
    close(found.stats, &[first, second].concat());
    let found = softmax_stats(logits(vec![0.0, 1000.0], [1, 2]), ids(vec![0]));
    close(found.probabilities, &[0.0, 1.0]);
    close(found.stats, &[-1000.0, 0.0, 0.0, 500.0, 0.0]);
}

/// As `logps` had it.
fn composed(logits: Tensor<2>, ids: &Tensor<1, Int>) -> [Vec<f32>; 2] {
    let probabilities = activation::softmax(logits.clone(), 1);
    let logs = activation::log_softmax(logits.clone(), 1);
    let index = ids.clone().unsqueeze_dim::<2>(1);
    let picked = logits.clone().gather(1, index.clone());
    let correct = (picked - logits.clone().max_dim(1)).greater_equal_scalar(0.0).float();
    let columns = vec![
        logs.clone().gather(1, index),
        (probabilities.clone() * logs).sum_dim(1).neg(),
        correct,
        logits.mean_dim(1),
        probabilities.clone().square().sum_dim(1).log(),
    ];
    [probabilities, Tensor::cat(columns, 1)]
        .map(|tensor| tensor.into_data().iter::<f32>().collect())
}

#[test]
fn is_the_composed_one() {
    for (tokens, vocab) in [(1, 1), (3, 7), (5, 64), (4, 1_001), (40, 9_000)] {
        let numbers = (0..tokens * vocab).map(|i| 6.0 * ((i as f32 + 1.0) * 0.37).sin()).collect();
        let logits = logits(numbers, [tokens, vocab]);
        let ids = ids((0..tokens).map(|token| (token * 31 % vocab) as i32).collect());
        let [probabilities, stats] = composed(logits.clone(), &ids);
        let found = softmax_stats(logits, ids);
        close(found.probabilities, &probabilities);
        // The composed sums run through 9,000 terms one by one, in f32.
        within(found.stats, &stats, 3e-5);
    }
}

/// A diverged run must show.
#[test]
fn what_is_not_a_number_stays_so() {
    let found = softmax_stats(logits(vec![0.0, f32::NAN, 1.0], [1, 3]), ids(vec![0]));
    let stats: Vec<f32> = found.stats.into_data().iter::<f32>().collect();
    assert!(stats[0].is_nan() && stats[1].is_nan());
}
