//! What a run will hold at its peak, told before its first step.
//!
//! ```text
//! always    weights + copies + two running means a trained number
//! loss      + what the passes keep + the head's chunk of logits
//! top       + what the passes keep + temporaries of the last layer's backward pass
//! bottom    + all gradients + one layer with its temporaries
//! update    + all gradients, of which one group is held twice
//! sampling  + a cache of keys and values + logits
//! comparing + hidden states and chunks of logits of two models (PPO's exact KL)
//! ```
//!
//! The estimate is the fullest of these moments. All numbers are f32. Products are u64: wasm's usize
//! has 32 bits.

use temper_protocol::MemoryEstimate;

use crate::logps::{CHUNK_FLOATS, TOKEN_BUCKET};

mod advice;
mod gather;
mod layer;
mod longest;

pub use layer::Layer;
pub use longest::Longest;

pub(super) use advice::check;
pub(super) use gather::{Known, load};

/// Bytes of a number.
const BYTES: f64 = 4.0;
/// Of the process besides tensors, and of it for each token of the vocabulary: measured.
const PROGRAM_BYTES: f64 = 28e6;
const TOKEN_BYTES: f64 = 1e3;
/// AdamW's running means of a trained number.
const MEANS: u64 = 2;
/// Logits and probabilities of a chunk, held together.
const CHUNKS: u64 = 2;
/// Logits of a chunk by policy and reference, and the policy's probabilities.
const COMPARED: u64 = 3;

/// What is known of a run before its first step, in numbers unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Of the model, its adapters and the models beside it.
    pub weights: u64,
    /// Of the reference's copy, as soon as training has changed the policy's.
    pub copied: u64,
    /// That train.
    pub trained: u64,
    /// Of these, how many are updated at once at most.
    pub group: u64,
    /// Whether the embedding trains.
    pub embedding_trains: bool,
    /// How many layers.
    pub layers: usize,
    /// The layer that keeps the most.
    pub layer: Layer,
    /// The head that tokens go through; `None` where a score is read off hidden states.
    pub head: Option<Head>,
    /// Passes of a micro-batch that record a graph.
    pub passes: usize,
    /// Micro-batches of a step.
    pub accumulation: usize,
    /// Whether layers are computed again in the backward pass.
    pub gradient_checkpointing: bool,
    /// The largest micro-batch.
    pub batch: Longest,
    /// Whether the batch is of rows that are known, not of answers yet to be sampled.
    pub known: bool,
    /// Held while answers are sampled, besides the weights.
    pub sampling: u64,
    /// Whether policy and reference are compared over the whole vocabulary.
    pub compares: bool,
    /// Tokens of the vocabulary, where tensors share the process's memory with its tokenizer.
    pub shared_with: Option<usize>,
}

/// The output layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Tokens of the vocabulary.
    pub vocab: usize,
    /// Whether it trains.
    pub trains: bool,
    /// Whether it is the embedding.
    pub tied: bool,
}

/// What a moment holds beyond weights and running means, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moment {
    gradients: u64,
    activations: u64,
    transient: u64,
}

/// The fullest moment of a run's steps.
pub fn estimate(load: &Load) -> MemoryEstimate {
    let moments =
        [loss(load), top(load), bottom(load), update(load), sampling(load), comparing(load)];
    let all = |moment: &Moment| moment.gradients + moment.activations + moment.transient;
    let fullest = moments.into_iter().max_by_key(all).unwrap_or_default();
    let bytes = |numbers: u64| numbers as f64 * BYTES;
    MemoryEstimate {
        weights_bytes: bytes(load.weights + load.copied),
        optimizer_bytes: bytes(MEANS * load.trained + fullest.gradients),
        activation_bytes: bytes(fullest.activations),
        transient_bytes: bytes(fullest.transient),
        program_bytes: load
            .shared_with
            .map_or(0.0, |vocab| PROGRAM_BYTES + TOKEN_BYTES * vocab as f64),
    }
}

