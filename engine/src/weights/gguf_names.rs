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

const LLAMA: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

const GPT2: [(&str, &str); 6] = [
    ("attn_norm", "ln_1"),
    ("attn_qkv", "attn.c_attn"),
    ("attn_output", "attn.c_proj"),
    ("ffn_norm", "ln_2"),
    ("ffn_up", "mlp.c_fc"),
    ("ffn_down", "mlp.c_proj"),
];

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
        let (_, hf) = self.parts().iter().find(|(gguf, _)| *gguf == part)?;
        let prefix = self.layers();
        Some((format!("{prefix}{layer}.{hf}.{suffix}"), self.layout(part, suffix)))
    }

    /// The name in a GGUF of a layer's tensor, and how it lies there; `None` for any other.
    pub fn to_gguf(self, name: &str) -> Option<(String, Layout)> {
        let (stem, suffix) = name.rsplit_once('.')?;
        let (layer, part) = stem.strip_prefix(self.layers())?.split_once('.')?;
        let (gguf, _) = self.parts().iter().find(|(_, hf)| *hf == part)?;
        Some((format!("blk.{layer}.{gguf}.{suffix}"), self.layout(gguf, suffix)))
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

    /// What a layer is made of, by a GGUF's names and by Hugging Face's.
    fn parts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Gpt2 => &GPT2,
            Self::Llama { .. } | Self::Qwen => &LLAMA,
        }
    }

    fn layers(self) -> &'static str {
        match self {
            Self::Gpt2 => "transformer.h.",
            Self::Llama { .. } | Self::Qwen => "model.layers.",
        }
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
    fn names_go_there_and_back() {
        let llama = Naming::Llama { heads: 9, kv_heads: 3 };
        for naming in [llama, Naming::Qwen, Naming::Gpt2] {
            for (part, _) in naming.parts() {
                let gguf = format!("blk.7.{part}.weight");
                let (hf, layout) = naming.to_hf(&gguf).unwrap();
                assert_eq!(naming.to_gguf(&hf), Some((gguf, layout)));
            }
            assert_eq!(naming.to_gguf("lm_head.weight"), None);
        }
    }

    #[test]
    fn a_bare_model_gets_its_prefix() {
        assert_eq!(with_prefix("h.0.ln_1.weight"), "transformer.h.0.ln_1.weight");
        assert_eq!(with_prefix("layers.0.mlp.up_proj.weight"), "model.layers.0.mlp.up_proj.weight");
        assert_eq!(with_prefix("lm_head.weight"), "lm_head.weight");
    }
}
