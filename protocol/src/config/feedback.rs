//! Options of supervised fine-tuning, reward models and rating feedback.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of supervised fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SftConfig {
    /// Whether the loss counts completion tokens alone, or the prompt's too.
    pub completion_only_loss: bool,
}

impl Default for SftConfig {
    fn default() -> Self {
        Self { completion_only_loss: true }
    }
}

/// Options of reward models, Bradley and Terry 1952.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// Pull of the rewards' mean to zero; 0.01 is usual, left out is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub center_rewards_coefficient: Option<f64>,
    /// Completions of the model as it came, by which rewards are brought to mean 0 and standard
    /// deviation 1 after training; 0 leaves them as they are.
    pub normalize_samples: u32,
}

/// Options of KTO, Ethayarajh et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KtoConfig {
    /// The loss.
    pub loss_type: KtoLoss,
    /// How strongly the policy is held to the reference: higher holds harder.
    pub beta: f64,
    /// Weight of completions that were liked.
    pub desirable_weight: f64,
    /// Weight of completions that weren't.
    pub undesirable_weight: f64,
}

impl Default for KtoConfig {
    fn default() -> Self {
        Self { loss_type: KtoLoss::Kto, beta: 0.1, desirable_weight: 1.0, undesirable_weight: 1.0 }
    }
}

/// The losses on ratings, under TRL's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KtoLoss {
    /// Each completion against the policy's own distance from the reference.
    Kto,
    /// APO-zero on ratings: each completion against zero.
    ApoZeroUnpaired,
}
