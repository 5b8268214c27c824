//! Options of self-play.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of SPIN, Chen et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SpinConfig {
    /// Rounds against the model's own last state, at most.
    pub iterations: u32,
    /// The loss.
    pub loss_type: SpinLoss,
    /// How strongly each round holds the policy to its opponent; the last counts on.
    pub beta: Vec<f64>,
    /// Peak learning rate of each round, the last counting on; empty is the optimiser's.
    pub learning_rates: Vec<f64>,
    /// Longest answer of the opponent, tokens.
    pub max_new_tokens: u32,
    /// Sampling temperature of the opponent; 0 is greedy.
    pub temperature: f64,
    /// Sample only among the most likely tokens that together reach this.
    pub top_p: f64,
    /// End after a round in which real and own answers were told apart no more often than this.
    pub stop_accuracy: f64,
    /// End where this share of the opponent's answers equals the real ones.
    pub stop_identical: f64,
}

impl Default for SpinConfig {
    fn default() -> Self {
        Self {
            iterations: 3,
            loss_type: SpinLoss::Sigmoid,
            beta: vec![0.1],
            learning_rates: Vec::new(),
            max_new_tokens: 256,
            temperature: 1.0,
            top_p: 1.0,
            stop_accuracy: 0.55,
            stop_identical: 0.95,
        }
    }
}

/// The losses of SPIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpinLoss {
    /// The logistic loss of the margin.
    Sigmoid,
    /// Stops pulling at a margin of 1/β.
    Hinge,
}

/// Options of SPPO, Wu et al. 2024.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SppoConfig {
    /// Rounds on the model's own answers.
    pub iterations: u32,
    /// Answers to each prompt, at least 2; best and worst become the pair.
    pub num_generations: u32,
    /// The paper's 1/η: lower asks for larger steps.
    pub beta: f64,
    /// Peak learning rate of each round, the last counting on; empty is the optimiser's.
    pub learning_rates: Vec<f64>,
    /// Longest answer, tokens.
    pub max_new_tokens: u32,
    /// Sampling temperature, above 0.
    pub temperature: f64,
    /// Sample only among the most likely tokens that together reach this.
    pub top_p: f64,
}

impl Default for SppoConfig {
    fn default() -> Self {
        Self {
            iterations: 3,
            num_generations: 5,
            beta: 1e-3,
            learning_rates: Vec::new(),
            max_new_tokens: 256,
            temperature: 1.0,
            top_p: 1.0,
        }
    }
}
