//! What each method computes on a micro-batch: losses to descend, sums to log.

use burn::tensor::Tensor;
use temper_protocol::{DpoLoss, Method, ResolvedRun};

use crate::data::batch::Batch;
use crate::data::{EncodedPair, EncodedRow};
use crate::logps::{Logps, logps};
use crate::model::{Adapter, Decoder};
use crate::objective::pair::{PairLogratios, PairLoss};
use crate::objective::sft;
use crate::train::reference::Reference;

/// Log-ratios closer than this, nats, are equal: sums over whole rows are no more exact in f32.
const TIE: f64 = 1e-4;

/// The rows of a run, encoded.
#[derive(Clone, Debug)]
pub enum Examples {
    /// Chosen and rejected completions of one prompt each.
    Pairs(Vec<EncodedPair>),
    /// Completions.
    Rows(Vec<EncodedRow>),
}

impl Examples {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Pairs(pairs) => pairs.len(),
            Self::Rows(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row's line in its file.
    pub fn line(&self, index: usize) -> u32 {
        match self {
            Self::Pairs(pairs) => pairs[index].line,
            Self::Rows(rows) => rows[index].line,
        }
    }

    /// Tokens of some rows, padding not counted.
    pub fn tokens(&self, indices: &[usize]) -> usize {
        let tokens = |&index: &usize| match self {
            Self::Pairs(pairs) => pairs[index].chosen.ids.len() + pairs[index].rejected.ids.len(),
            Self::Rows(rows) => rows[index].sequence.ids.len(),
        };
        indices.iter().map(tokens).sum()
    }

    /// Some rows as one batch; pairs with all chosen first.
    pub fn batch(&self, indices: &[usize], pad: u32) -> Batch {
        let sequences: Vec<_> = match self {
            Self::Pairs(pairs) => {
                let chosen = indices.iter().map(|&i| &pairs[i].chosen);
                chosen.chain(indices.iter().map(|&i| &pairs[i].rejected)).collect()
            }
            Self::Rows(rows) => indices.iter().map(|&i| &rows[i].sequence).collect(),
        };
        Batch::new(&sequences, pad)
    }
}

/// A method with its options and what it compares with.
#[derive(Clone, Debug)]
pub enum Task {
    /// Supervised fine-tuning.
    Sft,
    /// Direct preference optimisation.
    Dpo {
        /// Each loss with its weight.
        losses: Vec<(PairLoss, f64)>,
        /// Scales the logged rewards.
        beta: f64,
        /// Where the reference's log-probabilities come from.
        reference: Reference,
    },
}

/// A micro-batch's losses and metrics.
#[derive(Clone, Debug)]
pub struct MicroLoss {
    /// Sum over the examples, `[1]`, with a graph.
    pub loss: Tensor<1>,
    /// Examples: pairs, or counted tokens for SFT.
    pub examples: usize,
    /// Key, sum `[1]`, count.
    pub metrics: Vec<(&'static str, Tensor<1>, f64)>,
}

impl Task {
    /// The method of a run; `reference` is read by methods that have one.
    pub fn new(run: &ResolvedRun, reference: Reference) -> Self {
        match run.config.method {
            Method::Sft => Self::Sft,
            Method::Dpo => {
                let dpo = run.dpo();
                let weights = dpo.loss_weights.unwrap_or_default();
                let losses = dpo.loss_type.iter().map(|loss| match loss {
                    DpoLoss::Sigmoid => {
                        PairLoss::Sigmoid { beta: dpo.beta, label_smoothing: dpo.label_smoothing }
                    }
                });
                let weights = weights.into_iter().chain(std::iter::repeat(1.0));
                Self::Dpo { losses: losses.zip(weights).collect(), beta: dpo.beta, reference }
            }
        }
    }

    /// How many examples a batch holds: what a step's loss is divided by.
    pub fn examples(&self, batch: &Batch) -> usize {
        match self {
            Self::Sft => batch.targets.len(),
            Self::Dpo { .. } => batch.rows / 2,
        }
    }

    /// One forward pass of the policy, and of the reference where the method has one.
    pub fn micro(&self, model: &Decoder, batch: &Batch, rows: &[usize]) -> MicroLoss {
        let policy = logps(model, batch, Adapter::Policy);
        let examples = self.examples(batch);
        match self {
            Self::Sft => sft_micro(&policy, batch, examples),
            Self::Dpo { losses, beta, reference } => {
                let reference = reference.logps(model, batch, rows);
                dpo_micro(&policy, reference, batch, losses, *beta)
            }
        }
    }
}

fn sft_micro(policy: &Logps, batch: &Batch, examples: usize) -> MicroLoss {
    let loss = sft::nll(&policy.rows).sum();
    let tokens = examples as f64;
    let stats = &policy.stats;
    let metrics = vec![
        ("loss", loss.clone().inner(), tokens),
        ("entropy", stats.entropy.clone().sum(), tokens),
        ("mean_token_accuracy", stats.correct.clone().sum(), tokens),
        ("logps/completion", policy.rows.clone().inner().sum(), batch.rows as f64),
    ];
    MicroLoss { loss, examples, metrics }
}

fn dpo_micro(
    policy: &Logps,
    reference: Tensor<1>,
    batch: &Batch,
    losses: &[(PairLoss, f64)],
    beta: f64,
) -> MicroLoss {
    let pairs = batch.rows / 2;
    let halves = |x: Tensor<1>| [x.clone().narrow(0, 0, pairs), x.narrow(0, pairs, pairs)];
    let [chosen, rejected] = halves(policy.rows.clone() - reference);
    let ratios = PairLogratios { chosen, rejected };
    let weighted = losses.iter().map(|(loss, weight)| loss.losses(&ratios) * *weight);
    let loss = weighted.reduce(|a, b| a + b).unwrap_or_else(|| ratios.margin() * 0.0).sum();

    // Implicit rewards, detached.
    let [reward_chosen, reward_rejected] =
        [&ratios.chosen, &ratios.rejected].map(|ratio| ratio.clone().inner() * beta);
    let right = ratios.margin().inner().greater_scalar(TIE).float();
    let [logps_chosen, logps_rejected] = halves(policy.rows.clone().inner());
    let [logits_chosen, logits_rejected] = halves(policy.stats.mean_logit.clone());
    let lengths = batch.lengths();
    let tokens = |range: std::ops::Range<usize>| lengths[range].iter().sum::<usize>().max(1) as f64;
    let count = pairs as f64;
    let margins = reward_chosen.clone() - reward_rejected.clone();
    let metrics = vec![
        ("loss", loss.clone().inner(), count),
        ("rewards/chosen", reward_chosen.sum(), count),
        ("rewards/rejected", reward_rejected.sum(), count),
        ("rewards/accuracies", right.sum(), count),
        ("rewards/margins", margins.sum(), count),
        ("logps/chosen", logps_chosen.sum(), count),
        ("logps/rejected", logps_rejected.sum(), count),
        ("logits/chosen", logits_chosen.sum(), tokens(0..pairs)),
        ("logits/rejected", logits_rejected.sum(), tokens(pairs..2 * pairs)),
    ];
    MicroLoss { loss, examples: pairs, metrics }
}
