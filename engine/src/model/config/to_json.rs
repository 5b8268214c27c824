//! The config of a model that came without a `config.json`, as transformers reads it.

use serde_json::{Value, json};

use super::{Activation, Architecture, ConfigError, DecoderConfig, RopeScaling};

impl Architecture {
    /// Its `model_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Gpt2 => "gpt2",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Mistral => "MistralForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
            Self::Gpt2 => "GPT2LMHeadModel",
        }
    }

    /// transformers' class of it with a head that gives one number.
    pub const fn classifier(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForSequenceClassification",
            Self::Mistral => "MistralForSequenceClassification",
            Self::Qwen2 => "Qwen2ForSequenceClassification",
            Self::Qwen3 => "Qwen3ForSequenceClassification",
            Self::Gpt2 => "GPT2ForSequenceClassification",
        }
    }
}

/// The text of a `config.json`. `file` is where the model came from, for the error.
pub(super) fn write(config: &DecoderConfig, file: &str) -> Result<String, ConfigError> {
    let keys = match config.architecture {
        Architecture::Gpt2 => gpt2(config),
        _ => llama(config, file)?,
    };
    Ok(format!("{keys:#}\n"))
}

fn activation(activation: Activation) -> &'static str {
    match activation {
        Activation::Silu => "silu",
        Activation::Gelu => "gelu",
        Activation::GeluNew => "gelu_new",
    }
}

fn gpt2(config: &DecoderConfig) -> Value {
    json!({
        "architectures": [config.architecture.class()],
        "model_type": config.architecture.name(),
        "activation_function": activation(config.activation),
        "layer_norm_epsilon": config.norm_eps,
        "n_ctx": config.max_positions,
        "n_embd": config.hidden_size,
        "n_head": config.heads,
        "n_inner": config.intermediate_size,
        "n_layer": config.layers,
        "n_positions": config.max_positions,
        "tie_word_embeddings": config.tied_embeddings,
        "vocab_size": config.vocab_size,
    })
}

fn llama(config: &DecoderConfig, file: &str) -> Result<Value, ConfigError> {
    let mut keys = json!({
        "architectures": [config.architecture.class()],
        "model_type": config.architecture.name(),
        "attention_bias": config.attention_bias && config.output_bias,
        "head_dim": config.head_dim,
        "hidden_act": activation(config.activation),
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_positions,
        "mlp_bias": config.mlp_bias,
        "num_attention_heads": config.heads,
        "num_hidden_layers": config.layers,
        "num_key_value_heads": config.kv_heads,
        "rms_norm_eps": config.norm_eps,
        "tie_word_embeddings": config.tied_embeddings,
        "vocab_size": config.vocab_size,
    });
    if let Some(rope) = &config.rope {
        keys["rope_theta"] = json!(rope.theta);
        keys["rope_scaling"] = scaling(&rope.scaling, file)?;
    }
    if let Some(window) = config.sliding_window {
        keys["sliding_window"] = json!(window);
        keys["use_sliding_window"] = json!(true);
        let first = config.windowed_layers.iter().position(|&windowed| windowed);
        keys["max_window_layers"] = json!(first.unwrap_or(config.layers));
    }
    Ok(keys)
}

fn scaling(scaling: &RopeScaling, file: &str) -> Result<Value, ConfigError> {
    Ok(match scaling {
        RopeScaling::None => Value::Null,
        RopeScaling::Linear { factor } => json!({ "rope_type": "linear", "factor": factor }),
        RopeScaling::Dynamic { factor, original } => json!({
            "rope_type": "dynamic", "factor": factor, "original_max_position_embeddings": original,
        }),
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original } => json!({
            "rope_type": "llama3", "factor": factor, "low_freq_factor": low_freq_factor,
            "high_freq_factor": high_freq_factor, "original_max_position_embeddings": original,
        }),
        RopeScaling::Yarn {
            factor,
            original,
            beta_fast,
            beta_slow,
            attention_factor,
            truncate,
        } => {
            json!({
                "rope_type": "yarn", "factor": factor, "beta_fast": beta_fast, "beta_slow": beta_slow,
                "original_max_position_embeddings": original, "attention_factor": attention_factor,
                "truncate": truncate,
            })
        }
        RopeScaling::Factors(_) => {
            return Err(ConfigError::Contradiction {
                file: file.to_string(),
                what: "its rope_freqs can't be said in a config.json, so the whole model can't be \
                       written; train an adapter instead"
                    .to_string(),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for arch in ["gpt2", "llama3_rope_untied", "mistral_window", "qwen2_bias", "qwen3_qk_norm"]
        {
            let path = format!(
                "{}/../tests/fixtures/archs/{arch}/config.json",
                env!("CARGO_MANIFEST_DIR")
            );
            let text = std::fs::read_to_string(path).unwrap();
            let config = DecoderConfig::from_json("config.json", &text).unwrap();
            let written = write(&config, "config.json").unwrap();
            assert_eq!(
                DecoderConfig::from_json("config.json", &written).unwrap(),
                config,
                "{arch}"
            );
        }
    }
}
