//! What one layer keeps for its backward pass and what that pass makes, of one token.
//!
//! ```text
//! kept      h  norm(h)  q k v  mixed  h'  norm(h')  gate  up  product     LoRA: xAᵀ of each layer
//! ```
//!
//! The input of a linear layer is kept only for the gradient of a weight; what attention and SwiGLU
//! read is kept in any case.

use crate::kernels::attention::QUERIES_AT_ONCE;
use crate::model::config::Activation;
use crate::model::{Adapter, Attention, Block, DecoderConfig, Linear, Mlp, Qkv};

/// Arrays of a block of scores that attention's backward pass holds where it runs without kernels.
const SCORES: usize = 3;
/// Arrays as wide as the queries, and as the keys, in attention's backward pass: laid out, their
/// gradients, and the parts of these.
const OF_QUERIES: usize = 3;
const OF_KEYS: usize = 5;
/// Arrays as wide as the MLP's inside in its backward pass: the gradient of the product along both
/// ways, or of gate and up.
const OF_INNER: usize = 2;
/// The residual's gradient and a layer's, in either half.
const OF_WIDTH: usize = 2;

/// A layer's sizes, in numbers of one token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// The residual stream.
    pub width: usize,
    /// All queries.
    pub queries: usize,
    /// All keys.
    pub keys: usize,
    /// The MLP's inside.
    pub inner: usize,
    /// Query heads.
    pub heads: usize,
    /// Whether queries and keys are normed.
    pub qk_norm: bool,
    /// Arrays of the inner width that the activation function keeps.
    pub activations: usize,
    /// Inputs of linear layers that are kept for a weight's gradient, all together.
    pub inputs: usize,
    /// Ranks of the adapters in use, all together.
    pub ranks: usize,
}

impl Layer {
    /// Of a model's layer under the policy's adapter.
    pub fn new(block: &Block, config: &DecoderConfig) -> Self {
        let Block { attention, mlp, .. } = block;
        let linears = || linears(attention, mlp);
        let adapters = || linears().filter_map(|linear| linear.slot(Adapter::Policy));
        Self {
            width: config.hidden_size,
            queries: config.heads * config.head_dim,
            keys: config.kv_heads * config.head_dim,
            inner: config.intermediate_size,
            heads: config.heads,
            qk_norm: config.qk_norm,
            activations: activations(config.activation, mlp.gate.is_some()),
            inputs: inputs(block, config),
            ranks: adapters().map(|lora| lora.a.value().dims()[0]).sum(),
        }
    }

    /// What it keeps until its backward pass, numbers a token.
    pub fn kept(&self) -> usize {
        let normed = if self.qk_norm { self.queries + self.keys } else { 0 };
        let attention = 2 * self.queries + 2 * self.keys + normed;
        2 * self.width + self.inputs + attention + self.activations * self.inner + self.ranks
    }

    /// What its backward pass makes beyond what is kept, numbers a token. By the time of
    /// attention's half, what the MLP kept is gone.
    pub fn backward(&self) -> usize {
        let mlp = OF_INNER * self.inner + OF_WIDTH * self.width;
        let scores = SCORES * self.heads * QUERIES_AT_ONCE;
        let attention = OF_QUERIES * self.queries + OF_KEYS * self.keys + OF_WIDTH * self.width;
        let gone = (self.activations + 1) * self.inner + 2 * self.width;
        mlp.max((attention + scores).saturating_sub(gone))
    }
}

fn linears<'a>(attention: &'a Attention, mlp: &'a Mlp) -> impl Iterator<Item = &'a Linear> {
    let projections: &[Linear] = match &attention.qkv {
        Qkv::Split(layers) => layers.as_slice(),
        Qkv::Fused(layer) => std::slice::from_ref(layer.as_ref()),
    };
    let mlp = mlp.gate.iter().chain([&mlp.up, &mlp.down]);
    projections.iter().chain([&attention.output]).chain(mlp)
}

/// Inputs that linear layers keep. Attention keeps its output in any case.
fn inputs(block: &Block, config: &DecoderConfig) -> usize {
    let Block { attention, mlp, .. } = block;
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let when = |kept: bool, size: usize| if kept { size } else { 0 };
    let in_attention = match &attention.qkv {
        Qkv::Split(layers) => layers.iter().any(keeps_input),
        Qkv::Fused(layer) => keeps_input(layer),
    };
    let in_mlp = mlp.gate.iter().chain([&mlp.up]).any(keeps_input);
    let shared = when(in_attention, width) + when(in_mlp, width);
    let product = when(keeps_input(&mlp.down), inner);
    // A layer norm that trains keeps what it scales.
    let norms = [&block.attention_norm, &block.mlp_norm];
    let scaled = norms.iter().filter(|norm| norm.bias.is_some() && norm.weight.trainable).count();
    let dropped: usize = linears(attention, mlp).map(dropped).sum();
    shared + product + scaled * width + dropped
}

/// Dropout gives each adapter an input of its own.
fn keeps_input(linear: &Linear) -> bool {
    let lora = linear.slot(Adapter::Policy);
    linear.weight.trainable || lora.is_some_and(|lora| lora.a.trainable && lora.dropout == 0.0)
}

/// A mask and what it leaves of the input.
fn dropped(linear: &Linear) -> usize {
    let lora = linear.slot(Adapter::Policy).filter(|lora| lora.a.trainable && lora.dropout > 0.0);
    lora.map_or(0, |lora| 2 * lora.a.value().dims()[1])
}

/// Arrays that the function keeps; burn composes the tanh approximation of four operations.
fn activations(activation: Activation, gated: bool) -> usize {
    match (activation, gated) {
        // One operation keeps gate and up.
        (Activation::Silu, true) => 2,
        (Activation::Silu | Activation::Gelu, false) => 1,
        (Activation::Gelu, true) => 3,
        (Activation::GeluNew, false) => 3,
        (Activation::GeluNew, true) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SmolLM2-135M with LoRA of rank 8 on all layers: 4·576 + 2·576 + 2·192 + 3·1536 + 7·8.
    const SMOLLM: Layer = Layer {
        width: 576,
        queries: 576,
        keys: 192,
        inner: 1536,
        heads: 9,
        qk_norm: false,
        activations: 2,
        inputs: 2 * 576 + 1536,
        ranks: 56,
    };

    #[test]
    fn a_layer_by_hand() {
        assert_eq!(SMOLLM.kept(), 8504);
        // The MLP's half: 2·1536 + 2·576.
        assert_eq!(SMOLLM.backward(), 4224);
    }

    #[test]
    fn normed_queries_and_keys_are_kept_twice() {
        let normed = Layer { qk_norm: true, ..SMOLLM };
        assert_eq!(normed.kept(), 8504 + 576 + 192);
    }
}