/// The forward passes are done; the head's chunks come and go.
fn loss(load: &Load) -> Moment {
    let [_, logits] = load.chunk();
    let table = load.table();
    let transient = match load.head {
        None => 0,
        // Forward: its gradient is known there.
        Some(Head { trains: false, .. }) => CHUNKS * logits,
        // Forward, logits beside the probabilities that are kept; backward, the weight's gradient.
        Some(_) if load.keeps_probabilities() => logits.max(table),
        // Backward: probabilities again, the chunk's gradient of the weight and the sum so far.
        Some(_) => CHUNKS * logits + 2 * table,
    };
    let activations = load.kept_by_layers() + load.kept_by_head() + load.kept_probabilities();
    Moment { gradients: load.earlier(), activations, transient }
}

/// The backward pass is in the last layer.
fn top(load: &Load) -> Moment {
    let table = if load.head.is_some_and(|head| head.trains) { load.table() } else { 0 };
    let again =
        if load.gradient_checkpointing { load.tokens() * load.layer.kept() as u64 } else { 0 };
    Moment {
        gradients: load.earlier() + table,
        activations: load.kept_by_layers() + load.kept_by_head() + again,
        transient: load.tokens() * load.layer.backward() as u64,
    }
}

/// The backward pass is in the first layer, or in the embedding, whose own gradient is added to the
/// head's where they are one.
fn bottom(load: &Load) -> Moment {
    let gradients = load.earlier() + load.trained;
    let scattered = match load.head {
        Some(head) if head.tied && load.embedding_trains => load.table(),
        _ => 0,
    };
    let layer = load.tokens() * (load.layer.kept() + load.layer.backward()) as u64;
    Moment { gradients, activations: 0, transient: layer.max(scattered) }
}

/// Each group's new weights take the place of its gradient.
fn update(load: &Load) -> Moment {
    Moment { gradients: load.trained, activations: 0, transient: load.group }
}

fn sampling(load: &Load) -> Moment {
    Moment { transient: load.sampling, ..Moment::default() }
}

/// Without a graph, so that nothing else is kept.
fn comparing(load: &Load) -> Moment {
    if !load.compares {
        return Moment::default();
    }
    let [_, logits] = load.chunk();
    let hidden = 2 * load.layer.width as u64 * load.counted();
    Moment { transient: COMPARED * logits + hidden, ..Moment::default() }
}

impl Load {
    fn tokens(&self) -> u64 {
        self.batch.lines as u64 * self.batch.time as u64
    }

    /// Gradients of earlier micro-batches.
    fn earlier(&self) -> u64 {
        if self.accumulation > 1 { self.trained } else { 0 }
    }

    /// By the blocks of all passes, or in their place by the tape; and before the last norm.
    fn kept_by_layers(&self) -> u64 {
        let width = self.layer.width;
        let layer = if self.gradient_checkpointing { width } else { self.layer.kept() };
        self.passes as u64 * self.tokens() * (self.layers * layer + width) as u64
    }

    /// A hidden state, or its gradient, of each counted token.
    fn kept_by_head(&self) -> u64 {
        (self.passes * self.layer.width) as u64 * self.counted()
    }

    /// A head that trains keeps them where one chunk holds all.
    fn keeps_probabilities(&self) -> bool {
        let trains = self.head.is_some_and(|head| head.trains);
        trains && self.chunk()[0] == self.counted()
    }

    fn kept_probabilities(&self) -> u64 {
        if self.keeps_probabilities() { self.chunk()[1] } else { 0 }
    }

    /// Counted tokens, padded.
    fn counted(&self) -> u64 {
        self.batch.targets.max(1).next_multiple_of(TOKEN_BUCKET) as u64
    }

    /// Counted tokens that go through the head at once, and their logits.
    fn chunk(&self) -> [u64; 2] {
        let vocab = self.head.map_or(0, |head| head.vocab);
        let tokens = self.counted().min((CHUNK_FLOATS / vocab.max(1)).max(1) as u64);
        [tokens, tokens * vocab as u64]
    }

