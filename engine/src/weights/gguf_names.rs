//! GGUF's tensor names and layouts, and Hugging Face's.

use super::tensor::Layout;

/// How a GGUF's tensors map to a Hugging Face checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `llama`, which Mistral and SmolLM2 are too: rotary rows are interleaved.
    Llama {
        /// Query heads.
        heads: usize,
        /// Key and value heads.
        kv_heads: usize,
    },
    /// `qwen2` and `qwen3`: the same names, rows as they were.
    Qwen,
    /// `gpt2`: its own names, and projections stored `[out, in]`.
    Gpt2,
}

impl Naming {
    /// The name in Hugging Face's checkpoint, and how the tensor lies; `None` for what is no
    /// part of one, such as `rope_freqs.weight`.
    pub fn to_hf(self, name: &str) -> Option<(String, Layout)> {
        let (stem, suffix) = name.rsplit_once('.')?;
        let Some(rest) = stem.strip_prefix("blk.") else {
            let stem = self.outer(stem)?;
            return Some((format!("{stem}.{suffix}"), Layout::Same));
        };
        let (layer, part) = rest.split_once('.')?;
        let hf = self.inner(part)?;
        let prefix = if self == Self::Gpt2 { "transformer.h" } else { "model.layers" };
        Some((format!("{prefix}.{layer}.{hf}.{suffix}"), self.layout(part, suffix)))
    }

    fn outer(self, stem: &str) -> Option<&'static str> {
        Some(match (self, stem) {
            (_, "output") => "lm_head",
            (Self::Gpt2, "token_embd") => "transformer.wte",
            (Self::Gpt2, "position_embd") => "transformer.wpe",
            (Self::Gpt2, "output_norm") => "transformer.ln_f",
            (_, "token_embd") => "model.embed_tokens",
            (_, "output_norm") => "model.norm",
            _ => return None,
        })
    }

    fn inner(self, part: &str) -> Option<&'static str> {
        Some(match (self, part) {
            (Self::Gpt2, "attn_norm") => "ln_1",
            (Self::Gpt2, "attn_qkv") => "attn.c_attn",
            (Self::Gpt2, "attn_output") => "attn.c_proj",
            (Self::Gpt2, "ffn_norm") => "ln_2",
            (Self::Gpt2, "ffn_up") => "mlp.c_fc",
            (Self::Gpt2, "ffn_down") => "mlp.c_proj",
            (Self::Gpt2, _) => return None,
            (_, "attn_norm") => "input_layernorm",
            (_, "ffn_norm") => "post_attention_layernorm",
            (_, "attn_q") => "self_attn.q_proj",
            (_, "attn_k") => "self_attn.k_proj",
            (_, "attn_v") => "self_attn.v_proj",
            (_, "attn_output") => "self_attn.o_proj",
            (_, "attn_q_norm") => "self_attn.q_norm",
            (_, "attn_k_norm") => "self_attn.k_norm",
            (_, "ffn_gate") => "mlp.gate_proj",
            (_, "ffn_up") => "mlp.up_proj",
            (_, "ffn_down") => "mlp.down_proj",
            _ => return None,
        })
    }

    fn layout(self, part: &str, suffix: &str) -> Layout {
        match (self, part) {
            (Self::Llama { heads, .. }, "attn_q") => Layout::Interleaved { heads },
            (Self::Llama { kv_heads, .. }, "attn_k") => Layout::Interleaved { heads: kv_heads },
            (Self::Gpt2, "attn_qkv" | "attn_output" | "ffn_up" | "ffn_down")
                if suffix == "weight" =>
            {
                Layout::Transposed
            }
            _ => Layout::Same,
        }
    }
}

/// The name with the prefix that a causal model's checkpoint has, where one of the bare model
/// lacks it.
pub(crate) fn with_prefix(name: &str) -> String {
    let bare = |parts: &[&str]| parts.iter().any(|part| name.starts_with(part));
    if bare(&["h.", "wte.", "wpe.", "ln_f."]) {
        format!("transformer.{name}")
    } else if bare(&["layers.", "embed_tokens.", "norm."]) {
        format!("model.{name}")
    } else {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_llama_interleaves_and_only_gpt2_transposes() {
        let llama = Naming::Llama { heads: 9, kv_heads: 3 };
        let name = |name: &str| name.to_string();
        assert_eq!(
            llama.to_hf("blk.11.attn_k.weight"),
            Some((
                name("model.layers.11.self_attn.k_proj.weight"),
                Layout::Interleaved { heads: 3 }
            ))
        );
        assert_eq!(
            Naming::Qwen.to_hf("blk.0.attn_q.bias"),
            Some((name("model.layers.0.self_attn.q_proj.bias"), Layout::Same))
        );
        assert_eq!(
            Naming::Gpt2.to_hf("blk.1.ffn_up.weight"),
            Some((name("transformer.h.1.mlp.c_fc.weight"), Layout::Transposed))
        );
        assert_eq!(
            Naming::Gpt2.to_hf("blk.1.ffn_up.bias"),
            Some((name("transformer.h.1.mlp.c_fc.bias"), Layout::Same))
        );
        assert_eq!(llama.to_hf("rope_freqs.weight"), None);
    }

    #[test]
    fn a_bare_model_gets_its_prefix() {
        assert_eq!(with_prefix("h.0.ln_1.weight"), "transformer.h.0.ln_1.weight");
        assert_eq!(with_prefix("layers.0.mlp.up_proj.weight"), "model.layers.0.mlp.up_proj.weight");
        assert_eq!(with_prefix("lm_head.weight"), "lm_head.weight");
    }
}
