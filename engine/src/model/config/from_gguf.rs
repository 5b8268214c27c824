//! A GGUF's metadata, under llama.cpp's keys.
//!
//! What the keys leave open, biases, norms and a head of its own, the list of tensors says.

use super::error::ConfigError;
use super::keys::POSITIVE;
use super::rope::{RopeConfig, RopeScaling, mscale};
use super::{Activation, Architecture, DecoderConfig, MOST_LAYERS};
use crate::weights::{GGUF_ARCHITECTURES, Gguf};

pub(super) fn read(gguf: &Gguf) -> Result<DecoderConfig, ConfigError> {
    let name = gguf.string("general.architecture").unwrap_or_default();
    let architecture = match name {
        "llama" => Architecture::Llama,
        "qwen2" => Architecture::Qwen2,
        "qwen3" => Architecture::Qwen3,
        "gpt2" => Architecture::Gpt2,
        _ => return Err(error(gguf, "general.architecture", GGUF_ARCHITECTURES)),
    };
    let keys = Keys { gguf, name };
    if keys.size("expert_count")?.is_some_and(|experts| experts > 0) {
        return Err(keys.error("expert_count", "0: mixtures of experts can't be computed"));
    }
    match architecture {
        Architecture::Gpt2 => gpt2(&keys),
        _ => llama_like(&keys, architecture),
    }
}

fn llama_like(keys: &Keys, architecture: Architecture) -> Result<DecoderConfig, ConfigError> {
    let (hidden_size, layers) = (keys.required("embedding_length")?, keys.layers()?);
    let heads = keys.required("attention.head_count")?;
    // Mistral's files call themselves llama; only they mean a window, and for every layer.
    let window = keys.size("attention.sliding_window")?.filter(|size| *size > 0);
    let sliding_window = window.filter(|_| architecture == Architecture::Llama);
    let architecture = if sliding_window.is_some() { Architecture::Mistral } else { architecture };
    Ok(DecoderConfig {
        architecture,
        vocab_size: vocab_size(keys)?,
        hidden_size,
        intermediate_size: keys.required("feed_forward_length")?,
        layers,
        heads,
        kv_heads: keys.size("attention.head_count_kv")?.unwrap_or(heads),
        head_dim: head_dim(keys, hidden_size, heads)?,
        max_positions: keys.required("context_length")?,
        norm_eps: keys.required_positive("attention.layer_norm_rms_epsilon")?,
        rope: Some(rope(keys)?),
        sliding_window,
        windowed_layers: vec![sliding_window.is_some(); layers],
        tied_embeddings: !keys.has("output.weight"),
        attention_bias: keys.has("blk.0.attn_q.bias"),
        output_bias: keys.has("blk.0.attn_output.bias"),
        mlp_bias: keys.has("blk.0.ffn_down.bias"),
        qk_norm: keys.has("blk.0.attn_q_norm.weight"),
        activation: Activation::Silu,
    })
}

fn gpt2(keys: &Keys) -> Result<DecoderConfig, ConfigError> {
    let (hidden_size, layers) = (keys.required("embedding_length")?, keys.layers()?);
    let heads = keys.required("attention.head_count")?;
    Ok(DecoderConfig {
        architecture: Architecture::Gpt2,
        vocab_size: vocab_size(keys)?,
        hidden_size,
        intermediate_size: keys.required("feed_forward_length")?,
        layers,
        heads,
        kv_heads: heads,
        head_dim: head_dim(keys, hidden_size, heads)?,
        max_positions: keys.required("context_length")?,
        norm_eps: keys.required_positive("attention.layer_norm_epsilon")?,
        rope: None,
        sliding_window: None,
        windowed_layers: vec![false; layers],
        tied_embeddings: !keys.has("output.weight"),
        attention_bias: true,
        output_bias: true,
        mlp_bias: true,
        qk_norm: false,
        activation: Activation::GeluNew,
    })
}

/// The embedding's rows, since weights and logits are made by them.
fn vocab_size(keys: &Keys) -> Result<usize, ConfigError> {
    if let Some([rows, _]) = keys.gguf.shape("token_embd.weight") {
        return Ok(*rows);
    }
    if let Some(size) = keys.size("vocab_size")? {
        return Ok(size);
    }
    let tokens = "tokenizer.ggml.tokens";
    let list = keys.gguf.strings(tokens).ok_or_else(|| error(keys.gguf, tokens, "a list"))?;
    Ok(list.len())
}

