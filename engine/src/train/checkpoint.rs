//! All that a resume needs, durable before it is announced.
//!
//! `checkpoints/step-N/model.safetensors` holds the trained weights and the optimiser's means;
//! `checkpoint.json`, written last, makes the checkpoint count.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use temper_protocol::{CheckpointInfo, Failure, FailureKind};

use super::reference::Reference;
use super::save::write_tensors;
use super::self_play::Rounds;
use super::window::Window;
use crate::data::EncodedPair;
use crate::model::Decoder;
use crate::model::flat::{self, FlatWeight};
use crate::storage::Store;
use crate::train::optimizer::AdamW;
use crate::weights::write::SaveDtype;
use crate::weights::{ModelFiles, Weights};

const FOLDER: &str = "checkpoints";

/// What isn't a tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Optimiser steps done.
    pub step: u32,
    /// The run's resolved config.
    pub config: String,
    /// Of the encoded rows: a resume on other data would be another run.
    pub data_hash: String,
    /// Of the model's weights as they came; empty in a checkpoint from before there was one.
    #[serde(default)]
    pub model_hash: String,
    /// Metrics since the last logged line.
    pub window: Window,
    /// Tokens trained on, padding not counted.
    pub tokens_seen: u64,
    /// Optimiser updates done: more than steps in PPO, fewer in a later round of self-play.
    pub updates: u32,
    /// Steps done when this round of self-play began.
    pub origin: u32,
    /// Completions sampled to learn from.
    pub episodes: u64,
    /// PPO's price of KL: the bits of an f64.
    pub kl_coef: u64,
    /// Count, mean and variance of PPO's scores so far: the bits of f64s.
    #[serde(default)]
    pub scores: [u64; 3],
    /// Self-play's.
    pub rounds: Option<RoundsState>,
}

/// What self-play can't make again: its pairs were sampled from a model that is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundsState {
    /// How far it is.
    pub rounds: Rounds,
    /// Of this round.
    pub pairs: Vec<EncodedPair>,
    /// Held out.
    pub eval: Vec<EncodedPair>,
}

/// Writes a checkpoint.
///
/// # Errors
/// The store's, or a lost device.
pub async fn save(
    store: &dyn Store,
    state: &State,
    model: &mut Decoder,
    reference: Option<&mut Reference>,
    optimizer: &AdamW,
) -> Result<CheckpointInfo, Failure> {
    let path = format!("{FOLDER}/step-{}", state.step);
    store.remove(&path).await?;
    let mut weights = flat::trainable(model);
    weights.extend(optimizer.state().into_iter().enumerate().map(|(i, value)| FlatWeight {
        name: state_name(i),
        shape: value.dims().to_vec(),
        value,
    }));
    if let Some(Reference::Copy(copy)) = reference {
        weights.extend(
            flat::trainable(copy)
                .into_iter()
                .map(|weight| FlatWeight { name: reference_name(&weight.name), ..weight }),
        );
    }
    write_tensors(store, &format!("{path}/model.safetensors"), weights, SaveDtype::F32).await?;
    let json = serde_json::to_vec(state).map_err(|error| {
        Failure::new(FailureKind::Storage, format!("{path}/checkpoint.json: {error}"))
    })?;
    store.write(&format!("{path}/checkpoint.json"), &json, false).await?;
    Ok(CheckpointInfo { step: state.step, path })
}

/// The newest whole checkpoint, if there is one.
///
/// # Errors
/// The store's.
pub async fn latest(store: &dyn Store) -> Result<Option<State>, Failure> {
    let mut steps: Vec<u32> = store
        .list(FOLDER)
        .await?
        .iter()
        .filter_map(|name| name.strip_prefix("step-")?.parse().ok())
        .collect();
    steps.sort_unstable();
    for step in steps.into_iter().rev() {
        // A run killed while writing leaves no whole one; the one before still counts.
        if let Some(state) = of_step(store, step).await? {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

/// The whole checkpoint of a step, if there is one.
///
/// # Errors
/// The store's.
pub(super) async fn of_step(store: &dyn Store, step: u32) -> Result<Option<State>, Failure> {
    let json = store.read(&format!("{FOLDER}/step-{step}/checkpoint.json")).await?;
    Ok(json.and_then(|json| serde_json::from_slice(&json).ok()))
}

/// The tensors of a step's checkpoint.
///
/// # Errors
/// A file that is missing or damaged.
pub(super) async fn weights(store: &dyn Store, step: u32) -> Result<Weights, Failure> {
    let path = format!("{FOLDER}/step-{step}/model.safetensors");
    let missing =
        || Failure::new(FailureKind::Storage, format!("{path}: the checkpoint's weights are gone"));
    let source = store.source(&path).await?.ok_or_else(missing)?;
    Ok(Weights::open(&ModelFiles::new(path.clone(), vec![source])).await?)
}

/// One of these tensors as a flat vector, `[numbers]`.
///
/// # Errors
/// It is missing, damaged or of another shape.
pub(super) async fn read_flat(
    weights: &Weights,
    name: &str,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor<1>, Failure> {
    let numbers = weights.read(name, shape).await?;
    let length = numbers.len();
    Ok(Tensor::from_data(TensorData::new(numbers, [length]), device))
}

/// Puts a checkpoint's weights and means back.
///
/// # Errors
/// A file that is missing or damaged.
pub async fn restore(
    store: &dyn Store,
    state: &State,
    model: &mut Decoder,
    reference: Option<&mut Reference>,
    optimizer: &mut AdamW,
) -> Result<(), Failure> {
    let weights = weights(store, state.step).await?;
    let device = model.device();
    let mut values = Vec::new();
    for weight in flat::trainable(model) {
        values.push(read_flat(&weights, &weight.name, &weight.shape, &device).await?);
    }
    flat::put(model, values);
    if let Some(Reference::Copy(copy)) = reference {
        let mut values = Vec::new();
        for weight in flat::trainable(copy) {
            let name = reference_name(&weight.name);
            values.push(read_flat(&weights, &name, &weight.shape, &device).await?);
        }
        flat::put(copy, values);
    }
    let mut means = Vec::new();
    // Before the first update there are none.
    let sizes = if state.updates == 0 { Vec::new() } else { optimizer.state_sizes() };
    for (i, size) in sizes.into_iter().enumerate() {
        means.push(read_flat(&weights, &state_name(i), &[size], &device).await?);
    }
    optimizer.restore(means, state.updates);
    Ok(())
}

fn reference_name(weight: &str) -> String {
    format!("reference.{weight}")
}

fn state_name(index: usize) -> String {
    format!("optimizer.{index}")
}
