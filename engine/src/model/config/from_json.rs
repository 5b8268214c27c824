//! `config.json`, with the defaults of transformers' config classes.

use super::error::ConfigError;
use super::keys::Keys;
use super::rope::{RopeConfig, RopeScaling, mscale};
use super::{Activation, Architecture, DecoderConfig, MOST_LAYERS};

const MODEL_TYPES: &str =
    "\"llama\" (also SmolLM2), \"mistral\", \"qwen2\" (also Qwen2.5), \"qwen3\" or \"gpt2\"";
const SCALINGS: &str = "\"default\", \"linear\", \"dynamic\", \"llama3\", \"yarn\" or \"longrope\"";
const ACTIVATIONS: &str = "\"silu\", \"gelu\" or \"gelu_new\"";

pub(super) fn read(file: &str, text: &str) -> Result<DecoderConfig, ConfigError> {
    let keys = Keys::parse(file, text)?;
    if keys.get("quantization_config").is_some() {
        let expected = "weights that aren't quantised (a GGUF may be)";
        return Err(keys.error("quantization_config", expected));
    }
    match keys.text("model_type")? {
        Some("llama") => llama_like(&keys, Architecture::Llama),
        Some("mistral") => llama_like(&keys, Architecture::Mistral),
        Some("qwen2") => llama_like(&keys, Architecture::Qwen2),
        Some("qwen3") => llama_like(&keys, Architecture::Qwen3),
        Some("gpt2") => gpt2(&keys),
        _ => Err(keys.error("model_type", MODEL_TYPES)),
    }
}

fn llama_like(keys: &Keys, architecture: Architecture) -> Result<DecoderConfig, ConfigError> {
    use Architecture::{Llama, Qwen2, Qwen3};
    let heads = keys.required_size("num_attention_heads")?;
    let hidden_size = keys.required_size("hidden_size")?;
    let layers = keys.required_up_to("num_hidden_layers", MOST_LAYERS)?;
    let max_positions = keys.required_size("max_position_embeddings")?;
    let (sliding_window, windowed_layers) = window(keys, architecture, layers)?;
    // Llama's and Qwen3's one switch; Qwen2 has biases on q, k and v always, Mistral never.
    let switch = matches!(architecture, Llama | Qwen3) && keys.flag("attention_bias", false)?;
    Ok(DecoderConfig {
        architecture,
        vocab_size: keys.required_size("vocab_size")?,
        hidden_size,
        intermediate_size: keys.required_size("intermediate_size")?,
        layers,
        heads,
        kv_heads: kv_heads(keys, architecture, heads)?,
        head_dim: head_dim(keys, architecture, hidden_size, heads)?,
        max_positions,
        norm_eps: keys.positive("rms_norm_eps")?.unwrap_or(1e-6),
        rope: Some(rope(keys, max_positions)?),
        sliding_window,
        windowed_layers,
        tied_embeddings: keys.flag("tie_word_embeddings", false)?,
        attention_bias: switch || architecture == Qwen2,
        output_bias: switch,
        mlp_bias: architecture == Llama && keys.flag("mlp_bias", false)?,
        qk_norm: architecture == Qwen3,
        activation: activation(keys, "hidden_act", Activation::Silu)?,
    })
}

fn gpt2(keys: &Keys) -> Result<DecoderConfig, ConfigError> {
    for (key, usual) in [
        ("scale_attn_weights", true),
        ("scale_attn_by_inverse_layer_idx", false),
        ("add_cross_attention", false),
    ] {
        if keys.flag(key, usual)? != usual {
            return Err(keys.error(key, &usual.to_string()));
        }
    }
    let hidden_size = keys.required_size("n_embd")?;
    let layers = keys.required_up_to("n_layer", MOST_LAYERS)?;
    let heads = keys.required_size("n_head")?;
    let max_positions = match keys.size("n_positions")? {
        Some(positions) => positions,
        None => keys.required_size("n_ctx")?,
    };
    Ok(DecoderConfig {
        architecture: Architecture::Gpt2,
        vocab_size: keys.required_size("vocab_size")?,
        hidden_size,
        intermediate_size: keys.size("n_inner")?.unwrap_or(4 * hidden_size),
        layers,
        heads,
        kv_heads: heads,
        head_dim: even_share(keys, "n_head", hidden_size, heads)?,
        max_positions,
        norm_eps: keys.positive("layer_norm_epsilon")?.unwrap_or(1e-5),
        rope: None,
        sliding_window: None,
        windowed_layers: vec![false; layers],
        tied_embeddings: keys.flag("tie_word_embeddings", true)?,
        attention_bias: true,
        output_bias: true,
        mlp_bias: true,
        qk_norm: false,
        activation: activation(keys, "activation_function", Activation::GeluNew)?,
    })
}

