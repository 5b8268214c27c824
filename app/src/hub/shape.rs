//! What a `config.json` tells before any weight is there: widths, and how many weights that makes.
//! Looking is all it does; the engine reads it once more and strictly.

use serde_json::{Map, Value};

use crate::fit::{Size, Widths};

/// A model's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its `model_type`.
    pub architecture: String,
    /// Whether its weights are quantised.
    pub quantised: bool,
    /// Longest sequence it was made for, tokens.
    pub context: Option<u32>,
    /// What decides whether it fits.
    pub widths: Widths,
    /// How many weights; `None` where we don't know the architecture's formula.
    pub parameters: Option<f64>,
}

impl Shape {
    /// Reads the text of a `config.json`; `None` where it hasn't what a decoder's has.
    pub fn read(text: &str) -> Option<Self> {
        let keys: Map<String, Value> = serde_json::from_str(text).ok()?;
        let size = |names: &[&str]| {
            let value = names.iter().find_map(|name| keys.get(*name)?.as_u64())?;
            u32::try_from(value).ok()
        };
        let architecture = keys.get("model_type")?.as_str()?.to_string();
        let widths = Widths {
            vocab: size(&["vocab_size"])?,
            hidden: size(&["hidden_size", "n_embd"])?,
            layers: size(&["num_hidden_layers", "n_layer"])?,
        };
        Some(Self {
            quantised: keys.get("quantization_config").is_some_and(|value| !value.is_null()),
            context: size(&["max_position_embeddings", "n_positions"]),
            parameters: parameters(&keys, &architecture, widths),
            architecture,
            widths,
        })
    }

    /// For [`crate::fit`]; `listed` is the number of weights that the hub tells, which counts a
    /// tied head twice where the file does.
    pub fn size(&self, listed: Option<f64>) -> Option<Size> {
        let parameters = self.parameters.or(listed)?;
        Some(Size { parameters, widths: Some(self.widths) })
    }
}

/// The weights of a model of Llama's kind; a tied head counts once.
fn parameters(keys: &Map<String, Value>, architecture: &str, widths: Widths) -> Option<f64> {
    if !matches!(architecture, "llama" | "mistral" | "qwen2" | "qwen3") {
        return None;
    }
    let number = |key: &str| keys.get(key)?.as_f64();
    let flag = |key: &str| keys.get(key).and_then(Value::as_bool).unwrap_or(false);
    let width = f64::from(widths.hidden);
    let (heads, inner) = (number("num_attention_heads")?, number("intermediate_size")?);
    let usual = if architecture == "qwen3" { 128.0 } else { width / heads };
    let head_dim = number("head_dim").unwrap_or(usual);
    let queries = heads * head_dim;
    let keys_and_values = 2.0 * number("num_key_value_heads").unwrap_or(heads) * head_dim;
    let biases = if architecture == "qwen2" { queries + keys_and_values } else { 0.0 };
    let norms = 2.0 * width + if architecture == "qwen3" { 2.0 * head_dim } else { 0.0 };
    let attention = width * (2.0 * queries + keys_and_values) + biases;
    let layer = attention + 3.0 * width * inner + norms;
    let tables = if flag("tie_word_embeddings") { 1.0 } else { 2.0 };
    Some(tables * f64::from(widths.vocab) * width + f64::from(widths.layers) * layer + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMOL: &str = r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama",
        "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9,
        "num_hidden_layers": 30, "num_key_value_heads": 3, "vocab_size": 49152,
        "max_position_embeddings": 8192, "tie_word_embeddings": true, "torch_dtype": "bfloat16"}"#;

    /// The hub's own count of SmolLM2-135M. A layer has 576·(576 + 2·192 + 576) + 3·576·1536 +
    /// 2·576 = 3540096, the embedding 49152·576 = 28311552, the last norm 576.
    #[test]
    fn weights_are_counted_as_the_hub_counts_them() {
        let shape = Shape::read(SMOL).unwrap();
        assert_eq!(shape.widths, Widths { vocab: 49_152, hidden: 576, layers: 30 });
        assert_eq!(shape.parameters, Some(134_515_008.0));
        assert_eq!((shape.context, shape.quantised), (Some(8192), false));
    }

    /// The hub's own counts of Qwen2.5-0.5B, with its biases, and of Qwen3-0.6B with its head
    /// counted once.
    #[test]
    fn qwens_biases_and_norms_are_counted() {
        let qwen2 = r#"{"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
            "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
            "vocab_size": 151936, "tie_word_embeddings": true}"#;
        assert_eq!(Shape::read(qwen2).unwrap().parameters, Some(494_032_768.0));
        let qwen3 = r#"{"model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072,
            "head_dim": 128, "num_attention_heads": 16, "num_hidden_layers": 28,
            "num_key_value_heads": 8, "vocab_size": 151936, "tie_word_embeddings": true}"#;
        assert_eq!(Shape::read(qwen3).unwrap().parameters, Some(596_049_920.0));
    }

    #[test]
    fn an_unknown_kind_takes_the_hubs_count() {
        let gpt2 = r#"{"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12,
            "n_positions": 1024, "vocab_size": 50257}"#;
        let shape = Shape::read(gpt2).unwrap();
        assert_eq!((shape.parameters, shape.context), (None, Some(1024)));
        assert_eq!(shape.size(Some(124e6)).map(|size| size.parameters), Some(124e6));
        assert_eq!(shape.size(None), None);
        assert_eq!(Shape::read(r#"{"model_type": "vit"}"#), None);
    }
}
