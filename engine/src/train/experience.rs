//! What a rollout is worth: its log-probabilities under policy and reference, its values, and the
//! advantages that follow from its score.

use burn::tensor::Tensor;
use temper_protocol::{Failure, KlEstimator, PpoConfig};

use super::reference::Reference;
use super::rollout::Rollout;
use crate::data::Sequence;
use crate::data::batch::Batch;
use crate::device::read;
use crate::logps::{Options, logps_of_both, logps_with};
use crate::model::{Adapter, Decoder};
use crate::objective::ppo;
use crate::open::OpenModel;
use crate::scores::values;

/// TRL's and OpenAI's: a temperature of 0 would divide by nothing.
const TEMPERATURE_EPS: f64 = 1e-7;

/// A rollout as measured before any update. Lists are of its counted tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Prompt and completion.
    pub sequence: Sequence,
    /// Its score as it is learned from, penalties taken off.
    pub score: f64,
    /// Under the policy that sampled it, nats.
    pub old_logps: Vec<f32>,
    /// Under the reference, nats.
    pub reference_logps: Vec<f32>,
    /// KL from the reference as [`Gauge::estimator`] finds it, nats.
    pub kls: Vec<f64>,
    /// The critic's, before each token; empty without a critic.
    pub values: Vec<f32>,
    /// Of the policy's next-token distributions, summed, nats.
    pub entropy: f64,
}

impl Measured {
    /// KL from the reference, summed over the tokens, nats.
    pub fn kl(&self) -> f64 {
        self.kls.iter().sum()
    }
}

/// How rollouts are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// That of the sampling.
    pub temperature: f64,
    /// Whether the critic says its values.
    pub critic: bool,
    /// How a token's KL is found.
    pub estimator: KlEstimator,
}

impl Gauge {
    /// Whether tokens' KLs take whole distributions.
    fn is_exact(&self) -> bool {
        self.estimator == KlEstimator::Full
    }
}

/// A rollout ready to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Experience {
    /// What was measured.
    pub measured: Measured,
    /// The price of its KL, without the score and before any whitening.
    pub non_score_reward: f64,
    /// Score and KL, token by token.
    pub token_rewards: Vec<f64>,
    /// By GAE, before whitening.
    pub advantages_raw: Vec<f64>,
    /// Whitened over the whole rollout.
    pub advantages: Vec<f64>,
    /// What the critic should have said.
    pub returns: Vec<f64>,
}

/// Logits are divided by the sampling temperature wherever a rollout is measured.
pub fn at_temperature(temperature: f64) -> Options {
    Options { temperature: temperature + TEMPERATURE_EPS, ..Options::default() }
}

/// Measures rollouts, without a graph.
///
/// # Errors
/// A lost device.
pub async fn measure(
    open: &mut OpenModel,
    reference: &Reference,
    rollouts: &[Rollout],
    gauge: &Gauge,
    batch_size: usize,
) -> Result<Vec<Measured>, Failure> {
    open.decoder.record(false);
    let (model, pad) = (&open.decoder, open.pad_id());
    let mut found = Vec::with_capacity(rollouts.len());
    for part in rollouts.chunks(batch_size.max(1)) {
        let batch = Batch::new(&part.iter().map(|r| &r.sequence).collect::<Vec<_>>(), pad);
        let tokens = batch.targets.len();
        let numbers = read(Tensor::cat(wanted(model, reference, &batch, gauge), 0)).await?;
        let (old, rest) = numbers.split_at(tokens);
        let (reference, rest) = rest.split_at(tokens);
        let (entropy, rest) = rest.split_at(part.len());
        let (exact, values) = rest.split_at(if gauge.is_exact() { tokens } else { 0 });
        let kls = kls(gauge.estimator, old, reference, exact);
        let mut at = 0;
        for ((rollout, length), entropy) in part.iter().zip(batch.lengths()).zip(entropy) {
            let own = at..at + length;
            at += length;
            found.push(Measured {
                sequence: rollout.sequence.clone(),
                score: rollout.score,
                old_logps: old[own.clone()].to_vec(),
                reference_logps: reference[own.clone()].to_vec(),
                kls: kls[own.clone()].to_vec(),
                values: values.get(own).unwrap_or_default().to_vec(),
                entropy: f64::from(*entropy),
            });
        }
    }
    Ok(found)
}

/// What is read back of a batch, in the order in which [`measure`] takes it apart.
fn wanted(model: &Decoder, reference: &Reference, batch: &Batch, gauge: &Gauge) -> Vec<Tensor<1>> {
    let options = at_temperature(gauge.temperature);
    let counted = |padded: Tensor<1>| padded.narrow(0, 0, batch.targets.len());
    let mut wanted = if gauge.is_exact() {
        let (policy, reference) = ((model, Adapter::Policy), reference.model(model));
        let both = logps_of_both(policy, reference, batch, options.temperature);
        vec![counted(both.policy), counted(both.reference), both.entropy, counted(both.kl)]
    } else {
        let policy = logps_with(model, batch, Adapter::Policy, &options);
        let reference = reference.measure(model, batch, &options);
        vec![counted(policy.tokens), counted(reference.tokens), policy.stats.entropy]
    };
    if gauge.critic {
        wanted.push(values(model, batch, Adapter::Critic));
    }
    wanted
}

/// Of tokens: as estimated from their log-probabilities, or `exact`, where that is what is asked.
fn kls(estimator: KlEstimator, old: &[f32], reference: &[f32], exact: &[f32]) -> Vec<f64> {
    let pairs = old.iter().zip(reference);
    let estimates = pairs.map(|(&old, &other)| estimator.estimate(old.into(), other.into()));
    let estimates: Option<Vec<f64>> = estimates.collect();
    estimates.unwrap_or_else(|| exact.iter().copied().map(f64::from).collect())
}

/// Token rewards, advantages and returns by PPO's options, at a price of KL.
pub fn experiences(measured: Vec<Measured>, ppo: &PpoConfig, kl_coef: f64) -> Vec<Experience> {
    let rewards = |m: &Measured, score: f64| ppo::token_rewards(&m.kls, score, kl_coef);
    let mut token_rewards: Vec<Vec<f64>> = measured.iter().map(|m| rewards(m, m.score)).collect();
    if ppo.whiten_rewards {
        token_rewards = whiten_rows(&token_rewards, false);
    }
    let raw: Vec<Vec<f64>> = measured
        .iter()
        .zip(&token_rewards)
        .map(|(m, rewards)| ppo::gae(rewards, &m.values, ppo.gamma, ppo.lam))
        .collect();
    let whitened = whiten_rows(&raw, true);
    let rows = measured.into_iter().zip(token_rewards).zip(raw.into_iter().zip(whitened));
    rows.map(|((measured, token_rewards), (advantages_raw, advantages))| Experience {
        returns: ppo::returns(&advantages_raw, &measured.values),
        non_score_reward: rewards(&measured, 0.0).iter().sum(),
        measured,
        token_rewards,
        advantages_raw,
        advantages,
    })
    .collect()
}

/// Whitens over all tokens of all rows.
fn whiten_rows(rows: &[Vec<f64>], shift_mean: bool) -> Vec<Vec<f64>> {
    let all: Vec<f64> = rows.iter().flatten().copied().collect();
    let mut whitened = ppo::whiten(&all, shift_mean).into_iter();
    rows.iter().map(|row| whitened.by_ref().take(row.len()).collect()).collect()
}
