//! Writing weights: adapters in PEFT's format, whole models in Hugging Face's layout.

use serde_json::{Value, json};
use temper_protocol::{Failure, FailureKind};

use crate::device::read;
use crate::model::config::Architecture;
use crate::model::flat::{self, FlatWeight};
use crate::open::OpenModel;
use crate::scores::Normalization;
use crate::storage::Store;
use crate::weights::peft::{self, adapter_config_json};
use crate::weights::write::{SaveDtype, safetensors_header, to_bytes};

/// Where a run leaves an adapter.
pub const ADAPTER: &str = "adapter";
/// Where it leaves all weights.
pub const MODEL: &str = "model";

/// Writes what a run trained and gives its folder: [`ADAPTER`] or [`MODEL`]; a reward model's
/// normalisation beside it.
///
/// # Errors
/// The store's, or a lost device.
pub async fn weights(
    open: &mut OpenModel,
    normalization: Option<Normalization>,
    store: &dyn Store,
) -> Result<&'static str, Failure> {
    let folder = adapter_or_model(open, store).await?;
    if let Some(normalization) = normalization {
        let json = serde_json::to_vec(&normalization)
            .map_err(|error| Failure::new(FailureKind::Bug, error.to_string()))?;
        store.write(&format!("{folder}/{}", Normalization::FILE), &json, false).await?;
    }
    Ok(folder)
}

async fn adapter_or_model(
    open: &mut OpenModel,
    store: &dyn Store,
) -> Result<&'static str, Failure> {
    match open.decoder.adapter_config(&open.name) {
        Some(config) => {
            let json = adapter_config_json(&config);
            let path = format!("{ADAPTER}/{}", peft::CONFIG_FILE);
            store.write(&path, json.as_bytes(), false).await?;
            let tensors = open.decoder.adapter_tensors().into_iter().map(|(name, value)| {
                let shape = value.dims().to_vec();
                let numbers = shape.iter().product::<usize>();
                FlatWeight { name, shape, value: value.reshape([numbers]) }
            });
            let path = format!("{ADAPTER}/{}", peft::WEIGHTS_FILE);
            write_tensors(store, &path, tensors.collect(), SaveDtype::F32).await?;
            Ok(ADAPTER)
        }
        None => {
            model(open, store, MODEL).await?;
            Ok(MODEL)
        }
    }
}

/// Writes a model with its adapter merged into its weights, to the store's own folder.
///
/// # Errors
/// The store's, or a lost device.
pub async fn merged(open: &mut OpenModel, store: &dyn Store) -> Result<(), Failure> {
    open.decoder.merge();
    model(open, store, ".").await
}

/// Writes the whole model as a folder that `transformers` and we can load.
async fn model(open: &mut OpenModel, store: &dyn Store, folder: &str) -> Result<(), Failure> {
    for (name, bytes) in open.companion_files().await? {
        let bytes = if name == "config.json" { as_saved(open, bytes) } else { bytes };
        store.write(&format!("{folder}/{name}"), &bytes, false).await?;
    }
    // A critic is the run's own affair; what is left is the policy, or a reward model.
    open.decoder.value = None;
    let mut tensors = flat::all(&mut open.decoder);
    if open.decoder.config.architecture == Architecture::Gpt2 {
        tensors.iter_mut().for_each(transpose_conv1d);
    }
    write_tensors(store, &format!("{folder}/model.safetensors"), tensors, SaveDtype::F32).await
}

/// The config of what is written: f32, whatever the weights came as, and a reward model's head.
fn as_saved(open: &OpenModel, bytes: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut keys)) = serde_json::from_slice(&bytes) else { return bytes };
    // transformers loads weights as this type, and bf16 would round small steps away.
    for key in ["dtype", "torch_dtype"] {
        keys.insert(key.into(), "float32".into());
    }
    keys.insert("tie_word_embeddings".into(), open.decoder.config.tied_embeddings.into());
    if open.decoder.score.is_some() {
        let class = open.decoder.config.architecture.classifier();
        keys.insert("architectures".into(), json!([class]));
        // transformers counts a head's outputs by their names.
        keys.insert("id2label".into(), json!({ "0": "LABEL_0" }));
        keys.insert("label2id".into(), json!({ "LABEL_0": 0 }));
        if keys.get("pad_token_id").is_none_or(Value::is_null) {
            keys.insert("pad_token_id".into(), open.pad_id().into());
        }
    }
    format!("{:#}\n", Value::Object(keys)).into_bytes()
}

/// GPT-2's files hold its layers as `[in, out]`.
fn transpose_conv1d(weight: &mut FlatWeight) {
    let conv1d = [".c_attn.weight", ".c_proj.weight", ".c_fc.weight"];
    if let [out, width] = weight.shape[..]
        && conv1d.iter().any(|suffix| weight.name.ends_with(suffix))
    {
        let turned = weight.value.clone().reshape([out, width]).transpose();
        weight.value = turned.reshape([out * width]);
        weight.shape = vec![width, out];
    }
}

/// Streams tensors into one safetensors file, one in host memory at a time.
///
/// # Errors
/// The store's, or a lost device.
pub async fn write_tensors(
    store: &dyn Store,
    path: &str,
    tensors: Vec<FlatWeight>,
    dtype: SaveDtype,
) -> Result<(), Failure> {
    let index: Vec<(String, Vec<usize>)> =
        tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone())).collect();
    store.write(path, &safetensors_header(&index, dtype), false).await?;
    for tensor in tensors {
        let values = read(tensor.value).await?;
        store.write(path, &to_bytes(&values, dtype), true).await?;
    }
    Ok(())
}
