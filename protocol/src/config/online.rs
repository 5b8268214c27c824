//! Options of the methods that learn from what the model writes while it trains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of PPO, Schulman et al. 2017, as Ziegler et al. 2019 use it on language models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PpoConfig {
    /// Longest response, tokens.
    pub response_length: u32,
    /// Sampling temperature, above 0; log-probabilities are taken at it throughout.
    pub temperature: f64,
    /// Taken off the score of a response that doesn't end by itself; left out, nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_eos_penalty: Option<f64>,
    /// Price of a nat of KL from the reference, in units of the score; with `adap_kl_ctrl` the
    /// first value.
    pub kl_coef: f64,
    /// How a token's KL is found.
    pub kl_estimator: KlEstimator,
    /// Whether `kl_coef` moves so that the KL stays at `target`.
    pub adap_kl_ctrl: bool,
    /// The KL of whole responses to hold, nats; 6 by default. Read with `adap_kl_ctrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Responses over which `kl_coef` follows; 10000 by default. Read with `adap_kl_ctrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub horizon: Option<f64>,
    /// Whether scores are divided by the standard deviation of all so far.
    pub use_score_scaling: bool,
    /// Whether their mean so far is taken off first. Read with `use_score_scaling`.
    pub use_score_norm: bool,
    /// Cut scores to this, above and below 0, after any scaling; left out, they aren't cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score_clip: Option<f64>,
    /// Whether token rewards are divided by their standard deviation.
    pub whiten_rewards: bool,
    /// Passes over a rollout.
    pub num_ppo_epochs: u32,
    /// Updates of each pass. A rollout has `batch_size × accumulation × num_mini_batches` prompts.
    pub num_mini_batches: u32,
    /// How far an update may move a token's probability ratio from 1.
    pub cliprange: f64,
    /// How far an update may move a value.
    pub cliprange_value: f64,
    /// Weight of the value loss.
    pub vf_coef: f64,
    /// Discount of later rewards.
    pub gamma: f64,
    /// Bias against variance in the advantages (GAE): 1 trusts rewards, 0 the critic.
    pub lam: f64,
    /// End a rollout's updates once the policy has moved this far from the one that sampled
    /// (mean of half the squared log-ratio); left out, never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_kl: Option<f64>,
    /// Skip an update whose mean ratio is above this.
    pub ratio_threshold: f64,
}

impl Default for PpoConfig {
    fn default() -> Self {
        Self {
            response_length: 53,
            temperature: 0.7,
            missing_eos_penalty: None,
            kl_coef: 0.05,
            kl_estimator: KlEstimator::K1,
            adap_kl_ctrl: false,
            target: None,
            horizon: None,
            use_score_scaling: false,
            use_score_norm: false,
            score_clip: None,
            whiten_rewards: false,
            num_ppo_epochs: 4,
            num_mini_batches: 1,
            cliprange: 0.2,
            cliprange_value: 0.2,
            vf_coef: 0.1,
            gamma: 1.0,
            lam: 0.95,
            target_kl: None,
            ratio_threshold: 10.0,
        }
    }
}

/// Estimators of a token's KL (Schulman's note), and the KL itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KlEstimator {
    /// The log-ratio: unbiased.
    K1,
    /// `e^r − 1 − r`: unbiased, never negative, of lower variance.
    K3,
    /// The log-ratio's size, whichever way it goes.
    Abs,
    /// Half the log-ratio's square.
    Mse,
    /// Exact, over the whole vocabulary: the same whichever token was sampled.
    Full,
}

impl KlEstimator {
    /// Of one sampled token, from its log-probabilities, nats. Schulman 2020; `abs` and `mse` as in
    /// TRL 0.11. `None` for `full`, which takes whole distributions.
    pub fn estimate(self, policy: f64, reference: f64) -> Option<f64> {
        let r = reference - policy;
        match self {
            Self::K1 => Some(-r),
            Self::K3 => Some(r.exp_m1() - r),
            Self::Abs => Some(r.abs()),
            Self::Mse => Some(0.5 * r * r),
            Self::Full => None,
        }
    }
}

/// Options of RLOO, Ahmadian et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RlooConfig {
    /// Completions of each prompt, at least 2: each is measured against the mean of the others.
    pub num_generations: u32,
    /// Longest completion, tokens.
    pub max_completion_length: u32,
    /// Sampling temperature, above 0.
    pub temperature: f64,
    /// Taken off the score of a completion that doesn't end by itself; left out, nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_eos_penalty: Option<f64>,
    /// Price of a nat of KL from the reference, in units of the score.
    pub beta: f64,
    /// Updates on each rollout.
    pub num_iterations: u32,
    /// How far an update may move a completion's probability ratio from 1.
    pub epsilon: f64,
    /// Whether advantages are brought to mean 0 and standard deviation 1.
    pub normalize_advantages: bool,
}

impl Default for RlooConfig {
    fn default() -> Self {
        Self {
            num_generations: 2,
            max_completion_length: 256,
            temperature: 1.0,
            missing_eos_penalty: None,
            beta: 0.05,
            num_iterations: 1,
            epsilon: 0.2,
            normalize_advantages: false,
        }
    }
}

/// Options of online preference training, Guo et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OnlineDpoConfig {
    /// The loss.
    pub loss_type: OnlineLoss,
    /// How strongly the policy is held to the reference: higher holds harder.
    pub beta: f64,
    /// Longest completion, tokens.
    pub max_new_tokens: u32,
    /// Sampling temperature, above 0.
    pub temperature: f64,
    /// Taken off the score of a completion that doesn't end by itself; left out, nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_eos_penalty: Option<f64>,
}

impl Default for OnlineDpoConfig {
    fn default() -> Self {
        Self {
            loss_type: OnlineLoss::Sigmoid,
            beta: 0.1,
            max_new_tokens: 64,
            temperature: 0.9,
            missing_eos_penalty: None,
        }
    }
}

/// The losses of online preference training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnlineLoss {
    /// DPO: the logistic loss of the margin.
    Sigmoid,
    /// IPO on summed log-ratios: pulls the margin to 1/(2β).
    Ipo,
}

/// What sampled completions are scored by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreConfig {
    /// Who scores.
    pub by: ScoreSource,
    /// With `reward_model`: its adapter; in the page, the number of the run that trained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<String>,
    /// With `reward_model`: the model under the adapter, where it isn't the one that trains. With
    /// `judge`: the judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With `words`: the score is the share of these that a completion holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// With `length`: words at which the score is 1; it falls to 0 at none and at twice as many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
}

/// Who scores a completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreSource {
    /// The default model's own measure: how pleased a review is, 0 to 1.
    #[default]
    Gold,
    /// A rule: which words it holds.
    Words,
    /// A rule: how many words it has.
    Length,
    /// A reward model, from a run with `method = "reward"`.
    RewardModel,
    /// Another language model, asked for a mark from 1 to 10; scores are from −1 to 1.
    Judge,
}
