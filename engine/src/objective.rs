//! One pure function of log-probabilities per method: tensors in, per-example losses out.
//!
//! An objective knows no model, batch, config or device. The loop takes means and gradients.

use burn::tensor::{Tensor, activation};

pub mod kto;
pub mod pair;
pub mod ppo;
pub mod reference_free;
pub mod reward;
pub mod rloo;
pub mod sft;
mod sorted;

/// Where each objective comes from: method, its option's name, function, paper and equation.
#[rustfmt::skip] // a row a line
pub const INDEX: &[(&str, &str, &str, &str)] = &[
    ("sft", "-", "sft::nll", "next-token cross-entropy"),
    ("dpo", "sigmoid", "pair::sigmoid", "Rafailov et al. 2023, eq. 7"),
    ("dpo", "label_smoothing", "pair::sigmoid", "Mitchell 2023, eq. 3"),
    ("dpo", "robust", "pair::robust", "Chowdhury et al. 2024"),
    ("dpo", "hinge", "pair::hinge", "Liu et al. 2023 (RSO), hinge-norm; Zhao et al. 2023 (SLiC-HF)"),
    ("dpo", "ipo", "pair::ipo", "Azar et al. 2023, eq. 17"),
    ("dpo", "sigmoid_norm", "pair::sigmoid", "Lambert et al. 2024 (Tülu 3); Meng et al. 2024, appendix"),
    ("dpo", "exo_pair", "pair::exo_pair", "Ji et al. 2024, eq. 16"),
    ("dpo", "nca_pair", "pair::nca_pair", "Chen et al. 2024 (NCA), two completions"),
    ("dpo", "bco_pair", "pair::bco_pair", "Jung et al. 2024, without the reward shift"),
    ("dpo", "sppo_hard", "pair::sppo_hard", "Wu et al. 2024, eq. 4.7 with P of 1 and 0"),
    ("dpo", "apo_zero", "pair::apo_zero", "D'Oosterlinck et al. 2024, eq. 7"),
    ("dpo", "apo_down", "pair::apo_down", "D'Oosterlinck et al. 2024, eq. 8"),
    ("dpo", "discopop", "pair::discopop", "Lu et al. 2024, eq. 5"),
    ("dpo", "aot", "pair::aot", "Melnyk et al. 2024, paired"),
    ("dpo", "aot_unpaired", "pair::aot_unpaired", "Melnyk et al. 2024, unpaired"),
    ("dpo", "aot, aot_unpaired", "sorted::ascending", "one-dimensional transport: quantile to quantile"),
    ("dpo", "sft", "pair::sft", "Pang et al. 2024 (RPO), the likelihood's term"),
    ("dpo", "f_divergence_type", "pair::Divergence", "Wang et al. 2023"),
    ("spin", "sigmoid, hinge", "pair::sigmoid", "Chen et al. 2024 (SPIN), eq. 4.7"),
    ("sppo", "-", "pair::sppo", "Wu et al. 2024, eq. 4.7, halved as in its authors' code"),
    ("cpo", "sigmoid", "reference_free::cpo", "Xu et al. 2024, eq. 3"),
    ("cpo", "simpo", "reference_free::simpo", "Meng et al. 2024, eq. 6"),
    ("orpo", "-", "reference_free::orpo", "Hong et al. 2024, eqs. 6 and 7"),
    ("slic", "-", "reference_free::slic", "Zhao et al. 2023, section 2"),
    ("kto", "kto", "kto::kto", "Ethayarajh et al. 2024, eq. 7"),
    ("kto", "apo_zero_unpaired", "kto::apo_zero_unpaired", "D'Oosterlinck et al. 2024, eq. 7, unpaired"),
    ("reward", "-", "reward::bradley_terry", "Ouyang et al. 2022, eq. 1; margin: Touvron et al. 2023, eq. 2"),
    ("reward", "center_rewards_coefficient", "reward::centering", "Eisenstein et al. 2023"),
    ("reward", "soft labels", "reward::soft_labels", "Lee et al. 2023 (RLAIF)"),
    ("ppo", "cliprange", "ppo::policy_losses", "Schulman et al. 2017, eq. 7"),
    ("ppo", "cliprange_value", "ppo::value_losses", "Schulman et al. 2017, eq. 9, clipped as OpenAI's code does"),
    ("ppo", "gamma, lam", "ppo::gae", "Schulman et al. 2015, eq. 16"),
    ("ppo", "kl_coef", "ppo::token_rewards", "Ziegler et al. 2019, eq. 2"),
    ("ppo", "kl_estimator", "KlEstimator::estimate", "Schulman 2020; abs and mse: TRL 0.11"),
    ("ppo", "full", "logps::logps_of_both", "the KL itself, as TRL 0.11 charges it"),
    ("ppo", "use_score_scaling", "ppo::Moments", "Chan et al. 1979, as TRL 0.11 uses it"),
    ("ppo", "target, horizon", "ppo::adaptive_kl", "Ziegler et al. 2019, section 2.2"),
    ("ppo", "whiten_rewards", "ppo::whiten", "Huang et al. 2024 (N+ details)"),
    ("rloo", "num_generations", "rloo::advantages", "Kool et al. 2019; Ahmadian et al. 2024"),
    ("rloo", "epsilon", "rloo::sequence_losses", "Ahmadian et al. 2024, clipped as PPO's eq. 7"),
];

/// Exponents beyond this are held there: f32 ends at e^88, and WGSL promises nothing of infinity.
const LARGEST_EXPONENT: f64 = 80.0;

/// `e^x`, finite.
fn exp(x: Tensor<1>) -> Tensor<1> {
    x.clamp_max(LARGEST_EXPONENT).exp()
}

/// `σ(x)`. Beyond ±80 value and gradient are no longer told from their limits.
fn logistic(x: Tensor<1>) -> Tensor<1> {
    activation::sigmoid(x.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT))
}

#[cfg(test)]
mod testing {
    use burn::tensor::{Device, Gradients, Tensor, TensorData};
    use serde_json::Value;

    pub(super) fn tensor(values: &[f64]) -> Tensor<1> {
        let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
        let length = values.len();
        Tensor::from_data(TensorData::new(values, [length]), &Device::flex())
    }

    pub(super) fn tracked(values: &[f64]) -> Tensor<1> {
        tensor(values).autodiff().require_grad()
    }

    pub(super) fn values(tensor: Tensor<1>) -> Vec<f64> {
        tensor.inner().into_data().iter::<f64>().collect()
    }

    /// Zeros where no graph reaches.
    pub(super) fn gradient(of: &Tensor<1>, gradients: &mut Gradients) -> Vec<f64> {
        let found = of.grad_remove(gradients);
        values(found.unwrap_or_else(|| of.clone().inner().zeros_like()))
    }

    /// Within `tolerance`, relative above 1: an f32 has 24 bits wherever its point is.
    #[track_caller]
    pub(super) fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            let distance = (a - b).abs();
            assert!(distance <= tolerance * b.abs().max(1.0), "{found:?} is not {expected:?}");
        }
    }

    /// Values and gradients computed from the formulas in float64.
    pub(super) fn goldens() -> Value {
        let text = include_str!("../../tests/fixtures/goldens.json");
        serde_json::from_str(text).unwrap()
    }

    pub(super) fn list(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(number).collect()
    }

    pub(super) fn rows(value: &Value) -> Vec<Vec<f64>> {
        value.as_array().unwrap().iter().map(list).collect()
    }

    pub(super) fn number(value: &Value) -> f64 {
        value.as_f64().unwrap()
    }

    pub(super) fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }
}
