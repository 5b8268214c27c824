//! Pairwise objectives: one prompt, a chosen and a rejected completion.
//!
//! All raise the policy's log-ratio on the chosen completion over that on the rejected one; they
//! differ in how hard they pull and where they stop.

use burn::tensor::{Tensor, activation::log_sigmoid};

/// Which objective, with the options that it alone reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PairLoss {
    /// [`sigmoid`]
    Sigmoid {
        /// Strength of the pull to the reference.
        beta: f64,
        /// Share of labels taken to be wrong.
        label_smoothing: f64,
    },
}

impl PairLoss {
    /// Per-pair losses. `[pairs]`
    pub fn losses(&self, ratios: &PairLogratios) -> Tensor<1> {
        match *self {
            Self::Sigmoid { beta, label_smoothing } => sigmoid(ratios, beta, label_smoothing),
        }
    }
}

/// `log π − log π_ref` of both completions, summed over tokens, nats. Each `[pairs]`.
#[derive(Clone, Debug)]
pub struct PairLogratios {
    /// Of the preferred completion.
    pub chosen: Tensor<1>,
    /// Of the other.
    pub rejected: Tensor<1>,
}

impl PairLogratios {
    /// How much more than the reference the policy prefers the chosen completion. `[pairs]`
    pub fn margin(&self) -> Tensor<1> {
        self.chosen.clone() - self.rejected.clone()
    }
}

/// DPO: `−(1−ε) log σ(βh) − ε log σ(−βh)`. With ε = 0 a pair pulls with weight β·σ(−βh), so wrong
/// pairs pull hardest; ε > 0 is conservative DPO, which stops at a finite margin.
/// Rafailov et al. 2023, eq. 7; Mitchell 2023, eq. 3. `[pairs]`
pub fn sigmoid(ratios: &PairLogratios, beta: f64, label_smoothing: f64) -> Tensor<1> {
    let z = ratios.margin() * beta;
    let loss = -log_sigmoid(z.clone()) * (1.0 - label_smoothing); // eq. 7
    if label_smoothing == 0.0 {
        return loss;
    }
    loss - log_sigmoid(-z) * label_smoothing // eq. 3
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn tensor(values: &[f64]) -> Tensor<1> {
        let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
        let length = values.len();
        Tensor::from_data(TensorData::new(values, [length]), &Device::flex())
    }

    fn values(tensor: Tensor<1>) -> Vec<f64> {
        tensor.into_data().iter::<f64>().collect()
    }

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < tolerance, "{a} is not {b}");
        }
    }

    /// chosen 1, rejected −2, so h = 3; β = 0.1
    ///   sigmoid  ln(1 + e^−0.3) = 0.554355
    #[test]
    fn by_hand() {
        let ratios = PairLogratios { chosen: tensor(&[1.0]), rejected: tensor(&[-2.0]) };
        close(&values(sigmoid(&ratios, 0.1, 0.0)), &[0.554_355], 1e-6);
    }

    #[test]
    fn policy_equal_to_reference_gives_ln_2() {
        let ratios = PairLogratios { chosen: tensor(&[0.0]), rejected: tensor(&[0.0]) };
        for label_smoothing in [0.0, 0.1] {
            let found = values(sigmoid(&ratios, 0.1, label_smoothing));
            close(&found, &[std::f64::consts::LN_2], 1e-6);
        }
    }

    /// Values and gradients of `goldens.json`, computed from the formulas in float64.
    #[test]
    fn goldens() {
        let text = include_str!("../../../tests/fixtures/goldens.json");
        let goldens: serde_json::Value = serde_json::from_str(text).unwrap();
        let list = |value: &serde_json::Value| -> Vec<f64> {
            value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let inputs = &goldens["inputs"];
        let beta = inputs["beta"].as_f64().unwrap();
        let cases = [
            ("dpo_sigmoid", PairLoss::Sigmoid { beta, label_smoothing: 0.0 }),
            ("cdpo_ls0.1", PairLoss::Sigmoid { beta, label_smoothing: 0.1 }),
        ];
        for (name, loss) in cases {
            let golden = &goldens["losses"][name];
            let chosen = tensor(&list(&inputs["policy_chosen"])).autodiff().require_grad();
            let rejected = tensor(&list(&inputs["policy_rejected"])).autodiff().require_grad();
            let losses = loss.losses(&PairLogratios {
                chosen: chosen.clone() - tensor(&list(&inputs["ref_chosen"])),
                rejected: rejected.clone() - tensor(&list(&inputs["ref_rejected"])),
            });
            let mut gradients = losses.clone().mean().backward();
            close(&values(losses.inner()), &list(&golden["per_example"]), 1e-6);
            let mut check = |of: &Tensor<1>, key: &str| {
                close(&values(of.grad_remove(&mut gradients).unwrap()), &list(&golden[key]), 1e-6);
            };
            check(&chosen, "grad_chosen");
            check(&rejected, "grad_rejected");
        }
    }
}
