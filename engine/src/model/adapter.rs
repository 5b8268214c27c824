//! Putting adapters on the decoder, and taking their tensors off it.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use temper_protocol::{Failure, FailureKind, Location, LoraConfig};

use super::config::Architecture;
use super::heads::ScalarHead;
use super::lora::{Adapter, Lora};
use super::{Decoder, Linear};
use crate::weights::peft::{self, AdapterConfig};

impl Decoder {
    /// Puts new adapters on the layers asked for, B zero: the model is unchanged.
    ///
    /// # Errors
    /// No layer of this model answers to any of the targets.
    pub fn attach_new(
        &mut self,
        lora: &LoraConfig,
        seed: u32,
        slot: Adapter,
    ) -> Result<(), Failure> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
        let device = self.device();
        let scale = lora.alpha / f64::from(lora.r);
        let mut attached = false;
        for (names, layer) in self.projections() {
            if !names.iter().any(|name| lora.targets.contains(name)) {
                continue;
            }
            attached = true;
            let shape = layer.weight.value().dims();
            let options = (lora.r as usize, scale, lora.dropout);
            let name = param_name(layer, slot);
            *layer.slot_mut(slot) = Some(Lora::init(&name, shape, options, &mut rng, &device));
        }
        match attached {
            true => Ok(()),
            false => Err(Failure::bad_input("lora.targets: this model has none of these layers")),
        }
    }

    /// Adds the policy's adapter to the weights and takes it off: the same model in one piece.
    pub fn merge(&mut self) {
        for (_, layer) in self.projections() {
            if let Some(lora) = layer.lora.take() {
                layer.weight.set(layer.weight.value() + lora.update());
            }
        }
    }

    /// Puts a loaded adapter on the model, with its reward head where it has one.
    ///
    /// # Errors
    /// A tensor of another shape, without its partner, or for a layer this model doesn't have.
    pub fn attach(&mut self, adapter: &peft::Adapter, slot: Adapter) -> Result<(), Failure> {
        let device = self.device();
        let mut used = 0;
        for (_, layer) in self.projections() {
            let mut loaded = load_layer(adapter, layer, slot, &device)?;
            used += 2 * usize::from(loaded.is_some());
            if slot == Adapter::Reward {
                loaded = loaded.as_ref().map(Lora::frozen);
            }
            *layer.slot_mut(slot) = loaded;
        }
        let lora: Vec<&String> =
            adapter.tensors.keys().filter(|key| key.contains(".lora_")).collect();
        if used < lora.len() || used == 0 {
            let example = lora.last().map_or("none", |name| name.as_str());
            let message = format!(
                "the adapter's tensors ({example}, ...) are not all for layers of this model: \
                 it was made for another model"
            );
            return Err(bad_tensor(example, message));
        }
        self.attach_score(adapter)
    }

    fn attach_score(&mut self, adapter: &peft::Adapter) -> Result<(), Failure> {
        const SCORE: &str = "score.weight";
        let Some((shape, values)) = adapter.tensors.get(SCORE) else { return Ok(()) };
        let width = self.config.hidden_size;
        if shape[..] != [1, width] {
            let message = format!(
                "adapter tensor {SCORE} has shape {shape:?}, expected [1, {width}]: it was made \
                 for another model"
            );
            return Err(bad_tensor(SCORE, message));
        }
        let data = TensorData::new(values.clone(), [1, width]);
        self.score = Some(ScalarHead::new("score", Tensor::from_data(data, &self.device())));
        Ok(())
    }

    /// The reward head, where it belongs to the adapter that trains and not to a frozen reward.
    fn trained_score(&self) -> Option<&ScalarHead> {
        self.score.as_ref().filter(|head| head.weight.trainable)
    }

    /// Takes every adapter and head off.
    pub fn strip(&mut self) {
        for (_, layer) in self.projections() {
            for slot in [Adapter::Policy, Adapter::Reference, Adapter::Critic, Adapter::Reward] {
                *layer.slot_mut(slot) = None;
            }
        }
        self.score = self.own_score.clone();
        self.value = None;
    }

    /// Keeps a frozen copy of the adapters as they are: what the reference uses.
    pub fn freeze_reference(&mut self) {
        for (_, layer) in self.projections() {
            layer.reference = layer.lora.as_ref().map(Lora::frozen);
        }
    }

    /// Whether any layer carries an adapter.
    pub fn has_adapter(&mut self) -> bool {
        self.projections().iter().any(|(_, layer)| layer.lora.is_some())
    }

    /// The adapters' tensors under PEFT's names, in the order of the layers.
    pub fn adapter_tensors(&mut self) -> Vec<(String, Tensor<2>)> {
        let layers = self.projections().into_iter().filter_map(|(_, layer)| layer.lora.as_ref());
        let mut tensors: Vec<(String, Tensor<2>)> = layers
            .flat_map(|lora| [&lora.a, &lora.b])
            .map(|param| (peft::saved_name(&param.name), param.value()))
            .collect();
        let score = self.trained_score().map(|head| &head.weight);
        tensors.extend(score.map(|weight| (peft::saved_name(&weight.name), weight.value())));
        tensors
    }

    /// The adapters' settings as PEFT has them; `None` without adapters.
    pub fn adapter_config(&mut self, base_model: &str) -> Option<AdapterConfig> {
        let gpt2 = self.config.architecture == Architecture::Gpt2;
        let mut targets: Vec<String> = Vec::new();
        let mut first = None;
        for (_, layer) in self.projections() {
            let Some(lora) = &layer.lora else { continue };
            let r = lora.a.value().dims()[0];
            first.get_or_insert((r, lora.scale * r as f64, lora.dropout));
            let target = target_name(layer_name(layer));
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let (r, alpha, dropout) = first?;
        let config = AdapterConfig::new(base_model, r, alpha, dropout, targets, gpt2);
        Some(if self.trained_score().is_some() { config.for_rewards() } else { config })
    }
}