fn kv_heads(keys: &Keys, family: Architecture, heads: usize) -> Result<usize, ConfigError> {
    let key = "num_key_value_heads";
    let absent = match family {
        Architecture::Mistral => 8,
        Architecture::Qwen2 | Architecture::Qwen3 => 32,
        Architecture::Llama | Architecture::Gpt2 => heads,
    };
    // A null means what Llama's absence does: as many as there are query heads.
    Ok(keys.size(key)?.unwrap_or(if keys.has(key) { heads } else { absent }))
}

fn head_dim(
    keys: &Keys,
    architecture: Architecture,
    hidden_size: usize,
    heads: usize,
) -> Result<usize, ConfigError> {
    match keys.size("head_dim")? {
        Some(size) => Ok(size),
        None if architecture == Architecture::Qwen3 => Ok(128),
        None => even_share(keys, "num_attention_heads", hidden_size, heads),
    }
}

fn even_share(
    keys: &Keys,
    key: &str,
    hidden_size: usize,
    heads: usize,
) -> Result<usize, ConfigError> {
    match heads {
        0 => Err(keys.error(key, "at least one head")),
        _ if hidden_size.is_multiple_of(heads) => Ok(hidden_size / heads),
        _ => Err(keys.error(key, &format!("a divisor of the hidden size {hidden_size}"))),
    }
}

/// The window, and which layers have it.
fn window(
    keys: &Keys,
    architecture: Architecture,
    layers: usize,
) -> Result<(Option<usize>, Vec<bool>), ConfigError> {
    let on = match architecture {
        Architecture::Mistral => true,
        Architecture::Qwen2 | Architecture::Qwen3 => keys.flag("use_sliding_window", false)?,
        Architecture::Llama | Architecture::Gpt2 => false,
    };
    let size = match keys.size("sliding_window")? {
        Some(size) => Some(size),
        None if keys.has("sliding_window") => None,
        None => Some(4096),
    };
    let Some(size) = size.filter(|_| on) else { return Ok((None, vec![false; layers])) };
    if architecture == Architecture::Mistral {
        return Ok((Some(size), vec![true; layers]));
    }
    if let Some(types) = keys.get("layer_types") {
        let expected = "\"full_attention\" or \"sliding_attention\" for each layer";
        let windowed = types.as_array().and_then(|types| {
            types.iter().map(|layer| is_windowed(layer.as_str()?)).collect::<Option<Vec<bool>>>()
        });
        return match windowed.filter(|windowed| windowed.len() == layers) {
            Some(windowed) => Ok((Some(size), windowed)),
            None => Err(keys.error("layer_types", expected)),
        };
    }
    let full = keys.size("max_window_layers")?.unwrap_or(28);
    Ok((Some(size), (0..layers).map(|layer| layer >= full).collect()))
}

fn is_windowed(layer_type: &str) -> Option<bool> {
    match layer_type {
        "sliding_attention" => Some(true),
        "full_attention" => Some(false),
        _ => None,
    }
}

fn activation(keys: &Keys, key: &str, default: Activation) -> Result<Activation, ConfigError> {
    Ok(match keys.text(key)? {
        None => default,
        Some("silu" | "swish") => Activation::Silu,
        Some("gelu" | "gelu_python") => Activation::Gelu,
        // One function under several names.
        Some("gelu_new" | "gelu_pytorch_tanh" | "gelu_fast") => Activation::GeluNew,
        Some(_) => return Err(keys.error(key, ACTIVATIONS)),
    })
}

