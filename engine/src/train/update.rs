//! One optimiser update of PPO or RLOO on a mini-batch of experiences.

use burn::tensor::Tensor;
use temper_protocol::Failure;

use super::backward::backward;
use super::experience::at_temperature;
use super::optimizer::{AdamW, GroupedGradients, clip_scale};
use super::task::vector;
use crate::data::Sequence;
use crate::data::batch::Batch;
use crate::device::read;
use crate::logps::logps_with;
use crate::model::{Adapter, Decoder};
use crate::objective::{ppo, rloo};
use crate::open::OpenModel;
use crate::scores::values;

/// What an update may do.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateOptions {
    /// The objective.
    pub objective: Objective,
    /// Sampling temperature.
    pub temperature: f64,
    /// Rows of one forward pass.
    pub batch_size: usize,
    /// Of this update.
    pub learning_rate: f64,
    /// Gradients are scaled down to this norm; 0 never clips.
    pub max_grad_norm: f64,
    /// No update above this mean of half the squared log-ratio.
    pub target_kl: Option<f64>,
    /// No update above this mean ratio.
    pub ratio_threshold: f64,
    /// Whether layers are computed again in the backward pass.
    pub gradient_checkpointing: bool,
}

/// Which objective, with the options that it alone reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Objective {
    /// PPO's, on tokens.
    Ppo {
        /// Of the policy's ratios.
        cliprange: f64,
        /// Of the critic's values.
        cliprange_value: f64,
        /// Weight of the value loss.
        vf_coef: f64,
    },
    /// RLOO's, on whole completions.
    Rloo {
        /// Of the completions' ratios.
        epsilon: f64,
    },
}

/// A completion to learn from. Lists are of its counted tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Prompt and completion.
    pub sequence: Sequence,
    /// Under the policy that sampled it.
    pub old_logps: Vec<f32>,
    /// Of each token; for RLOO, one.
    pub advantages: Vec<f32>,
    /// The critic's before the update; empty without one.
    pub old_values: Vec<f32>,
    /// What it should have said; empty without one.
    pub returns: Vec<f32>,
}

/// What an update did. Means are over the mini-batch's counted tokens, for RLOO over completions.
#[derive(Clone, Debug, PartialEq)]
pub struct Updated {
    /// Of the policy.
    pub policy_loss: f64,
    /// Of the critic, before its weight.
    pub value_loss: f64,
    /// Half the squared log-ratio.
    pub approxkl: f64,
    /// Share of clipped ratios.
    pub clipfrac: f64,
    /// Share of clipped values.
    pub value_clipfrac: f64,
    /// New over old probability.
    pub ratio: f64,
    /// Of the next-token distributions, nats.
    pub entropy: f64,
    /// Before clipping.
    pub grad_norm: f64,
    /// Whether the weights were left as they were: the policy had moved too far.
    pub skipped: Option<Skipped>,
}

/// Why an update wasn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// The policy is as far from the one that sampled as it may get.
    TargetKl,
    /// The mean ratio is beyond its threshold.
    Ratio,
    /// A loss or a gradient isn't a number.
    NonFinite,
}

/// Metrics of a mini-batch: policy loss, value loss, approxkl, clipfrac, value clipfrac, ratio,
/// entropy; each the part of the mean that a micro-batch brings, `[1]`.
type Parts = [Tensor<1>; 7];

/// Takes one update on a mini-batch.
///
/// # Errors
/// A lost device.
pub async fn update(
    open: &mut OpenModel,
    optimizer: &mut AdamW,
    lessons: &[&Lesson],
    options: &UpdateOptions,
) -> Result<Updated, Failure> {
    let pad = open.pad_id();
    let tokens: usize = lessons.iter().map(|lesson| lesson.old_logps.len()).sum();
    let mut gradients: Option<GroupedGradients> = None;
    let mut sums: Option<Parts> = None;
    for part in lessons.chunks(options.batch_size.max(1)) {
        let model = &mut open.decoder;
        // Neither method drops anything, so the seed decides nothing.
        model.record_seeded(0, options.gradient_checkpointing);
        let (loss, parts) = micro(model, part, options, (tokens, lessons.len()), pad);
        let found = backward(model, &loss);
        gradients = Some(optimizer.collect(model, found).onto(gradients));
        sums = Some(match sums {
            Some(sums) => add(sums, parts),
            None => parts,
        });
    }
    open.decoder.record(false);
    let norm = gradients.as_ref().and_then(GroupedGradients::norm);
    let all = sums.into_iter().flatten().chain(norm).collect();
    let numbers: Vec<f64> = read(Tensor::cat(all, 0)).await?.into_iter().map(f64::from).collect();
    let updated = told(&numbers, options);
    if let (Some(gradients), None) = (gradients, updated.skipped) {
        let scale = clip_scale(updated.grad_norm, options.max_grad_norm);
        optimizer.step(&mut open.decoder, gradients, scale, options.learning_rate);
    }
    Ok(updated)
}

