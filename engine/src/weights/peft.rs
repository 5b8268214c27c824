//! LoRA adapters in PEFT's format: `adapter_config.json` beside `adapter_model.safetensors`.
//!
//! What we can't honour is an error that names the key: an adapter that is loaded but means
//! something else than its file says would be worse than none.

mod config;

use std::collections::BTreeMap;

pub use config::{AdapterConfig, adapter_config_json};

use super::error::WeightsError;
use super::safetensors;
use super::source::ModelFiles;

/// The settings' file.
pub const CONFIG_FILE: &str = "adapter_config.json";
/// The weights' file.
pub const WEIGHTS_FILE: &str = "adapter_model.safetensors";

// PEFT wraps the model twice, and its names show it.
const PREFIX: &str = "base_model.model.";
const LORA_A: &str = ".lora_A.weight";
const LORA_B: &str = ".lora_B.weight";

/// An adapter in memory; adapters are small.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// Its settings.
    pub config: AdapterConfig,
    /// Shapes and values by name, without PEFT's `base_model.model.`: a module's
    /// `….lora_A.weight` is `[r, in]`, its `….lora_B.weight` `[out, r]`, and `score.weight` is
    /// `[1, hidden]`.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Adapter {
    /// Reads an adapter's folder.
    ///
    /// # Errors
    /// A file is missing or broken, a setting or tensor is one that we can't honour, or the
    /// two files contradict each other.
    pub async fn open(files: &ModelFiles) -> Result<Self, WeightsError> {
        let (Some(settings), Some(weights)) = (files.find(CONFIG_FILE), files.find(WEIGHTS_FILE))
        else {
            return Err(WeightsError::NoWeights {
                model: files.name.clone(),
                expected: format!("{CONFIG_FILE} and {WEIGHTS_FILE}"),
            });
        };
        let text = files.read_all(CONFIG_FILE).await?.unwrap_or_default();
        let config = AdapterConfig::from_json(settings.name(), &text)?;
        let mut tensors = BTreeMap::new();
        for (name, stored) in safetensors::open(weights).await? {
            let values = stored.read().await?;
            let name = name.strip_prefix(PREFIX).unwrap_or(&name).to_string();
            tensors.insert(name, (stored.shape, values));
        }
        let adapter = Self { config, tensors };
        adapter.check(weights.name())?;
        Ok(adapter)
    }

    /// The modules that have LoRA weights, such as `model.layers.0.self_attn.q_proj`.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().filter_map(|name| name.strip_suffix(LORA_A))
    }

    fn check(&self, file: &str) -> Result<(), WeightsError> {
        if self.modules().next().is_none() {
            let why = "it holds no LoRA weights".to_string();
            return Err(WeightsError::Unsupported { file: file.to_string(), what: why });
        }
        for (name, (shape, _)) in &self.tensors {
            self.check_tensor(name, shape).map_err(|why| WeightsError::BadEntry {
                file: file.to_string(),
                tensor: name.clone(),
                why,
            })?;
        }
        Ok(())
    }

    fn check_tensor(&self, name: &str, shape: &[usize]) -> Result<(), String> {
        let r = self.config.r;
        let (rank, other) = if let Some(module) = name.strip_suffix(LORA_A) {
            (shape.first(), format!("{module}{LORA_B}"))
        } else if let Some(module) = name.strip_suffix(LORA_B) {
            (shape.get(1), format!("{module}{LORA_A}"))
        } else {
            return self.check_saved_module(name);
        };
        if shape.len() != 2 || rank != Some(&r) {
            return Err(format!("shape {shape:?} doesn't fit r = {r} of {CONFIG_FILE}"));
        }
        match self.tensors.contains_key(&other) {
            true => Ok(()),
            false => Err(format!("its other half {other} is missing")),
        }
    }

    fn check_saved_module(&self, name: &str) -> Result<(), String> {
        let module = name.strip_suffix(".weight").unwrap_or(name);
        match self.config.modules_to_save.iter().any(|saved| saved == module) {
            true => Ok(()),
            false => Err("neither LoRA weights nor a module of modules_to_save".to_string()),
        }
    }
}

/// PEFT's names of a module's two matrices, for writing.
pub fn lora_names(module: &str) -> [String; 2] {
    [LORA_A, LORA_B].map(|half| format!("{PREFIX}{module}{half}"))
}

/// One of a module's two matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// `[r, in]`
    A,
    /// `[out, r]`
    B,
}

/// The module of an [`Adapter`]'s tensor, and which of its halves that is; `None` for what is saved
/// whole.
pub fn half_of(name: &str) -> Option<(&str, Half)> {
    let half = |suffix, half| name.strip_suffix(suffix).map(|module| (module, half));
    half(LORA_A, Half::A).or_else(|| half(LORA_B, Half::B))
}

/// PEFT's name of a tensor that is saved whole, such as `score.weight`.
pub fn saved_name(tensor: &str) -> String {
    format!("{PREFIX}{tensor}")
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::weights::write::{SaveDtype, safetensors_header, to_bytes};
    use crate::weights::{ByteSource, MemorySource};

    fn config() -> AdapterConfig {
        let targets = vec!["q_proj".to_string()];
        let plain = AdapterConfig::new("base", 2, 16.0, 0.0, targets, false);
        AdapterConfig { modules_to_save: vec!["score".to_string()], ..plain }
    }

    fn open(shapes: &[(String, Vec<usize>)]) -> Result<Adapter, WeightsError> {
        let mut file = safetensors_header(shapes, SaveDtype::F32);
        for (_, shape) in shapes {
            file.extend(to_bytes(&vec![0.5; shape.iter().product()], SaveDtype::F32));
        }
        let sources: Vec<Rc<dyn ByteSource>> = vec![
            Rc::new(MemorySource::new(CONFIG_FILE, adapter_config_json(&config()).into_bytes())),
            Rc::new(MemorySource::new(WEIGHTS_FILE, file)),
        ];
        pollster::block_on(Adapter::open(&ModelFiles::new("a", sources)))
    }

    #[test]
    fn what_is_written_is_read_back() {
        let [a, b] = lora_names("model.layers.0.self_attn.q_proj");
        let head = saved_name("score.weight");
        let adapter = open(&[(a, vec![2, 3]), (b, vec![4, 2]), (head, vec![1, 3])]).unwrap();
        assert_eq!(adapter.config, config());
        assert_eq!(adapter.modules().collect::<Vec<_>>(), ["model.layers.0.self_attn.q_proj"]);
        let halves: Vec<_> = adapter.tensors.keys().map(|name| half_of(name)).collect();
        let module = "model.layers.0.self_attn.q_proj";
        assert_eq!(halves, [Some((module, Half::A)), Some((module, Half::B)), None]);
        assert_eq!(adapter.tensors["score.weight"], (vec![1, 3], vec![0.5; 3]));
    }

    #[test]
    fn a_tensor_without_its_half_or_of_another_rank_is_named() {
        let [a, b] = lora_names("q");
        let alone = open(&[(a.clone(), vec![2, 3])]).unwrap_err().to_string();
        assert!(alone.contains("q.lora_A.weight") && alone.contains("q.lora_B.weight"), "{alone}");
        let rank = open(&[(a, vec![2, 3]), (b, vec![4, 3])]).unwrap_err().to_string();
        assert!(rank.contains("q.lora_B.weight") && rank.contains("r = 2"), "{rank}");
    }
}
