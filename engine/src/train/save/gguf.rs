//! An adapter as one GGUF, for llama.cpp.
//!
//! Names, keys and shapes are those of llama.cpp's `convert_lora_to_gguf.py`: `<tensor>.lora_a` is
//! `[r, in]` and `<tensor>.lora_b` is `[out, r]`, its rows in the order that the base has in a GGUF.

use temper_protocol::{Failure, FailureKind};

use crate::device::read;
use crate::model::config::{Architecture, DecoderConfig};
use crate::open::OpenModel;
use crate::storage::Store;
use crate::weights::gguf::write::{Written, data, header};
use crate::weights::peft::{Half, half_of};
use crate::weights::{Layout, Naming, interleave};

/// The file's name.
pub const FILE: &str = "adapter.gguf";

/// Writes the policy's adapter to [`FILE`] in the store.
///
/// # Errors
/// There is none, a reward model's head, for which the format has no place, the store's, or a lost
/// device.
pub async fn adapter(open: &mut OpenModel, store: &dyn Store) -> Result<(), Failure> {
    let Some(config) = open.decoder.adapter_config(&open.name) else {
        return Err(Failure::bad_input(format!("{}: no adapter is on it", open.name)));
    };
    let (naming, architecture) = naming(&open.decoder.config);
    let tensors = open.decoder.adapter_tensors();
    let placed: Vec<(String, Layout)> =
        tensors.iter().map(|(name, _)| place(name, naming)).collect::<Result<_, _>>()?;
    let index: Vec<(String, Vec<usize>)> = placed
        .iter()
        .zip(&tensors)
        .map(|((name, _), (_, value))| (name.clone(), value.dims().to_vec()))
        .collect();
    let keys = [
        ("general.type", Written::Text("adapter")),
        ("general.architecture", Written::Text(architecture)),
        ("general.name", Written::Text(&open.name)),
        ("adapter.type", Written::Text("lora")),
        ("adapter.lora.alpha", Written::Float(config.lora_alpha as f32)),
    ];
    store.write(FILE, &header(&keys, &index), false).await?;
    for ((_, value), (_, layout)) in tensors.into_iter().zip(placed) {
        let [rows, columns] = value.dims();
        let mut values = read(value.reshape([rows * columns])).await?;
        if let Layout::Interleaved { heads } = layout {
            values = interleave(&values, rows, heads);
        }
        store.write(FILE, &data(&values), true).await?;
    }
    Ok(())
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

/// A tensor's name in the GGUF by PEFT's, and how its rows lie there.
fn place(saved: &str, naming: Naming) -> Result<(String, Layout), Failure> {
    let Some((layer, half)) = half_of(saved) else {
        let message = format!("{saved}: a GGUF adapter has no place for a reward model's head");
        return Err(Failure::bad_input(message).with_hint("export it --as peft"));
    };
    let Some((name, layout)) = naming.from_hf(&format!("{layer}.weight")) else {
        return Err(Failure::new(FailureKind::Bug, format!("{layer}: a GGUF has no such layer")));
    };
    Ok(match half {
        // Inputs lie as they are in every layout.
        Half::A => (format!("{name}.lora_a"), Layout::Same),
        Half::B => (format!("{name}.lora_b"), layout),
    })
}