fn head_dim(keys: &Keys, hidden_size: usize, heads: usize) -> Result<usize, ConfigError> {
    let size = match keys.size("attention.key_length")? {
        Some(size) => size,
        None if heads > 0 && hidden_size.is_multiple_of(heads) => hidden_size / heads,
        None => {
            let expected = format!("a divisor of embedding_length {hidden_size}");
            return Err(keys.error("attention.head_count", &expected));
        }
    };
    for key in ["attention.value_length", "rope.dimension_count"] {
        if keys.size(key)?.is_some_and(|other| other != size) {
            return Err(keys.error(key, &format!("the head size {size}")));
        }
    }
    Ok(size)
}

fn rope(keys: &Keys) -> Result<RopeConfig, ConfigError> {
    let theta = keys.positive("rope.freq_base")?.unwrap_or(10_000.0);
    let kind = keys.text("rope.scaling.type");
    let scaling = match kind {
        Some("yarn") => yarn(keys)?,
        None | Some("none" | "linear") => {
            let linear = if kind == Some("linear") { "rope.scaling.factor" } else { OLD_FACTOR };
            match keys.number(linear)? {
                Some(factor) if kind != Some("none") && factor != 1.0 && factor != 0.0 => {
                    RopeScaling::Linear { factor }
                }
                _ => RopeScaling::None,
            }
        }
        Some(_) => {
            return Err(keys.error("rope.scaling.type", "\"none\", \"linear\" or \"yarn\""));
        }
    };
    Ok(RopeConfig { theta, scaling })
}

// What files had before `rope.scaling`.
const OLD_FACTOR: &str = "rope.scale_linear";

fn yarn(keys: &Keys) -> Result<RopeScaling, ConfigError> {
    let factor = keys.required_positive("rope.scaling.factor")?;
    let number = |key: &str, default| keys.number(key).map(|number| number.unwrap_or(default));
    let attention = match keys.number("rope.scaling.yarn_attn_factor")? {
        Some(factor) => factor,
        None => number("rope.scaling.attn_factor", 1.0)?,
    };
    Ok(RopeScaling::Yarn {
        factor,
        original: keys.required("rope.scaling.original_context_length")?,
        beta_fast: number("rope.scaling.yarn_beta_fast", 32.0)?,
        beta_slow: number("rope.scaling.yarn_beta_slow", 1.0)?,
        attention_factor: attention * mscale(factor, 1.0),
        truncate: true,
    })
}

/// Keys that begin with the architecture's name.
struct Keys<'a> {
    gguf: &'a Gguf,
    name: &'a str,
}

impl Keys<'_> {
    fn full(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    fn has(&self, tensor: &str) -> bool {
        self.gguf.shape(tensor).is_some()
    }

    fn size(&self, key: &str) -> Result<Option<usize>, ConfigError> {
        let full = self.full(key);
        if !self.gguf.metadata.contains_key(&full) {
            return Ok(None);
        }
        let size = self.gguf.u32(&full).ok_or_else(|| self.error(key, "one whole number"))?;
        Ok(Some(size as usize))
    }

    fn required(&self, key: &str) -> Result<usize, ConfigError> {
        self.size(key)?.ok_or_else(|| self.error(key, "one whole number"))
    }

    fn layers(&self) -> Result<usize, ConfigError> {
        match self.required("block_count")? {
            layers if layers <= MOST_LAYERS => Ok(layers),
            _ => Err(self.error("block_count", &format!("at most {MOST_LAYERS}"))),
        }
    }

    fn number(&self, key: &str) -> Result<Option<f64>, ConfigError> {
        let full = self.full(key);
        if !self.gguf.metadata.contains_key(&full) {
            return Ok(None);
        }
        self.gguf.f64(&full).map(Some).ok_or_else(|| self.error(key, "a number"))
    }

    fn positive(&self, key: &str) -> Result<Option<f64>, ConfigError> {
        match self.number(key)? {
            None => Ok(None),
            // A GGUF's floats may be infinite, or none.
            Some(number) if number.is_finite() && number > 0.0 => Ok(Some(number)),
            Some(_) => Err(self.error(key, POSITIVE)),
        }
    }

    fn required_positive(&self, key: &str) -> Result<f64, ConfigError> {
        self.positive(key)?.ok_or_else(|| self.error(key, POSITIVE))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.gguf.string(&self.full(key))
    }

    fn error(&self, key: &str, expected: &str) -> ConfigError {
        error(self.gguf, &self.full(key), expected)
    }
}

fn error(gguf: &Gguf, key: &str, expected: &str) -> ConfigError {
    ConfigError::Key {
        file: gguf.file.clone(),
        key: key.to_string(),
        value: gguf.metadata.get(key).map_or_else(|| "(missing)".to_string(), |v| v.to_string()),
        expected: expected.to_string(),
    }
}
