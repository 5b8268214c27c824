//! Recomputation, layer by layer (Chen et al. 2016): a pass keeps what goes into each block in the
//! place of a graph through all of them.
//!
//! ```text
//! pass:      h₀ = embed(ids),  h₁ = block₀(h₀),  ...,  h_L        no graph; each h is kept
//! loss:      a graph from a leaf that holds h_L
//! backward:  from the last block to the first, its graph anew from a leaf that holds its h,
//!            gone before the next one's: see `train::backward`
//! ```
//!
//! The tape belongs to the recording model, and is gone when recording ends. Dropout draws by the
//! micro-batch's seed, the pass and the block, with a tape or without: a block that is computed
//! again drops the same.

use std::cell::{Cell, RefCell};

use burn::tensor::{Int, Tensor};

use super::param::Pause;
use super::{Adapter, Decoder, Param, Positions};

/// Odd, so that no two counts have the same multiple; splitmix64's.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The recording of one micro-batch.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    seed: u64,
    /// Passes with a gradient so far.
    passes: Cell<u64>,
    tape: Option<RefCell<Vec<Pass>>>,
}

/// A pass with a gradient, as it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// What its blocks' seeds derive from.
    pub seed: u64,
    /// Whether the tape wants it.
    pub taped: bool,
}

/// A pass whose blocks are to be computed again.
#[derive(Clone, Debug)]
pub struct Pass {
    ids: Tensor<2, Int>,
    positions: Positions,
    adapter: Adapter,
    seed: u64,
    embeds: bool,
    /// The first block that needs a graph.
    first: usize,
    /// What went into each block from that one on, without a graph. Each `[lines, time, width]`.
    inputs: Vec<Tensor<3>>,
    /// What came out of the last block: a leaf. `[lines, time, width]`
    output: Tensor<3>,
}

impl Pass {
    /// What came out of the last block: the leaf that the loss's graph begins from.
    /// `[lines, time, width]`
    pub fn output(&self) -> &Tensor<3> {
        &self.output
    }

    /// Whether the embedding trains, and so has a gradient once all blocks have theirs.
    pub fn embeds(&self) -> bool {
        self.embeds
    }

    /// Takes the last block that is left, and what went into it, `[lines, time, width]`: a leaf
    /// where anything below trains.
    pub fn pop(&mut self) -> Option<(usize, Tensor<3>)> {
        let input = self.inputs.pop()?;
        let block = self.first + self.inputs.len();
        let below = self.embeds || block > self.first;
        Some((block, if below { input.autodiff().require_grad() } else { input }))
    }
}

impl Decoder {
    /// Records a graph as [`Decoder::record`] does, until that switches it off. `seed` decides what
    /// dropout draws; `recompute` has [`Decoder::hidden`] keep a tape in place of the blocks' graph.
    pub fn record_seeded(&mut self, seed: u64, recompute: bool) {
        self.record(true);
        if recompute {
            self.blocks.iter_mut().for_each(|block| block.visit(&mut Pause(true)));
        }
        let tape = recompute.then(RefCell::default);
        self.recording = Some(Recording { seed, passes: Cell::new(0), tape });
    }

    /// The passes on the tape, of which none are left there.
    pub fn take_passes(&self) -> Vec<Pass> {
        let tape = self.recording.as_ref().and_then(|recording| recording.tape.as_ref());
        tape.map(RefCell::take).unwrap_or_default()
    }

    /// A block of a pass again, with a graph. `[lines, time, width]`, shape kept.
    pub fn recompute(&mut self, pass: &Pass, block: usize, input: Tensor<3>) -> Tensor<3> {
        self.seed_block(pass.seed, block);
        let layer = &mut self.blocks[block];
        layer.visit(&mut Pause(false));
        let output = layer.forward(input, &self.config, &pass.positions, pass.adapter);
        layer.visit(&mut Pause(true));
        output
    }

    /// A pass's embedding again, with a graph. `[lines, time, width]`
    pub fn recompute_embedding(&self, pass: &Pass) -> Tensor<3> {
        self.embed(pass.ids.clone(), &pass.positions, Param::get)
    }

    /// Counts a pass, where one is recorded and has a gradient below the last norm. A reference's
    /// has none, so it changes nothing.
    pub(super) fn begin_pass(&self, adapter: Adapter) -> Option<Begun> {
        let recording = self.recording.as_ref()?;
        self.first_recorded(adapter)?;
        let number = recording.passes.replace(recording.passes.get() + 1);
        let seed = recording.seed.wrapping_add((number << 32).wrapping_mul(SPREAD));
        Some(Begun { seed, taped: recording.tape.is_some() })
    }

    /// What dropout draws from here on, to the next block.
    pub(super) fn seed_block(&self, pass: u64, block: usize) {
        self.device().seed(pass.wrapping_add((block as u64 + 1).wrapping_mul(SPREAD)));
    }

    /// As without a tape, in value; the graph begins at the last norm. `ids` is `[lines, time]`;
    /// gives `[lines, time, width]`.
    pub(super) fn run_taped(
        &self,
        ids: Tensor<2, Int>,
        positions: Positions,
        adapter: Adapter,
        begun: Begun,
    ) -> Tensor<3> {
        let (embeds, first) = self.first_recorded(adapter).unwrap_or((false, self.blocks.len()));
        let mut h = self.embed(ids.clone(), &positions, Param::value);
        let mut inputs = Vec::new();
        for (i, block) in self.blocks.iter().enumerate() {
            if i >= first {
                inputs.push(h.clone());
            }
            self.seed_block(begun.seed, i);
            h = block.forward(h, &self.config, &positions, adapter);
        }
        let output = h.autodiff().require_grad();
        let kept = output.clone();
        let seed = begun.seed;
        let pass = Pass { ids, positions, adapter, seed, embeds, first, inputs, output: kept };
        if let Some(tape) = self.recording.as_ref().and_then(|recording| recording.tape.as_ref()) {
            tape.borrow_mut().push(pass);
        }
        self.norm.forward(output)
    }

    /// Whether the embedding has a gradient, and the first block through which one must pass.
    fn first_recorded(&self, adapter: Adapter) -> Option<(bool, usize)> {
        let mut tables = std::iter::once(&self.embedding).chain(&self.learned_positions);
        if tables.any(Param::is_recorded) {
            return Some((true, 0));
        }
        let first = self.blocks.iter().position(|block| block.is_recorded(adapter))?;
        Some((false, first))
    }
}
