//! Objectives of single completions, each marked desirable or not: no pairs are needed.
//!
//! `h` is a completion's log-ratio `log π − log π_ref`, summed over counted tokens, nats.

use burn::tensor::Tensor;

use super::logistic;

/// KTO's zero point: the KL divergence of the policy from the reference, estimated on completions
/// of other prompts, `max(0, mean(log π(y_j|x_i) − log π_ref(y_j|x_i)))`. It takes no gradient.
/// Ethayarajh et al. 2024. Reads `[rows]`, gives `[1]`.
pub fn kl(policy_kl_logps: &Tensor<1>, reference_kl_logps: &Tensor<1>) -> Tensor<1> {
    let ratios = policy_kl_logps.clone().inner() - reference_kl_logps.clone().inner();
    ratios.mean().clamp_min(0.0)
}

/// KTO: `w_D[1 − σ(β(h − KL))]` of a desirable row, `w_U[1 − σ(β(KL − h))]` of an undesirable one.
/// As in prospect theory, gains and losses count from a reference point and ever less with
/// distance. `desirable` is 1 or 0, `[rows]`; `kl` is `[1]`; `weights` are w_D and w_U.
/// Ethayarajh et al. 2024, eq. 7. `[rows]`
pub fn kto(
    logratios: Tensor<1>,
    desirable: Tensor<1>,
    kl: Tensor<1>,
    beta: f64,
    weights: [f64; 2],
) -> Tensor<1> {
    let [desirable_weight, undesirable_weight] = weights;
    let side = desirable.clone() * 2.0 - 1.0;
    let weight = desirable * (desirable_weight - undesirable_weight) + undesirable_weight;
    weight * logistic((kl - logratios) * side * beta) // eq. 7; 1 − σ(z) = σ(−z)
}

/// APO-zero without pairs: [`kto`] with a KL of 0, so that no pass is spent on it.
/// D'Oosterlinck et al. 2024, eq. 7, by row. `[rows]`
pub fn apo_zero_unpaired(
    logratios: Tensor<1>,
    desirable: Tensor<1>,
    beta: f64,
    weights: [f64; 2],
) -> Tensor<1> {
    let zero = logratios.clone().inner().zeros_like();
    kto(logratios, desirable, zero, beta, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::testing::{
        close, goldens, gradient, list, mean, number, tensor, tracked, values,
    };

    /// The golden's rows are −12 + 12.5 = 0.5, −1, 0.5 and 1.5, and its KL is 0.375:
    /// ```python
    /// s = lambda x: 1 / (1 + exp(-x))
    /// -.1 * s(.1*(h - .375)) * s(-.1*(h - .375))    # desirable: −0.02499902
    /// +.1 * s(.1*(h - .375)) * s(-.1*(h - .375))    # others: 0.02488221, 0.02492106
    /// ```
    #[test]
    fn goldens_in_value_and_gradient() {
        let golden = &goldens()["kto"];
        let column = |key: &str| list(&golden[key]);
        let labels = golden["labels"].as_array().unwrap().iter();
        let labels: Vec<f64> =
            labels.map(|label| f64::from(u8::from(label.as_bool().unwrap()))).collect();
        let kl = kl(&tracked(&column("kl_policy")), &tensor(&column("kl_ref")));
        assert!(!kl.is_tracked());
        close(&values(kl.clone()), &[number(&golden["kl"])], 1e-6);

        let policy = tracked(&column("policy"));
        let ratios = || policy.clone() - tensor(&column("ref"));
        let losses = kto(ratios(), tensor(&labels), kl.clone(), 0.1, [1.0, 1.0]);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &column("per_example"), 1e-6);
        let slopes = [-0.024_999_0, 0.024_882_2, -0.024_999_0, 0.024_921_1];
        close(&gradient(&policy, &mut gradients), &slopes, 1e-6);

        let weighted = kto(ratios(), tensor(&labels), kl, 0.1, [1.33, 1.0]);
        close(&[mean(&values(weighted))], &[number(&golden["mean_wd1_33"])], 1e-6);
        let apo = apo_zero_unpaired(ratios(), tensor(&labels), 0.1, [1.0, 1.0]);
        close(&values(apo), &column("apo_zero_unpaired"), 1e-6);
    }

    #[test]
    fn a_policy_below_the_reference_has_a_kl_of_zero() {
        close(&values(kl(&tensor(&[-5.0, -3.0]), &tensor(&[-4.0, -3.5]))), &[0.0], 0.0);
    }

    #[test]
    fn policy_equal_to_reference_gives_a_half() {
        let losses = kto(tensor(&[0.0; 2]), tensor(&[1.0, 0.0]), tensor(&[0.0]), 0.1, [1.0; 2]);
        close(&values(losses), &[0.5, 0.5], 1e-6);
    }

    #[test]
    fn extremes_stay_finite() {
        let ratios = tracked(&[1e4, -1e4, 1e4, -1e4]);
        let desirable = tensor(&[1.0, 1.0, 0.0, 0.0]);
        let losses = kto(ratios.clone(), desirable, tensor(&[1.0]), 0.1, [1.0; 2]);
        let mut gradients = losses.clone().sum().backward();
        close(&values(losses), &[0.0, 1.0, 1.0, 0.0], 1e-6);
        assert!(gradient(&ratios, &mut gradients).iter().all(|v| v.is_finite()));
    }
}
