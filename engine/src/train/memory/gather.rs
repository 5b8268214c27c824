//! What is known of a run once its data is encoded and its model carries its adapters.

use burn::tensor::Device;
use temper_protocol::{KlEstimator, KtoLoss, Method, ResolvedRun};

use super::{Head, Layer, Load, Longest};
use crate::data::batch::bucket;
use crate::data::{EncodedPair, EncodedRow, Preference, Sequence};
use crate::model::{Decoder, DecoderConfig, Param, ParamVisitor};
use crate::open::OpenModel;
use crate::train::optimizer::AdamW;
use crate::train::rollout::AT_ONCE;
use crate::train::self_play;
use crate::train::task::Examples;

/// Scores, what hides some of them, and their softmax, while a prompt is read.
const SCORES: u64 = 3;

/// What a run is made of, besides its model and config.
#[derive(Debug)]
pub struct Known<'a> {
    /// The training rows.
    pub examples: &'a Examples,
    /// Whether the reference becomes a copy of what trains.
    pub copied: bool,
    /// Numbers of a model that scores, beside the one that trains.
    pub beside: u64,
}

/// A run in numbers.
pub fn load(open: &mut OpenModel, run: &ResolvedRun, known: &Known) -> Load {
    let optimizer = AdamW::new(run.config.optimizer.clone(), &mut open.decoder);
    let weights = numbers(&mut open.decoder) + known.beside;
    let decoder = &open.decoder;
    let run_loop = &run.config.run_loop;
    let size = run_loop.batch_size as usize;
    let layers = decoder.blocks.iter().map(|block| Layer::new(block, &decoder.config));
    let answers = Answers::new(open, run, known.examples);
    let batch = match &answers {
        Some(answers) => Longest::of(&answers.stand_in(run.config.method, size), size),
        None => Longest::of(known.examples, size),
    };
    let trained = optimizer.trainable() as u64;
    Load {
        weights,
        copied: if known.copied { trained } else { 0 },
        trained,
        group: optimizer.state_sizes().into_iter().max().unwrap_or(0) as u64,
        embedding_trains: decoder.embedding.trainable,
        layers: decoder.blocks.len(),
        layer: layers.max_by_key(Layer::kept).unwrap_or_default(),
        head: (run.config.method != Method::Reward).then(|| head(decoder)),
        passes: passes(run),
        accumulation: run_loop.accumulation as usize,
        gradient_checkpointing: run_loop.gradient_checkpointing,
        batch,
        known: answers.is_none(),
        sampling: answers.map_or(0, |answers| answers.sampling(run, &decoder.config)),
        compares: run.config.method == Method::Ppo && run.ppo().kl_estimator == KlEstimator::Full,
        shared_with: (decoder.device() == Device::flex()).then_some(decoder.config.vocab_size),
    }
}

fn head(decoder: &Decoder) -> Head {
    let head = decoder.head();
    let tied = decoder.head.is_none();
    Head { vocab: head.value().dims()[0], trains: head.trainable, tied }
}

/// The critic's pass has a graph beside the policy's, and so has that over KTO's mismatched rows.
fn passes(run: &ResolvedRun) -> usize {
    match run.config.method {
        Method::Ppo => 2,
        Method::Kto if run.kto().loss_type == KtoLoss::Kto => 2,
        _ => 1,
    }
}

/// All numbers of a model, frozen adapters included.
fn numbers(decoder: &mut Decoder) -> u64 {
    let mut count = Count(0);
    decoder.visit(&mut count);
    for (_, layer) in decoder.projections() {
        for lora in [&mut layer.reference, &mut layer.reward].into_iter().flatten() {
            count.visit(&mut lora.a);
            count.visit(&mut lora.b);
        }
    }
    count.0
}

struct Count(u64);

impl ParamVisitor for Count {
    fn visit<const D: usize>(&mut self, param: &mut Param<D>) {
        self.0 += param.value().shape().num_elements() as u64;
    }
}

/// The longest answers that may be sampled to learn from.
struct Answers {
    /// Tokens of the longest prompt.
    prompt: usize,
    /// Of prompt and answer.
    length: usize,
    /// Of prompt and real answer, where there are real ones.
    real: Option<usize>,
}

impl Answers {
    /// `None` where nothing is sampled to learn from.
    fn new(open: &OpenModel, run: &ResolvedRun, examples: &Examples) -> Option<Self> {
        let answer = match run.config.method {
            Method::Ppo => run.ppo().response_length,
            Method::Rloo => run.rloo().max_completion_length,
            Method::OnlineDpo => run.online_dpo().max_new_tokens,
            Method::Spin => run.spin().max_new_tokens,
            Method::Sppo => run.sppo().max_new_tokens,
            _ => return None,
        };
        let limit = match run.config.method {
            Method::Spin => self_play::longest(run, open),
            _ => open.decoder.config.max_positions,
        };
        let (prompt, real) = match examples {
            Examples::Prompts(prompts) => {
                (prompts.iter().map(|prompt| prompt.ids.len()).max(), None)
            }
            Examples::Rows(rows) => (
                rows.iter().map(|row| row.sequence.prompt_len).max(),
                rows.iter().map(|row| row.sequence.ids.len()).max(),
            ),
            Examples::Pairs(_) => (None, None),
        };
        let prompt = prompt.unwrap_or(0);
        let length = (prompt + answer as usize).min(limit).max(prompt + 1);
        Some(Self { prompt, length, real })
    }

    /// Rows of the longest answers, in the place of those to be learned from.
    fn stand_in(&self, method: Method, size: usize) -> Examples {
        let own = self.sequence(self.length);
        if matches!(method, Method::Ppo | Method::Rloo) {
            let cut = Sequence::default();
            let row = EncodedRow { line: 1, sequence: own, label: None, cut };
            return Examples::Rows(vec![row; size]);
        }
        let chosen = self.real.map_or_else(|| own.clone(), |length| self.sequence(length));
        let preference = Preference::default();
        let pair = EncodedPair { line: 1, chosen, rejected: own, preference };
        Examples::Pairs(vec![pair; size])
    }

    fn sequence(&self, length: usize) -> Sequence {
        let length = length.max(self.prompt + 1);
        let mask = (0..length).map(|t| t >= self.prompt).collect();
        Sequence { ids: vec![0; length], mask, prompt_len: self.prompt }
    }

    /// Numbers held while answers are sampled: the cache, and the scores of the prompt or the logits
    /// of the next token, here and as read back.
    fn sampling(&self, run: &ResolvedRun, config: &DecoderConfig) -> u64 {
        let run_loop = &run.config.run_loop;
        let completions = u64::from(run_loop.batch_size) * u64::from(run_loop.accumulation);
        let rows = match run.config.method {
            Method::Ppo => completions * u64::from(run.ppo().num_mini_batches),
            Method::Rloo => completions,
            Method::OnlineDpo => 2 * completions,
            _ => AT_ONCE as u64,
        };
        let rows = rows.min(AT_ONCE as u64);
        let capacity = bucket(self.length) as u64;
        let cache = capacity * (2 * config.layers * config.kv_heads * config.head_dim) as u64;
        let scores = SCORES * capacity * (config.heads * self.prompt) as u64;
        rows * (cache + scores.max(2 * config.vocab_size as u64))
    }
}
