//! The decoder: Llama, Mistral, SmolLM2, Qwen2, Qwen3 and GPT-2, on one screen.
//!
//! ```text
//! h = embed(ids)
//! for each block:  h += attention(norm(h));  h += mlp(norm(h))
//! hidden = norm(h)                    # logits = hidden · headᵀ, never formed here: see `logps`
//! ```

use burn::tensor::{Device, Int, Tensor, activation};

pub mod adapter;
pub mod adapter_gguf;
pub mod attention;
pub mod cache;
pub mod config;
pub mod flat;
pub mod heads;
pub mod linear;
pub mod load;
pub mod lora;
pub mod norm;
pub mod param;
pub mod positions;
pub mod tape;

pub use attention::{Attention, Qkv};
pub use cache::Cache;
pub use config::DecoderConfig;
pub use heads::ScalarHead;
pub use linear::Linear;
pub use lora::{Adapter, Lora};
pub use norm::Norm;
pub use param::{Param, ParamVisitor};
pub use positions::{Positions, Span};

use crate::data::batch::Fork;
use crate::kernels::swiglu::swiglu;
use config::Activation;
use tape::{Begun, Recording};
use temper_protocol::Projection;

/// A decoder-only language model.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// Its sizes and variants.
    pub config: DecoderConfig,
    /// `[vocab, width]`
    pub embedding: Param<2>,
    /// Learned positions, `[max_positions, width]` (GPT-2).
    pub learned_positions: Option<Param<2>>,
    /// The layers.
    pub blocks: Vec<Block>,
    /// Before the head.
    pub norm: Norm,
    /// `[vocab, width]`; `None` where the embedding serves as head too.
    pub head: Option<Param<2>>,
    /// A reward model's head.
    pub score: Option<ScalarHead>,
    /// The reward head that the model's own files hold.
    pub own_score: Option<ScalarHead>,
    /// A critic's head.
    pub value: Option<ScalarHead>,
    recording: Option<Recording>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct Block {
    /// Before attention.
    pub attention_norm: Norm,
    /// Mixes over time.
    pub attention: Attention,
    /// Before the MLP.
    pub mlp_norm: Norm,
    /// Mixes over width.
    pub mlp: Mlp,
}

/// The feed-forward half of a layer.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// SwiGLU's gate (Shazeer 2020); `None` for GPT-2's plain MLP.
    pub gate: Option<Linear>,
    /// To the inner width.
    pub up: Linear,
    /// Back.
    pub down: Linear,
}

impl Decoder {
    /// Final hidden states of whole lines padded on the right, of which some may fork. `ids` is
    /// `[lines, time]`; gives `[lines, time, width]`.
    pub fn hidden(&self, ids: Tensor<2, Int>, forks: &[Fork], adapter: Adapter) -> Tensor<3> {
        let [_, time] = ids.dims();
        let positions = Positions::lines(&self.config, forks, time, &ids.device());
        match self.begin_pass(adapter) {
            Some(pass) if pass.taped => self.run_taped(ids, positions, adapter, pass),
            pass => self.run(ids, &positions, adapter, pass, None),
        }
    }

    /// Final hidden states of the next columns of a cached batch; the cache moves on.
    pub fn hidden_cached(
        &self,
        ids: Tensor<2, Int>,
        adapter: Adapter,
        cache: &mut Cache,
    ) -> Tensor<3> {
        let [_, time] = ids.dims();
        let span = Span { pads: &cache.pads, start: cache.filled, time, keys: cache.capacity };
        let positions = Positions::cached(&self.config, &span, &ids.device());
        let hidden = self.run(ids, &positions, adapter, None, Some(cache));
        cache.filled += time;
        hidden
    }