/// `rope_parameters` of transformers 5, or `rope_theta` with `rope_scaling` of those before.
fn rope(keys: &Keys, max_positions: usize) -> Result<RopeConfig, ConfigError> {
    let theta = keys.positive("rope_theta")?;
    let scaling = match keys.object("rope_scaling", "rope_scaling.")? {
        Some(scaling) => Some(scaling),
        None => keys.object("rope_parameters", "rope_parameters.")?,
    };
    let Some(scaling) = scaling else {
        return Ok(RopeConfig { theta: theta.unwrap_or(10_000.0), scaling: RopeScaling::None });
    };
    if let Some((key, _)) = scaling.values().find(|(_, value)| value.is_object()) {
        return Err(scaling.error(key, "one set of rotary parameters for all layers"));
    }
    for keys in [keys, &scaling] {
        if keys.number("partial_rotary_factor")?.is_some_and(|factor| factor != 1.0) {
            return Err(keys.error("partial_rotary_factor", "1, since whole heads are rotated"));
        }
    }
    let theta = scaling.positive("rope_theta")?.or(theta).unwrap_or(10_000.0);
    // Where the length before scaling stands beside the parameters, it comes first.
    let original = match keys.size("original_max_position_embeddings")? {
        Some(original) => original,
        None => scaling.size("original_max_position_embeddings")?.unwrap_or(max_positions),
    };
    Ok(RopeConfig { theta, scaling: rope_scaling(&scaling, max_positions, original)? })
}

fn rope_scaling(
    keys: &Keys,
    max_positions: usize,
    original: usize,
) -> Result<RopeScaling, ConfigError> {
    let key = if keys.get("rope_type").is_some() { "rope_type" } else { "type" };
    Ok(match keys.text(key)? {
        None | Some("default") => RopeScaling::None,
        Some("linear") => RopeScaling::Linear { factor: keys.required_positive("factor")? },
        Some("dynamic") => {
            let factor = keys.required_positive("factor")?;
            RopeScaling::Dynamic { factor, original: max_positions }
        }
        Some("llama3") => RopeScaling::Llama3 {
            factor: keys.required_positive("factor")?,
            low_freq_factor: keys.required_positive("low_freq_factor")?,
            high_freq_factor: keys.required_positive("high_freq_factor")?,
            original,
        },
        Some("yarn") => yarn(keys, max_positions, original)?,
        Some("longrope") => factors(keys).ok_or_else(|| {
            keys.error(key, "short_factor and long_factor to be the same, and attention_factor 1")
        })?,
        Some(_) => return Err(keys.error(key, SCALINGS)),
    })
}

/// LongRoPE with one set of factors for all lengths. With two sets, a row's log-probabilities
/// would depend on what it is batched with.
fn factors(keys: &Keys) -> Option<RopeScaling> {
    let list = |key| {
        let numbers = keys.get(key)?.as_array()?.iter();
        numbers.map(|number| Some(number.as_f64()? as f32)).collect::<Option<Vec<f32>>>()
    };
    let factors =
        list("short_factor").filter(|factors| Some(factors) == list("long_factor").as_ref())?;
    let unscaled = keys.get("attention_factor")?.as_f64()? == 1.0;
    unscaled.then_some(RopeScaling::Factors(factors))
}

fn yarn(keys: &Keys, max_positions: usize, original: usize) -> Result<RopeScaling, ConfigError> {
    let factor = keys.positive("factor")?.unwrap_or(max_positions as f64 / original as f64);
    // As in Python, a zero counts as absent.
    let given = |key| keys.number(key).map(|number| number.filter(|number| *number != 0.0));
    let attention_factor = match keys.number("attention_factor")? {
        Some(factor) => factor,
        None => match (given("mscale")?, given("mscale_all_dim")?) {
            (Some(mean), Some(all)) => mscale(factor, mean) / mscale(factor, all),
            _ => mscale(factor, 1.0),
        },
    };
    Ok(RopeScaling::Yarn {
        factor,
        original,
        beta_fast: given("beta_fast")?.unwrap_or(32.0),
        beta_slow: given("beta_slow")?.unwrap_or(1.0),
        attention_factor,
        truncate: keys.flag("truncate", true)?,
    })
}
