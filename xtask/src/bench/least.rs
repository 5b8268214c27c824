//! What doesn't depend on the machine: how little could be enough.
//!
//! Each number is a lower bound for arithmetic in f32 with nothing computed twice: what no
//! implementation can undercut, however it divides the work into kernels.

use super::work::{HALF, PAIRS, PROMPTS, RANK, ROWS, TIME, TURN, Work};

/// Bytes of a number.
const F32: f64 = 4.0;

/// A Llama's sizes.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Blocks.
    pub layers: usize,
    /// Of the residual stream.
    pub width: usize,
    /// Of the MLP.
    pub inner: usize,
    /// Tokens of the vocabulary.
    pub vocab: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Whether the head is the embedding.
    pub tied: bool,
}

impl Shape {
    /// The reference step's.
    pub const TINY: Self = Self {
        layers: 4,
        width: 128,
        inner: 384,
        vocab: 2048,
        heads: 4,
        kv_heads: 4,
        head_dim: 32,
        tied: false,
    };

    /// SmolLM2-135M's.
    pub const SMOLLM2: Self = Self {
        layers: 30,
        width: 576,
        inner: 1536,
        vocab: 49_152,
        heads: 9,
        kv_heads: 3,
        head_dim: 64,
        tied: true,
    };

    /// All numbers of the model.
    pub fn parameters(&self) -> f64 {
        let copies = if self.tied { 1 } else { 2 };
        let embeddings = copies * self.vocab * self.width;
        let norms = (2 * self.layers + 1) * self.width;
        (embeddings + norms) as f64 + self.layers as f64 * self.block()
    }

    /// Weights of a block's projections.
    fn block(&self) -> f64 {
        self.projections().iter().map(|[from, to]| (from * to) as f64).sum()
    }

    /// Inputs and outputs of a block's projections: q, k, v, o, gate, up, down.
    fn projections(&self) -> [[usize; 2]; 7] {
        let (width, inner) = (self.width, self.inner);
        let (queries, keys) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let (up, down) = ([width, inner], [inner, width]);
        [[width, queries], [width, keys], [width, keys], [queries, width], up, up, down]
    }

    /// Numbers of a LoRA adapter on all projections.
    fn adapter(&self, rank: usize) -> f64 {
        let sides: usize = self.projections().iter().map(|[from, to]| from + to).sum();
        (self.layers * rank * sides) as f64
    }

    /// Multiplications and additions of all projections on so many tokens.
    fn linear(&self, tokens: f64) -> f64 {
        2.0 * tokens * self.layers as f64 * self.block()
    }

    /// Of attention on so many pairs of a query and a key that it sees: scores and mixing.
    fn attention(&self, pairs: f64) -> f64 {
        4.0 * pairs * (self.layers * self.heads * self.head_dim) as f64
    }

    /// Of the head on so many positions.
    fn head(&self, positions: f64) -> f64 {
        2.0 * positions * (self.width * self.vocab) as f64
    }
}

/// The least that a step needs, or a batch of completions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Least {
    /// Multiplications and additions of matrix products.
    pub flops: f64,
    /// Kernels, where each waits for the whole result of another.
    pub dispatches: f64,
    /// Times that the host waits for the device.
    pub readbacks: f64,
    /// Read from and written to memory.
    pub bytes: f64,
    /// Held at once.
    pub device_bytes: f64,
}

/// The least for a kind of work.
pub fn least(work: Work) -> Least {
    match work {
        Work::Step => step(&Shape::TINY),
        Work::Dpo => dpo(&Shape::SMOLLM2),
        Work::Generate => generate(&Shape::SMOLLM2),
    }
}

/// All weights by AdamW. A row's last token foretells nothing, so nothing of it is computed.
/// Backward costs each product twice: for its input and for its weights.
fn step(shape: &Shape) -> Least {
    let tokens = (ROWS * (TIME - 1)) as f64;
    let forward = shape.linear(tokens)
        + shape.attention(ROWS as f64 * triangle(TIME - 1))
        + shape.head(tokens);
    let numbers = shape.parameters();
    Least {
        flops: 3.0 * forward,
        dispatches: passes(shape),
        readbacks: 1.0,
        // Weights are read forward, backward and to be updated with two moments; those are written.
        bytes: (5.0 + 3.0) * F32 * numbers,
        // Weights, moments, and gradients until all are there.
        device_bytes: 4.0 * F32 * numbers,
    }
}