    /// The head's weight.
    fn table(&self) -> u64 {
        self.head.map_or(0, |head| head.vocab) as u64 * self.layer.width as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two layers, 8 wide, one head, an MLP of 16, a vocabulary of 32, LoRA of rank 2 on all seven
    /// projections. One micro-batch of two lines of 64 tokens, of which 40 count.
    pub(super) fn tiny() -> Load {
        let layer = Layer {
            width: 8,
            queries: 8,
            keys: 8,
            inner: 16,
            heads: 1,
            qk_norm: false,
            activations: 2,
            inputs: 32,
            ranks: 14,
        };
        Load {
            weights: 2000,
            copied: 0,
            trained: 600,
            group: 600,
            embedding_trains: false,
            layers: 2,
            layer,
            head: Some(Head { vocab: 32, trains: false, tied: true }),
            passes: 1,
            accumulation: 1,
            gradient_checkpointing: false,
            batch: Longest { rows: 2, lines: 2, time: 64, targets: 40, sequence: 60 },
            known: true,
            sampling: 0,
            compares: false,
            shared_with: None,
        }
    }

    /// ```text
    /// a layer keeps  2·8 residuals + 32 inputs + 2·8 queries + 2·8 keys + 2·16 inner + 14 = 126
    /// all keep       128 tokens · (2·126 + 8) = 33280;  head: 64 counted · 8 = 512
    /// loss           33280 + 512, transient 2·64·32 = 4096
    /// top            33280 + 512, transient 128 · max(MLP 2·16 + 2·8 = 48,
    ///                attention 3·8 + 5·8 + 3·64 + 2·8 − MLP's 3·16 + 2·8 = 208) = 26624
    /// weights 2000;  optimizer 2·600;  bottom and update hold less
    /// ```
    #[test]
    fn by_hand() {
        let found = estimate(&tiny());
        assert_eq!(found.weights_bytes, 8000.0);
        assert_eq!(found.optimizer_bytes, 4800.0);
        assert_eq!(found.activation_bytes, 4.0 * 33792.0);
        assert_eq!(found.transient_bytes, 4.0 * 26624.0);
        assert_eq!(found.total(), 254_464.0);
        let shared = estimate(&Load { shared_with: Some(1000), ..tiny() });
        assert_eq!(shared.total(), 254_464.0 + 28e6 + 1e6);
    }

    /// All 5000 weights train, on a batch so small that the update is the peak: two means and a
    /// gradient of each, and the largest group of 3000 twice.
    #[test]
    fn full_training_of_a_small_batch_peaks_in_the_update() {
        let mut load = Load { weights: 5000, trained: 5000, group: 3000, ..tiny() };
        load.batch = Longest { rows: 1, lines: 1, time: 8, targets: 1, sequence: 8 };
        let found = estimate(&load);
        assert_eq!(found.optimizer_bytes, 4.0 * 15_000.0);
        assert_eq!(found.transient_bytes, 4.0 * 3000.0);
        let copied = estimate(&Load { copied: 5000, ..load });
        assert_eq!(copied.weights_bytes, 4.0 * 10_000.0);
    }

    #[test]
    fn more_tokens_never_hold_less() {
        for trains in [false, true] {
            let mut last = 0.0;
            for time in (8..512).step_by(8) {
                let head = Some(Head { vocab: 32, trains, tied: true });
                let mut load = Load { head, embedding_trains: trains, ..tiny() };
                (load.batch.time, load.batch.targets) = (time, time);
                let total = estimate(&load).total();
                assert!(total >= last, "{time} tokens: {total} after {last}");
                last = total;
            }
        }
    }

    #[test]
    fn recomputation_lowers_it() {
        let load = Load { layers: 12, ..tiny() };
        let again = Load { gradient_checkpointing: true, ..load.clone() };
        assert!(estimate(&again).total() < 0.7 * estimate(&load).total());
    }

    /// 64 tokens over 1000: two chunks with what the loss keeps are 33792 + 2·64000 numbers; three
    /// and the hidden states of both models are 3·64000 + 2·64·8 = 193024.
    #[test]
    fn comparing_over_a_large_vocabulary_is_the_peak() {
        let head = Some(Head { vocab: 1000, trains: false, tied: true });
        let load = Load { head, ..tiny() };
        assert_eq!(estimate(&load).transient_bytes, 4.0 * 128_000.0);
        let found = estimate(&Load { compares: true, ..load });
        assert_eq!(found.transient_bytes, 4.0 * 193_024.0);
        assert_eq!(found.activation_bytes, 0.0);
    }

    #[test]
    fn a_method_that_samples_counts_its_cache() {
        let load = Load { sampling: 1_000_000, ..tiny() };
        assert_eq!(estimate(&load).transient_bytes, 4e6);
        assert_eq!(estimate(&load).activation_bytes, 0.0);
    }
}