/// A layer's pair of matrices, if the adapter has one.
fn load_layer(
    adapter: &peft::Adapter,
    layer: &Linear,
    slot: Adapter,
    device: &Device,
) -> Result<Option<Lora>, Failure> {
    let name = layer_name(layer);
    let [out, width] = layer.weight.value().dims();
    let tensor = |part: &str, outer: Option<usize>, inner: Option<usize>| {
        let key = format!("{name}.{part}.weight");
        let Some((shape, values)) = adapter.tensors.get(&key) else { return Ok(None) };
        let fits = |found: usize, wanted: Option<usize>| wanted.is_none_or(|size| size == found);
        match shape[..] {
            [a, b] if fits(a, outer) && fits(b, inner) => {
                let data = TensorData::new(values.clone(), [a, b]);
                Ok(Some(Tensor::<2>::from_data(data, device)))
            }
            _ => {
                let message = format!(
                    "adapter tensor {key} has shape {shape:?}: it was made for another model"
                );
                Err(bad_tensor(&key, message))
            }
        }
    };
    let options = (adapter.config.scale(), adapter.config.lora_dropout);
    match (tensor("lora_A", None, Some(width))?, tensor("lora_B", Some(out), None)?) {
        (None, None) => Ok(None),
        (Some(a), Some(b)) if a.dims()[0] == b.dims()[1] => {
            Ok(Some(Lora::from_values(&param_name(layer, slot), a, b, options)))
        }
        _ => {
            let message = format!("adapter layer {name}: lora_A and lora_B don't fit each other");
            Err(bad_tensor(name, message))
        }
    }
}

/// `model.layers.0.self_attn.q_proj` of `model.layers.0.self_attn.q_proj.weight`.
fn layer_name(layer: &Linear) -> &str {
    layer.weight.name.trim_end_matches(".weight")
}

/// A policy's adapter is named as PEFT has it; others must not share its names in a checkpoint.
fn param_name(layer: &Linear, slot: Adapter) -> String {
    match slot {
        Adapter::Policy | Adapter::Reference => layer_name(layer).to_owned(),
        Adapter::Critic => format!("critic.{}", layer_name(layer)),
        Adapter::Reward => format!("reward.{}", layer_name(layer)),
    }
}

/// What PEFT matches layers by: the last part, and for GPT-2, whose attention and MLP share a
/// `c_proj`, the last two.
fn target_name(layer: &str) -> String {
    let parts: Vec<&str> = layer.rsplit('.').take(2).collect();
    match parts[..] {
        [last @ "c_proj", parent] => format!("{parent}.{last}"),
        [last, ..] => last.to_owned(),
        [] => String::new(),
    }
}

fn bad_tensor(key: &str, message: String) -> Failure {
    let location = Location { key: Some(key.into()), ..Location::default() };
    Failure::new(FailureKind::BadInput(location), message)
}
