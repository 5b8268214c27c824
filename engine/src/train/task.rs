//! What each method computes on a micro-batch: losses to descend, sums to log.

use burn::tensor::Tensor;
use temper_protocol::{Method, OnlineLoss, ResolvedRun, SpinLoss};

use super::reference::Reference;
use crate::data::batch::Batch;
use crate::data::{EncodedPair, EncodedPrompt, EncodedRow, Sequence};
use crate::logps::Logps;
use crate::model::Decoder;
use crate::objective::pair::PairLoss;

mod kto;
mod pairs;
mod reference_free;
mod reward;
mod sft;

pub use kto::KtoTask;
pub use pairs::PairTask;
pub use reference_free::ReferenceFreeTask;
pub use reward::RewardTask;

/// The rows of a run, encoded.
#[derive(Clone, Debug)]
pub enum Examples {
    /// Chosen and rejected completions of one prompt each.
    Pairs(Vec<EncodedPair>),
    /// Completions.
    Rows(Vec<EncodedRow>),
    /// Prompts to be answered.
    Prompts(Vec<EncodedPrompt>),
}

impl Default for Examples {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

impl Examples {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Pairs(pairs) => pairs.len(),
            Self::Rows(rows) => rows.len(),
            Self::Prompts(prompts) => prompts.len(),
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
            Self::Prompts(prompts) => prompts[index].line,
        }
    }

    /// Tokens of some rows, padding not counted.
    pub fn tokens(&self, indices: &[usize]) -> usize {
        let tokens = |&index: &usize| match self {
            Self::Pairs(pairs) => pairs[index].chosen.ids.len() + pairs[index].rejected.ids.len(),
            Self::Rows(rows) => rows[index].sequence.ids.len(),
            Self::Prompts(prompts) => prompts[index].ids.len(),
        };
        indices.iter().map(tokens).sum()
    }

    /// The ids of one row: one list, or two.
    pub fn ids(&self, index: usize) -> Vec<&[u32]> {
        match self {
            Self::Pairs(pairs) => vec![&pairs[index].chosen.ids, &pairs[index].rejected.ids],
            Self::Rows(rows) => vec![&rows[index].sequence.ids],
            Self::Prompts(prompts) => vec![&prompts[index].ids],
        }
    }

    /// The sequences of some rows: of pairs, all chosen first. Prompts have none.
    pub fn sequences(&self, indices: &[usize]) -> Vec<&Sequence> {
        match self {
            Self::Pairs(pairs) => {
                let chosen = indices.iter().map(|&i| &pairs[i].chosen);
                chosen.chain(indices.iter().map(|&i| &pairs[i].rejected)).collect()
            }
            Self::Rows(rows) => indices.iter().map(|&i| &rows[i].sequence).collect(),
            Self::Prompts(_) => Vec::new(),
        }
    }

    /// Some of the pairs; none of other rows.
    pub fn pairs(&self, indices: &[usize]) -> Vec<&EncodedPair> {
        match self {
            Self::Pairs(pairs) => indices.iter().map(|&i| &pairs[i]).collect(),
            Self::Rows(_) | Self::Prompts(_) => Vec::new(),
        }
    }

    /// Some of the completions; none of other rows.
    pub fn rows(&self, indices: &[usize]) -> Vec<&EncodedRow> {
        match self {
            Self::Rows(rows) => indices.iter().map(|&i| &rows[i]).collect(),
            Self::Pairs(_) | Self::Prompts(_) => Vec::new(),
        }
    }
}

/// What a task computes on: the model and its reference, and some rows of the data.
#[derive(Clone, Copy)]
pub struct Micro<'a> {
    /// Records a graph where its weights do.
    pub model: &'a Decoder,
    /// What the policy is compared with.
    pub reference: &'a Reference,
    /// All rows.
    pub examples: &'a Examples,
    /// Which of them.
    pub rows: &'a [usize],
    /// What rows are padded with.
    pub pad: u32,
}

/// A micro-batch's losses and metrics.
#[derive(Clone, Debug)]
pub struct MicroLoss {
    /// Sum over the examples, `[1]`, with a graph.
    pub loss: Tensor<1>,
    /// Key, sum `[1]`, count.
    pub metrics: Vec<(&'static str, Tensor<1>, f64)>,
}

/// A method with its options, as far as it computes on rows.
#[derive(Clone, Debug)]
pub enum Task {
    /// Supervised fine-tuning.
    Sft,
    /// Pairs against a reference: DPO and its alternatives, online too, SPIN, SPPO.
    Pairs(PairTask),
    /// Pairs without a reference: CPO, SimPO, ORPO, SLiC.
    ReferenceFree(ReferenceFreeTask),
    /// Ratings.
    Kto(KtoTask),
    /// A reward model.
    Reward(RewardTask),
    /// PPO and RLOO compute on rollouts, not on rows.
    Rollouts,
}

impl Task {
    /// The method of a run; `iteration` is self-play's, counted from 0.
    pub fn new(run: &ResolvedRun, iteration: usize) -> Self {
        match run.config.method {
            Method::Sft => Self::Sft,
            Method::Dpo => Self::Pairs(PairTask::dpo(&run.dpo())),
            Method::OnlineDpo => {
                let online = run.online_dpo();
                let beta = online.beta;
                let loss = match online.loss_type {
                    OnlineLoss::Sigmoid => PairLoss::Sigmoid { beta, label_smoothing: 0.0 },
                    OnlineLoss::Ipo => PairLoss::Ipo { beta, length_normalize: false },
                };
                Self::Pairs(PairTask::single(loss, beta))
            }
            Method::Spin => {
                let spin = run.spin();
                let beta = spin.beta.get(iteration).or(spin.beta.last()).copied().unwrap_or(0.1);
                let loss = match spin.loss_type {
                    SpinLoss::Sigmoid => PairLoss::Sigmoid { beta, label_smoothing: 0.0 },
                    SpinLoss::Hinge => PairLoss::Hinge { beta },
                };
                Self::Pairs(PairTask::spin(loss, beta))
            }
            Method::Sppo => {
                let beta = run.sppo().beta;
                Self::Pairs(PairTask::single(PairLoss::Sppo { beta }, beta))
            }
            Method::Cpo | Method::Simpo | Method::Orpo | Method::Slic => {
                Self::ReferenceFree(ReferenceFreeTask::new(run))
            }
            Method::Kto => Self::Kto(KtoTask::new(run)),
            Method::Reward => Self::Reward(RewardTask::new(&run.reward())),
            Method::Ppo | Method::Rloo => Self::Rollouts,
        }
    }

