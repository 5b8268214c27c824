//! Questions about text and the model as it is: what it writes, how likely it finds a row, what is
//! better, what a run would take.

use serde::{Deserialize, Serialize};

use crate::event::MemoryEstimate;

/// What can be asked of the model at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Question {
    /// Samples a completion of each prompt.
    Generate(GenerateRequest),
    /// How likely policy and reference find each token of a row's completions.
    Inspect {
        /// One row of a data file, JSON: a pair, or a completion.
        row: String,
    },
}

/// Answers, one variant a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Finding {
    /// To `Generate`, one a prompt.
    Generated(Vec<Generated>),
    /// To `Inspect`: of a pair chosen, then rejected; else the only completion.
    Inspected(Vec<InspectedCompletion>),
}

/// Completions asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateRequest {
    /// One user turn each, rendered by the model's chat template where it has one.
    pub prompts: Vec<String>,
    /// At most this many tokens each.
    pub max_new_tokens: u32,
    /// 0 is greedy.
    pub temperature: f64,
    /// 0 is off.
    pub top_k: u32,
    /// 1 is off.
    pub top_p: f64,
    /// The same seed draws the same tokens.
    pub seed: u32,
    /// Whether the reference answers instead of the policy.
    pub reference: bool,
}

/// A sampled completion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The text, special tokens left out.
    pub text: String,
    /// Token ids, the stop token included.
    pub ids: Vec<u32>,
}

/// A completion under glass: the tokens that a loss counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectedCompletion {
    /// In their order, the end of text included.
    pub tokens: Vec<InspectedToken>,
}

impl InspectedCompletion {
    /// `log p(completion | prompt)` under the policy, nats.
    pub fn policy(&self) -> f64 {
        self.tokens.iter().map(|token| token.policy).sum()
    }

    /// The same under the reference.
    pub fn reference(&self) -> f64 {
        self.tokens.iter().map(|token| token.reference).sum()
    }
}

/// One token of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectedToken {
    /// As text; special tokens by their name.
    pub text: String,
    /// Its log-probability under the policy, nats.
    pub policy: f64,
    /// Under the reference.
    pub reference: f64,
    /// `Σ_v p(v) (log p(v) − log q(v))` of the policy's next-token distribution p and the
    /// reference's q before this token, at temperature 1; nats.
    pub kl: f64,
}

/// Who says what is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Referee {
    /// The rule that the default model's reviews were written by: how pleased a review is.
    Gold,
    /// The second model, shown both orders.
    Judge,
}

/// Two responses to one prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was asked.
    pub prompt: String,
    /// A response; where the data prefers one, that one.
    pub first: String,
    /// The other.
    pub second: String,
}

/// What a referee says of a comparison. Probabilities are those that the first response is better.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// Averaged over both orders.
    pub first: f64,
    /// With the first response shown first.
    pub forward: f64,
    /// With the first response shown second.
    pub backward: f64,
    /// Whether the referee answered, rather than say something else or be asked too long a text.
    pub answered: bool,
}

/// A row that can't be used as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowProblem {
    /// Its line, counted from 1.
    pub line: u32,
    /// What is wrong, in words.
    pub message: String,
}

/// What a run would take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEstimate {
    /// At its fullest moment.
    pub memory: MemoryEstimate,
    /// What the device has for all of it, bytes, where it is known.
    pub available_bytes: Option<f64>,
    /// Numbers that train.
    pub trainable: f64,
    /// Optimiser steps in all; 0 where only sampling tells.
    pub steps: u32,
}