/// An adapter on frozen weights. A pair's prompt is computed once for both completions, by policy
/// and reference each; backward crosses the frozen products once, for their input alone.
fn dpo(shape: &Shape) -> Least {
    let after = HALF - 1;
    let tokens = (PAIRS * (HALF + 2 * after)) as f64;
    let seen = triangle(HALF) + 2.0 * ((HALF * after) as f64 + triangle(after));
    let attention = shape.attention(PAIRS as f64 * seen);
    let head = shape.head((PAIRS * 2 * HALF) as f64);
    let adapter = shape.adapter(RANK);
    // What enters the first block isn't trained, so nothing flows back there.
    let [q, k, v, ..] = shape.projections().map(|[from, to]| (from * to) as f64);
    let spared = 2.0 * tokens * (q + k + v + (3 * RANK * shape.width) as f64);
    let frozen = shape.parameters();
    Least {
        flops: 3.0 * shape.linear(tokens) - spared
            + (1.0 + 1.0 + 2.0) * attention
            + 3.0 * head
            + 3.0 * 2.0 * tokens * adapter,
        dispatches: passes(shape),
        readbacks: 1.0,
        // Policy and reference share a reading of the weights; backward takes another.
        bytes: 2.0 * F32 * frozen + (5.0 + 3.0) * F32 * adapter,
        device_bytes: F32 * frozen + 4.0 * F32 * adapter,
    }
}

/// Each token sees all before it through the cache; the last one is never fed back.
fn generate(shape: &Shape) -> Least {
    let length = TURN + TURN - 1;
    let tokens = (PROMPTS * length) as f64;
    let cache = 2.0 * tokens * (shape.layers * shape.kv_heads * shape.head_dim) as f64;
    Least {
        flops: shape.linear(tokens)
            + shape.attention(PROMPTS as f64 * triangle(length))
            + shape.head((PROMPTS * TURN) as f64),
        dispatches: TURN as f64 * forward(shape),
        readbacks: 1.0,
        // All weights for each token of the batch.
        bytes: TURN as f64 * F32 * shape.parameters(),
        device_bytes: F32 * (shape.parameters() + cache),
    }
}

/// Kernels of a forward pass that wait for one another: of a block queries with keys and values,
/// attention, its output, gate with up, down; then the head with the loss.
fn forward(shape: &Shape) -> f64 {
    (5 * shape.layers + 1) as f64
}

/// Forward, backward, and an update that waits for all gradients.
fn passes(shape: &Shape) -> f64 {
    2.0 * forward(shape) + 1.0
}

/// `1 + 2 + … + n`: the pairs of a query and a key in a row of `n`.
fn triangle(n: usize) -> f64 {
    (n * (n + 1) / 2) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the shared peers' notes and SmolLM2's own files count them.
    #[test]
    fn shapes_have_their_models_parameters() {
        assert_eq!(Shape::TINY.parameters(), 1_377_408.0);
        assert_eq!(Shape::SMOLLM2.parameters(), 134_515_008.0);
    }

    /// Per token 2·4·(4·128² + 3·128·384) + 2·128·2048 = 2,228,224, times 504; attention
    /// 4·128·4 a pair, times 8·2,016; three times all.
    #[test]
    fn the_reference_step_by_hand() {
        let forward = 504.0 * 2_228_224.0 + 2_048.0 * 8.0 * 2_016.0;
        let least = least(Work::Step);
        assert_eq!(least.flops, 3.0 * forward);
        assert_eq!(least.dispatches, 43.0);
        assert_eq!(least.bytes, 32.0 * 1_377_408.0);
    }

    /// Of a projection from a to b, r·(a + b): 8·30·(1,152 + 768 + 768 + 1,152 + 3·2,112).
    #[test]
    fn the_adapter_by_hand() {
        assert_eq!(Shape::SMOLLM2.adapter(8), 2_442_240.0);
        assert!(least(Work::Dpo).flops > 3.0 * 2.0 * 380.0 * 106_000_000.0);
    }

    #[test]
    fn generation_reads_all_weights_for_each_token() {
        let least = least(Work::Generate);
        assert_eq!(least.bytes, 32.0 * 4.0 * 134_515_008.0);
        assert_eq!(least.dispatches, 32.0 * 151.0);
    }
}
