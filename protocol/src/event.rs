//! What happens in a run. The page, the command line and the tests read the same events.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// One thing that happened in a run, in order; the last is `Finished` or `Failed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// The run went into a phase, or moved on within one.
    Phase(Phase),
    /// What the run will hold at its peak, told once, before its first step.
    Memory(MemoryEstimate),
    /// A logged step.
    Step(StepMetrics),
    /// Metrics on the held-out rows, keys prefixed with `eval_`.
    Evaluation(StepMetrics),
    /// A completion sampled during training.
    Sample(Sample),
    /// Something the user should know; the run goes on.
    Warning(Warning),
    /// A checkpoint is complete and durable.
    Checkpointed(CheckpointInfo),
    /// Training waits.
    Paused {
        /// Steps done.
        step: u32,
    },
    /// Training goes on.
    Resumed {
        /// Steps done.
        step: u32,
    },
    /// The run is over, with its weights written.
    Finished(Summary),
    /// The run ended early.
    Failed(Failure),
}

/// What a run is busy with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Phase {
    /// Turning rows into token ids.
    Encoding,
    /// Computing the reference's log-probabilities once for every row.
    CachingReference {
        /// Rows done.
        done: u32,
        /// Rows in all.
        total: u32,
    },
    /// Self-play: a new round begins against the model as it is now.
    Iteration {
        /// Which, counted from 1.
        iteration: u32,
        /// At most how many.
        total: u32,
    },
    /// Sampling completions to learn from.
    RollingOut {
        /// Prompts answered.
        done: u32,
        /// Prompts in all.
        total: u32,
    },
    /// Scoring completions.
    Scoring {
        /// Completions scored.
        done: u32,
        /// Completions in all.
        total: u32,
    },
    /// Optimising.
    Training {
        /// Steps in all.
        total: u32,
    },
    /// Measuring on held-out rows.
    Evaluating {
        /// Micro-batches done.
        done: u32,
        /// Micro-batches in all.
        total: u32,
    },
    /// Sampling completions to show.
    Sampling,
    /// Writing the weights.
    Saving,
}

/// The memory of a run's device at the fullest moment of its steps, estimated; on the CPU, that of
/// the process. Bytes as floats: JavaScript has no u64.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryEstimate {
    /// The model, its adapters, and what is copied of it or lies beside it.
    pub weights_bytes: f64,
    /// The optimiser's running means, and the gradients that are held by then.
    pub optimizer_bytes: f64,
    /// What the forward pass keeps for the backward pass.
    pub activation_bytes: f64,
    /// What an operation makes and drops again.
    pub transient_bytes: f64,
    /// On the CPU, the program itself with its tokenizer.
    pub program_bytes: f64,
}

impl MemoryEstimate {
    /// All together, bytes.
    pub fn total(&self) -> f64 {
        self.weights_bytes
            + self.optimizer_bytes
            + self.activation_bytes
            + self.transient_bytes
            + self.program_bytes
    }
}

/// Metrics of one logged step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Optimiser steps done, counted from 1.
    pub step: u32,
    /// Passes over the data, with fractions.
    pub epoch: f64,
    /// TRL's names and values, in the order of logging. Every value is finite.
    pub values: Vec<(String, f64)>,
    /// Wall-clock of the step; kept out of `metrics.jsonl`, which must be reproducible.
    pub secs: f64,
}

impl StepMetrics {
    /// A value by name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(key, _)| key == name).map(|&(_, value)| value)
    }
}

/// One sampled completion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Optimiser steps done when it was drawn; 0 is the model as it came.
    pub step: u32,
    /// Which of the sampled prompts, counted from 0.
    pub index: u32,
    /// The prompt, as text.
    pub prompt: String,
    /// What the model wrote.
    pub completion: String,
}

/// Something the field knows to be worth a word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Warning {
    /// Rows longer than `max_length` lost their tail.
    RowsTruncated {
        /// Their lines in the data file, counted from 1.
        lines: Vec<u32>,
    },
    /// The chat template renders prompt and prompt + completion with different prefixes.
    PrefixMismatch {
        /// Lines in the data file, counted from 1.
        lines: Vec<u32>,
    },
    /// Rows that could not be used.
    RowsDropped {
        /// Lines in the data file, counted from 1.
        lines: Vec<u32>,
        /// Why, in words.
        reason: String,
    },
    /// Both rewards have fallen below zero: expected in DPO while the margin grows.
    RewardsBothFalling {
        /// The step at which it was seen.
        step: u32,
    },
    /// Liked and disliked completions weigh too differently for KTO.
    Imbalance {
        /// Completions that were liked.
        desirable: u32,
        /// Completions that weren't.
        undesirable: u32,
        /// Weight of the liked over that of the others; 1 to 1.33 is advised.
        ratio: f64,
    },
    /// All labels are the same: there is nothing to tell apart.
    OneClass {
        /// The only label.
        label: bool,
    },
    /// Rows say more of their preference than the method reads.
    Unread {
        /// The column.
        column: String,
        /// How many rows have it.
        rows: u32,
    },
    /// None of a rollout's completions ended by itself.
    NoEos {
        /// The step at which it was seen.
        step: u32,
    },
    /// Samples that could not be used.
    SamplesDropped {
        /// How many.
        samples: u32,
        /// Of how many.
        total: u32,
        /// Why, in words.
        reason: String,
    },
    /// A rollout's updates ended early: the policy had moved far enough.
    EarlyStop {
        /// The step.
        step: u32,
        /// Updates taken.
        updates: u32,
    },
    /// Self-play ended before its last round.
    SelfPlayEnded {
        /// Rounds done.
        iteration: u32,
        /// Why, in words.
        reason: String,
    },
}

/// A checkpoint that a run can go on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckpointInfo {
    /// Optimiser steps done.
    pub step: u32,
    /// Its folder within the run.
    pub path: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Optimiser steps done.
    pub steps: u32,
    /// True when the user stopped it before its last step.
    pub stopped: bool,
    /// Where the weights were written, within the run.
    pub weights: String,
    /// Wall-clock of the whole run.
    pub secs: f64,
}
