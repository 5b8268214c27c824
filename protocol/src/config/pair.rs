//! Options of the pair family.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of direct preference optimisation, Rafailov et al. 2023, and of its alternatives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DpoConfig {
    /// The losses to add up.
    pub loss_type: Vec<DpoLoss>,
    /// Their weights; left out, each counts 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss_weights: Option<Vec<f64>>,
    /// How strongly the policy is held to the reference: higher holds harder. Means something
    /// else in each loss.
    pub beta: f64,
    /// Share of labels taken to be wrong; 0 trusts all. Read by `sigmoid`, `robust`, `exo_pair`,
    /// `aot` and `aot_unpaired`; by default 0.001 for `exo_pair`, 0 for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f64>,
    /// Whether `ipo` divides log-ratios by the completions' lengths, as its authors advise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipo_length_normalize: Option<bool>,
    /// Where `discopop` blends its two halves; 0.05 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discopop_tau: Option<f64>,
    /// The divergence that holds the policy to the reference.
    pub f_divergence_type: FDivergence,
    /// The order of `alpha_divergence`; 0.5 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_alpha_divergence_coef: Option<f64>,
    /// Weight of the tokens by which one completion outlasts the other (LD-DPO); left out, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ld_alpha: Option<f64>,
    /// Whether pairs weigh by how likely the policy finds them (WPO).
    pub use_weighting: bool,
    /// Whether the reference follows the policy (TR-DPO). Not with LoRA.
    pub sync_ref_model: bool,
    /// Share of the policy in the reference at each sync; 0.6 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_model_mixup_alpha: Option<f64>,
    /// Steps between two syncs; 512 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ref_model_sync_steps: Option<u32>,
    /// Compute the reference's log-probabilities once, before training.
    pub precompute_ref_log_probs: bool,
}

impl Default for DpoConfig {
    fn default() -> Self {
        Self {
            loss_type: vec![DpoLoss::Sigmoid],
            loss_weights: None,
            beta: 0.1,
            label_smoothing: None,
            ipo_length_normalize: None,
            discopop_tau: None,
            f_divergence_type: FDivergence::ReverseKl,
            f_alpha_divergence_coef: None,
            ld_alpha: None,
            use_weighting: false,
            sync_ref_model: false,
            ref_model_mixup_alpha: None,
            ref_model_sync_steps: None,
            precompute_ref_log_probs: false,
        }
    }
}

/// The losses of the pair family, under TRL's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DpoLoss {
    /// DPO: the logistic loss of the margin.
    Sigmoid,
    /// Unbiased under a known share of wrong labels.
    Robust,
    /// Stops pulling at a margin of 1/β.
    Hinge,
    /// IPO: pulls the margin to 1/(2β), and back from beyond.
    Ipo,
    /// DPO on log-ratios a token: blind to length.
    SigmoidNorm,
    /// EXO: the reverse KL to the labels.
    ExoPair,
    /// NCA: holds the chosen completion's likelihood up.
    NcaPair,
    /// BCO: each completion against a fixed bar.
    BcoPair,
    /// SPPO with hard labels: fixed targets for both completions.
    SppoHard,
    /// APO-zero: chosen up, rejected down.
    ApoZero,
    /// APO-down: both down, rejected more.
    ApoDown,
    /// DiscoPOP: a blend found by search.
    Discopop,
    /// AOT: the sorted margins of the policy above those of the reference.
    Aot,
    /// AOT on unpaired completions: sorted chosen above sorted rejected.
    AotUnpaired,
    /// The chosen completions' own likelihood, as a companion of another loss (RPO).
    Sft,
}

/// EXO's `label_smoothing` where none is given: at 0 its loss has no end.
const EXO_SMOOTHING: f64 = 1e-3;

impl DpoConfig {
    /// `label_smoothing` as a loss reads it.
    pub fn smoothing(&self, loss: DpoLoss) -> f64 {
        let default = if loss == DpoLoss::ExoPair { EXO_SMOOTHING } else { 0.0 };
        self.label_smoothing.unwrap_or(default)
    }

    /// Whether log-probabilities and rewards are logged as means over tokens: as IPO compares them.
    pub fn logs_by_token(&self) -> bool {
        self.loss_type.contains(&DpoLoss::Ipo) && self.ipo_length_normalize.unwrap_or(true)
    }
}

impl DpoLoss {
    /// Whether it reads `label_smoothing`.
    pub const fn is_smoothed(self) -> bool {
        matches!(self, Self::Sigmoid | Self::Robust | Self::ExoPair | Self::Aot | Self::AotUnpaired)
    }

    /// Whether it compares the policy with the reference through `f_divergence_type`.
    pub const fn has_divergence(self) -> bool {
        !matches!(self, Self::ApoZero | Self::Aot | Self::AotUnpaired | Self::Sft)
    }
}

/// How far the policy is from the reference, as each completion's score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FDivergence {
    /// DPO's own.
    ReverseKl,
    /// Covers all that the reference does.
    ForwardKl,
    /// Jensen and Shannon's, between the two.
    JsDivergence,
    /// From one to the other by `f_alpha_divergence_coef`.
    AlphaDivergence,
}

/// Options of contrastive preference optimisation, Xu et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CpoConfig {
    /// Scales the margin between the two log-probabilities.
    pub beta: f64,
    /// Share of labels taken to be wrong; 0 trusts all.
    pub label_smoothing: f64,
    /// Weight of the chosen completions' own likelihood.
    pub cpo_alpha: f64,
}

impl Default for CpoConfig {
    fn default() -> Self {
        Self { beta: 0.1, label_smoothing: 0.0, cpo_alpha: 1.0 }
    }
}

/// Options of SimPO, Meng et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SimpoConfig {
    /// Scales the margin between the two log-probabilities a token; 2 to 2.5 in the paper.
    pub beta: f64,
    /// The margin asked for.
    pub simpo_gamma: f64,
}

impl Default for SimpoConfig {
    fn default() -> Self {
        Self { beta: 2.0, simpo_gamma: 0.5 }
    }
}

/// Options of ORPO, Hong et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrpoConfig {
    /// Weight of the odds ratio beside the likelihood; the paper's λ.
    pub beta: f64,
}

impl Default for OrpoConfig {
    fn default() -> Self {
        Self { beta: 0.1 }
    }
}

/// Options of SLiC, Zhao et al. 2023.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SlicConfig {
    /// The margin between the two log-probabilities at which pulling stops, nats.
    pub delta: f64,
    /// Weight of the chosen completions' own likelihood.
    pub lambda_coef: f64,
}

impl Default for SlicConfig {
    fn default() -> Self {
        Self { delta: 1.0, lambda_coef: 0.1 }
    }
}