    /// What the summed loss of each of a step's micro-batches is divided by. SFT's is a mean over
    /// the step's counted tokens; of the others it is the mean over micro-batches of their own
    /// means, as in TRL.
    pub fn divisors(&self, examples: &Examples, step: &[Vec<usize>]) -> Vec<f64> {
        match self {
            Self::Sft => {
                let counted = |sequence: &Sequence| {
                    // A first token has no predictor.
                    sequence.mask.iter().skip(1).filter(|counts| **counts).count()
                };
                let sequences = step.iter().flat_map(|rows| examples.sequences(rows));
                let all: usize = sequences.map(counted).sum();
                vec![all.max(1) as f64; step.len()]
            }
            _ => step.iter().map(|rows| (rows.len().max(1) * step.len()) as f64).collect(),
        }
    }

    /// Whether a metric's mean over micro-batches is one over all that they count: SFT's loss, and
    /// KTO's means of a class, of which one micro-batch may have few. Of the others it is the mean
    /// of their means.
    pub fn counts_all(&self, key: &str) -> bool {
        match self {
            Self::Sft => key == "loss",
            Self::Kto(_) => key.contains('/'),
            _ => false,
        }
    }

    /// One forward pass of the policy, and what the method compares it with.
    pub fn micro(&self, micro: &Micro) -> MicroLoss {
        match self {
            Self::Sft => sft::micro(micro),
            Self::Pairs(task) => task.micro(micro),
            Self::ReferenceFree(task) => task.micro(micro),
            Self::Kto(task) => task.micro(micro),
            Self::Reward(task) => task.micro(micro),
            Self::Rollouts => {
                let nothing = Tensor::zeros([1], &micro.model.device());
                MicroLoss { loss: nothing, metrics: Vec::new() }
            }
        }
    }
}

/// Log-ratios closer than this, nats, are equal: sums over whole rows are no more exact in f32.
const TIE: f64 = 1e-4;

/// The same of means over tokens, whose noise the division has made smaller.
fn tie_per_token(lengths: &[usize]) -> f64 {
    TIE / lengths.iter().copied().max().unwrap_or(1).max(1) as f64
}

/// From `[chosen…, rejected…]` to both halves.
fn halves(x: Tensor<1>) -> [Tensor<1>; 2] {
    let pairs = x.dims()[0] / 2;
    [x.clone().narrow(0, 0, pairs), x.narrow(0, pairs, pairs)]
}

/// Values on a device. `[length]`
pub(super) fn vector(values: Vec<f32>, model: &Decoder) -> Tensor<1> {
    let length = values.len();
    Tensor::from_data(burn::tensor::TensorData::new(values, [length]), &model.device())
}

/// Under which names most log the rewards of a pair's two sides.
const PREFERRED: [&str; 2] = ["rewards/chosen", "rewards/rejected"];

/// What every pair method logs of its two rewards `[pairs]`, without a graph.
fn reward_metrics(
    [first, second]: [&'static str; 2],
    [chosen, rejected]: [Tensor<1>; 2],
    tie: f64,
) -> Vec<(&'static str, Tensor<1>, f64)> {
    let count = chosen.dims()[0] as f64;
    let margins = chosen.clone() - rejected.clone();
    let right = margins.clone().greater_scalar(tie).float();
    vec![
        (first, chosen.sum(), count),
        (second, rejected.sum(), count),
        ("rewards/accuracies", right.sum(), count),
        ("rewards/margins", margins.sum(), count),
    ]
}

/// What every pair method logs of the policy's next-token distributions at counted tokens; accuracy
/// is of the chosen completions.
fn token_metrics(policy: &Logps, batch: &Batch) -> [(&'static str, Tensor<1>, f64); 4] {
    let [logits_chosen, logits_rejected] = halves(policy.stats.mean_logit.clone());
    let [correct, _] = halves(policy.stats.correct.clone());
    let lengths = batch.lengths();
    let [chosen, rejected] = [0..batch.rows / 2, batch.rows / 2..batch.rows]
        .map(|side| lengths[side].iter().sum::<usize>().max(1) as f64);
    [
        ("logits/chosen", logits_chosen.sum(), chosen),
        ("logits/rejected", logits_rejected.sum(), rejected),
        ("entropy", policy.stats.entropy.clone().sum(), chosen + rejected),
        ("mean_token_accuracy", correct.sum(), chosen),
    ]
}