fn told(numbers: &[f64], options: &UpdateOptions) -> Updated {
    let number = |i: usize| numbers.get(i).copied().unwrap_or(f64::NAN);
    let (approxkl, ratio) = (number(2), number(5));
    let skipped = if (0..8).any(|i| !number(i).is_finite()) {
        Some(Skipped::NonFinite)
    } else if options.target_kl.is_some_and(|target| approxkl > target) {
        Some(Skipped::TargetKl)
    } else if ratio > options.ratio_threshold {
        Some(Skipped::Ratio)
    } else {
        None
    };
    Updated {
        policy_loss: number(0),
        value_loss: number(1),
        approxkl,
        clipfrac: number(3),
        value_clipfrac: number(4),
        ratio,
        entropy: number(6),
        grad_norm: number(7),
        skipped,
    }
}

fn add(sums: Parts, parts: Parts) -> Parts {
    let mut parts = parts.into_iter();
    sums.map(|sum| match parts.next() {
        Some(part) => sum + part,
        None => sum,
    })
}

/// One forward pass; the loss with a graph. `tokens` and `rows` are the mini-batch's.
fn micro(
    model: &Decoder,
    lessons: &[&Lesson],
    options: &UpdateOptions,
    (tokens, rows): (usize, usize),
    pad: u32,
) -> (Tensor<1>, Parts) {
    let batch = Batch::new(&lessons.iter().map(|l| &l.sequence).collect::<Vec<_>>(), pad);
    let found = logps_with(model, &batch, Adapter::Policy, &at_temperature(options.temperature));
    let gather = |of: fn(&Lesson) -> &Vec<f32>| gathered(lessons, of, model);
    let advantages = gather(|lesson| &lesson.advantages);
    let entropy = found.stats.entropy.clone().sum() / tokens as f64;
    match options.objective {
        Objective::Ppo { cliprange, cliprange_value, vf_coef } => {
            let new = found.tokens.narrow(0, 0, batch.targets.len());
            let old = gather(|lesson| &lesson.old_logps);
            let (old_values, returns) =
                (gather(|lesson| &lesson.old_values), gather(|lesson| &lesson.returns));
            let now = values(model, &batch, Adapter::Critic);
            let count = tokens as f64;
            let losses = ppo::policy_losses(&new, &old, &advantages, cliprange);
            let of_policy = policy_parts(losses, [&new, &old, &advantages], cliprange, count);
            let value =
                ppo::value_losses(&now, &old_values, &returns, cliprange_value).sum() / count;
            let value_clipped =
                ppo::value_clipped(&now, &old_values, &returns, cliprange_value).sum() / count;
            let [policy, approxkl, clipped, ratio] = of_policy;
            let loss = policy.clone() + value.clone() * vf_coef;
            let [policy, value] = [policy.inner(), value.inner()];
            (loss, [policy, value, approxkl, clipped, value_clipped, ratio, entropy])
        }
        Objective::Rloo { epsilon } => {
            let sums = lessons.iter().map(|lesson| lesson.old_logps.iter().sum()).collect();
            let old = vector(sums, model);
            let new = found.rows;
            let losses = rloo::sequence_losses(&new, &old, &advantages, epsilon);
            let seen = [&new, &old, &advantages];
            let of_policy = policy_parts(losses, seen, epsilon, rows as f64);
            let [loss, approxkl, clipped, ratio] = of_policy;
            let none = || Tensor::zeros([1], &model.device());
            let policy = loss.clone().inner();
            (loss, [policy, none(), approxkl, clipped, none(), ratio, entropy])
        }
    }
}

/// A column of all lessons, `[tokens]` or `[rows]`.
fn gathered(lessons: &[&Lesson], of: fn(&Lesson) -> &Vec<f32>, model: &Decoder) -> Tensor<1> {
    vector(lessons.iter().flat_map(|lesson| of(lesson)).copied().collect(), model)
}

/// Of tokens or of whole completions: the mean loss, with a graph; approxkl, clipped share, ratio.
fn policy_parts(
    losses: Tensor<1>,
    [new, old, advantages]: [&Tensor<1>; 3],
    cliprange: f64,
    count: f64,
) -> [Tensor<1>; 4] {
    [
        losses.sum() / count,
        ppo::approxkl(new, old).sum() / count,
        ppo::policy_clipped(new, old, advantages, cliprange).sum() / count,
        ppo::ratio(&new.clone().inner(), old).sum() / count,
    ]
}
