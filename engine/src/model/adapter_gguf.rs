//! An adapter as one GGUF, for llama.cpp.
//!
//! Names, keys and shapes are those of llama.cpp's `convert_lora_to_gguf.py`: `<tensor>.lora_a` is
//! `[r, in]` and `<tensor>.lora_b` is `[out, r]`, its rows in the order that the base has in a GGUF.

use temper_protocol::Failure;

use super::config::{Architecture, DecoderConfig};
use crate::weights::gguf::write::{Written, data, header};
use crate::weights::peft::{Adapter, Half, half_of};
use crate::weights::{Layout, Naming, interleave};

/// What such a file is called.
pub const FILE: &str = "adapter.gguf";

/// The file's bytes; `base` is the model that the adapter was trained on.
///
/// # Errors
/// A reward model's head, for which the format has no place, or an adapter of another model.
pub fn bytes(adapter: &Adapter, base: &DecoderConfig) -> Result<Vec<u8>, Failure> {
    let (naming, architecture) = naming(base);
    let mut index = Vec::new();
    let mut tensors = Vec::new();
    for (name, (shape, values)) in &adapter.tensors {
        let (name, layout) = place(name, shape, naming, base)?;
        index.push((name, shape.clone()));
        tensors.push(data(&match layout {
            Layout::Interleaved { heads } => interleave(values, shape[0], heads),
            Layout::Same | Layout::Transposed => values.clone(),
        }));
    }
    let mut file = header(
        &[
            ("general.type", Written::Text("adapter")),
            ("general.architecture", Written::Text(architecture)),
            ("adapter.type", Written::Text("lora")),
            ("adapter.lora.alpha", Written::Float(alpha(adapter) as f32)),
        ],
        &index,
    );
    tensors.into_iter().for_each(|bytes| file.extend(bytes));
    Ok(file)
}

/// llama.cpp scales by `alpha / r` alone.
fn alpha(Adapter { config, .. }: &Adapter) -> f64 {
    match config.use_rslora {
        true => config.lora_alpha * (config.r as f64).sqrt(),
        false => config.lora_alpha,
    }
}

fn naming(config: &DecoderConfig) -> (Naming, &'static str) {
    match config.architecture {
        Architecture::Llama | Architecture::Mistral => {
            let (heads, kv_heads) = (config.heads, config.kv_heads);
            (Naming::Llama { heads, kv_heads }, "llama")
        }
        Architecture::Qwen2 => (Naming::Qwen, "qwen2"),
        Architecture::Qwen3 => (Naming::Qwen, "qwen3"),
        Architecture::Gpt2 => (Naming::Gpt2, "gpt2"),
    }
}

/// A tensor's name in the GGUF, and how its rows lie there.
fn place(
    tensor: &str,
    shape: &[usize],
    naming: Naming,
    base: &DecoderConfig,
) -> Result<(String, Layout), Failure> {
    let Some((module, half)) = half_of(tensor) else {
        let message = format!("{tensor}: a GGUF adapter has no place for a reward model's head");
        return Err(Failure::bad_input(message).with_hint("export it --as peft"));
    };
    let found = naming.to_gguf(&format!("{module}.weight"));
    let (name, layout) = found.ok_or_else(|| of_another_model(module))?;
    let fits = match (half, sizes(module, base)) {
        (Half::A, Some([_, input])) => shape[1] == input,
        (Half::B, Some([output, _])) => shape[0] == output,
        (_, None) => false,
    };
    if !fits {
        return Err(of_another_model(module));
    }
    Ok(match half {
        // Inputs lie as they are in every layout.
        Half::A => (format!("{name}.lora_a"), Layout::Same),
        Half::B => (format!("{name}.lora_b"), layout),
    })
}

/// What a layer gives and takes; `None` where the model has no such layer.
fn sizes(module: &str, base: &DecoderConfig) -> Option<[usize; 2]> {
    let (_, rest) = module.split_once("layers.").or_else(|| module.split_once("h."))?;
    let (layer, part) = rest.split_once('.')?;
    let (width, inner) = (base.hidden_size, base.intermediate_size);
    let (queries, keys) = (base.heads * base.head_dim, base.kv_heads * base.head_dim);
    let sizes = match part {
        "self_attn.q_proj" => [queries, width],
        "self_attn.k_proj" | "self_attn.v_proj" => [keys, width],
        "self_attn.o_proj" => [width, queries],
        "mlp.gate_proj" | "mlp.up_proj" | "mlp.c_fc" => [inner, width],
        "mlp.down_proj" | "mlp.c_proj" => [width, inner],
        "attn.c_attn" => [3 * width, width],
        "attn.c_proj" => [width, width],
        _ => return None,
    };
    layer.parse::<usize>().is_ok_and(|layer| layer < base.layers).then_some(sizes)
}

fn of_another_model(tensor: &str) -> Failure {
    Failure::bad_input(format!("the adapter's {tensor} is none of this model's layers"))
}