    fn run(
        &self,
        ids: Tensor<2, Int>,
        positions: &Positions,
        adapter: Adapter,
        pass: Option<Begun>,
        mut cache: Option<&mut Cache>,
    ) -> Tensor<3> {
        let mut h = self.embed(ids, positions, Param::get);
        let first = self.blocks.first().map_or(&self.norm, |block| &block.attention_norm);
        let mut x = first.forward(h.clone());
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(pass) = pass {
                self.seed_block(pass.seed, i);
            }
            let cache = cache.as_deref_mut().map(|cache| (cache, i));
            let update = block.attention.forward(x, &self.config, positions, adapter, cache);
            (h, x) = block.mlp_norm.add(h, update);
            let update = block.mlp.forward(x, self.config.activation, adapter);
            // Each sum is normalised for whoever reads it next, in the same pass.
            let next = self.blocks.get(i + 1).map_or(&self.norm, |block| &block.attention_norm);
            (h, x) = next.add(h, update);
        }
        x
    }

    /// `read` gives a table's tracked or plain values.
    fn embed(
        &self,
        ids: Tensor<2, Int>,
        positions: &Positions,
        read: fn(&Param<2>) -> Tensor<2>,
    ) -> Tensor<3> {
        let [rows, time] = ids.dims();
        let width = self.config.hidden_size;
        let h = read(&self.embedding).select(0, ids.reshape([rows * time]));
        let h = h.reshape([rows, time, width]);
        match &self.learned_positions {
            Some(table) => {
                let table = read(table).select(0, positions.ids.clone());
                let rows = table.dims()[0] / time;
                h + table.reshape([rows, time, width])
            }
            None => h,
        }
    }

    /// The weight that turns hidden states into logits, `[vocab, width]`.
    pub fn head(&self) -> &Param<2> {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// Where its weights live.
    pub fn device(&self) -> Device {
        self.embedding.value().device()
    }

    /// Visits every weight, in a fixed order.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        visitor.visit(&mut self.embedding);
        if let Some(table) = &mut self.learned_positions {
            visitor.visit(table);
        }
        for block in &mut self.blocks {
            block.visit(visitor);
        }
        self.norm.visit(visitor);
        if let Some(head) = &mut self.head {
            visitor.visit(head);
        }
        for head in [&mut self.score, &mut self.value].into_iter().flatten() {
            head.visit(visitor);
        }
    }

    /// Every projection that can carry an adapter, with the names that ask for it. GPT-2 computes
    /// queries, keys and values in one layer, so any of the three asks for it.
    pub fn projections(&mut self) -> Vec<(&'static [Projection], &mut Linear)> {
        use Projection::{DownProj, GateProj, KProj, OProj, QProj, UpProj, VProj};
        let mut all: Vec<(&'static [Projection], &mut Linear)> = Vec::new();
        for block in &mut self.blocks {
            match &mut block.attention.qkv {
                Qkv::Split(layers) => {
                    let [q, k, v] = layers.as_mut();
                    all.extend([(&[QProj][..], q), (&[KProj][..], k), (&[VProj][..], v)]);
                }
                Qkv::Fused(layer) => all.push((&[QProj, KProj, VProj], layer)),
            }
            all.push((&[OProj], &mut block.attention.output));
            if let Some(gate) = &mut block.mlp.gate {
                all.push((&[GateProj], gate));
            }
            all.push((&[UpProj], &mut block.mlp.up));
            all.push((&[DownProj], &mut block.mlp.down));
        }
        all
    }

    /// Records a graph from the trainable weights on, until switched off or the weights are set.
    pub fn record(&mut self, on: bool) {
        self.visit(&mut param::Record(on));
        self.recording = None;
    }
}

impl Block {
    /// The residual stream after this layer from that before it, whole lines. Shape kept.
    pub fn forward(
        &self,
        h: Tensor<3>,
        config: &DecoderConfig,
        positions: &Positions,
        adapter: Adapter,
    ) -> Tensor<3> {
        let x = self.attention_norm.forward(h.clone());
        let update = self.attention.forward(x, config, positions, adapter, None);
        let (h, x) = self.mlp_norm.add(h, update);
        h + self.mlp.forward(x, config.activation, adapter)
    }

    /// Whether a pass with this adapter has gradients to give here.
    pub fn is_recorded(&self, adapter: Adapter) -> bool {
        self.attention_norm.is_recorded()
            || self.attention.is_recorded(adapter)
            || self.mlp_norm.is_recorded()
            || self.mlp.is_recorded(adapter)
    }

    /// Visits its weights.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        self.attention_norm.visit(visitor);
        self.attention.visit(visitor);
        self.mlp_norm.visit(visitor);
        self.mlp.visit(visitor);
    }
}

impl Mlp {
    /// Shape kept.
    pub fn forward(&self, x: Tensor<3>, activation: Activation, adapter: Adapter) -> Tensor<3> {
        let inner = match &self.gate {
            Some(gate) if activation == Activation::Silu => {
                swiglu(gate.forward(x.clone(), adapter), self.up.forward(x, adapter))
            }
            Some(gate) => {
                activate(gate.forward(x.clone(), adapter), activation) * self.up.forward(x, adapter)
            }
            None => activate(self.up.forward(x, adapter), activation),
        };
        self.down.forward(inner, adapter)
    }

    /// See [`Block::is_recorded`].
    pub fn is_recorded(&self, adapter: Adapter) -> bool {
        let mut layers = self.gate.iter().chain([&self.up, &self.down]);
        layers.any(|layer| layer.is_recorded(adapter))
    }

    /// Visits its weights.
    pub fn visit<V: ParamVisitor>(&mut self, visitor: &mut V) {
        if let Some(gate) = &mut self.gate {
            gate.visit(visitor);
        }
        self.up.visit(visitor);
        self.down.visit(visitor);
    }
}

fn activate(x: Tensor<3>, kind: Activation) -> Tensor<3> {
    match kind {
        Activation::Silu => activation::silu(x),
        Activation::Gelu => activation::gelu(x),
        Activation::GeluNew => activation::gelu_approximate(x),
    }
}
