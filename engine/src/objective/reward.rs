//! Objectives of a reward model: one number a completion, learned from comparisons.

use burn::tensor::{Tensor, activation::log_sigmoid};

/// Bradley-Terry: `−log σ(r_w − r_l − m)`, the likelihood of the comparison; a margin `m` above 0
/// asks more of pairs that differ more, else it is 0. Each `[pairs]`.
/// Ouyang et al. 2022, eq. 1; margin: Touvron et al. 2023, eq. 2. `[pairs]`
pub fn bradley_terry(chosen: &Tensor<1>, rejected: &Tensor<1>, margin: &Tensor<1>) -> Tensor<1> {
    -log_sigmoid(chosen.clone() - rejected.clone() - margin.clone())
}

/// `(r_w + r_l)²`, what `center_rewards_coefficient` weighs: comparisons leave the rewards' zero
/// open, and this puts it in the middle. Eisenstein et al. 2023. `[pairs]`
pub fn centering(chosen: &Tensor<1>, rejected: &Tensor<1>) -> Tensor<1> {
    (chosen.clone() + rejected.clone()).square()
}

/// Cross-entropy with a judge's probability P that chosen is better,
/// `−P log σ(Δ) − (1−P) log σ(−Δ)`, `Δ = r_w − r_l`. Lee et al. 2023 (RLAIF). `[pairs]`
pub fn soft_labels(chosen: &Tensor<1>, rejected: &Tensor<1>, probability: &Tensor<1>) -> Tensor<1> {
    let delta = chosen.clone() - rejected.clone();
    let other = -probability.clone() + 1.0;
    -log_sigmoid(delta.clone()) * probability.clone() - log_sigmoid(-delta) * other
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::testing::{
        close, goldens, gradient, list, mean, number, tensor, tracked, values,
    };

    #[test]
    fn goldens_by_their_means() {
        let golden = &goldens()["bt"];
        let column = |key: &str| tensor(&list(&golden[key]));
        let (chosen, rejected) = (column("chosen"), column("rejected"));
        let check = |losses: Tensor<1>, scale: f64, key: &str| {
            close(&[mean(&values(losses)) * scale], &[number(&golden[key])], 1e-6);
        };
        check(bradley_terry(&chosen, &rejected, &chosen.zeros_like()), 1.0, "loss");
        check(bradley_terry(&chosen, &rejected, &column("margin")), 1.0, "loss_margin");
        // At the coefficient that TRL recommends.
        check(centering(&chosen, &rejected), 0.01, "center_term");
        let soft = soft_labels(&chosen, &rejected, &column("soft_label_ce_P"));
        check(soft, 1.0, "soft_label_ce");
    }

    /// `σ(0) − 1 = −0.5` where the margin is met exactly; `2(r_w + r_l) = 3.8`;
    /// at Δ = 0 soft labels pull by `½ − P = −0.1`.
    #[test]
    fn gradients_by_hand() {
        let check = |loss: &dyn Fn(&Tensor<1>) -> Tensor<1>, expected: f64| {
            let chosen = tracked(&[1.2]);
            let mut gradients = loss(&chosen).sum().backward();
            close(&gradient(&chosen, &mut gradients), &[expected], 1e-6);
        };
        check(&|chosen| bradley_terry(chosen, &tensor(&[0.7]), &tensor(&[0.5])), -0.5);
        check(&|chosen| centering(chosen, &tensor(&[0.7])), 3.8);
        check(&|chosen| soft_labels(chosen, &tensor(&[1.2]), &tensor(&[0.6])), -0.1);
    }

    /// Certain labels are Bradley-Terry's: P = 1 as it is, P = 0 with the sides swapped.
    #[test]
    fn certain_soft_labels_are_comparisons() {
        let (chosen, rejected) = (tensor(&[1.2, 1e4]), tensor(&[0.7, -1e4]));
        let (zeros, ones) = (chosen.zeros_like(), chosen.ones_like());
        let plain = values(bradley_terry(&chosen, &rejected, &zeros));
        close(&values(soft_labels(&chosen, &rejected, &ones)), &plain, 1e-6);
        let swapped = values(bradley_terry(&rejected, &chosen, &zeros));
        close(&values(soft_labels(&chosen, &rejected, &zeros)), &swapped, 1e-6);
    }
}
