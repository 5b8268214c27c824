//! Weights, from whatever files hold them, under Hugging Face's names and in its layout.
//!
//! A model is a `model.safetensors`, shards with their index, or one GGUF. Opening one reads
//! headers alone; each tensor is then read by its range, converted or dequantised to f32. The
//! rest of the engine never learns which kind of file it was.

pub mod blocks;
mod error;
mod fingerprint;
pub mod gguf;
mod gguf_names;
pub mod peft;
mod safetensors;
mod source;
mod tensor;
pub mod write;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use error::WeightsError;
pub use fingerprint::fingerprint;
pub use gguf::Gguf;
pub use peft::{Adapter, AdapterConfig};
pub use source::{ByteSource, MemorySource, ModelFiles, SourceError};
pub use write::SaveDtype;

pub(crate) use gguf_names::Naming;
use gguf_names::with_prefix;
use tensor::StoredTensor;
pub(crate) use tensor::{Layout, interleave};

/// The architectures of GGUF that we read, for messages.
pub const GGUF_ARCHITECTURES: &str = "llama (also Mistral and SmolLM2), qwen2, qwen3 and gpt2";

/// The tensors of a model, none of them in memory.
pub struct Weights {
    /// What the user calls the model.
    pub model: String,
    tensors: BTreeMap<String, Entry>,
}

struct Entry {
    /// The shape in Hugging Face's layout.
    shape: Vec<usize>,
    stored: StoredTensor,
}

impl Weights {
    /// Reads the headers of a model's files.
    ///
    /// # Errors
    /// No weights, a shard that is missing, a file that is cut off or of another format.
    pub async fn open(files: &ModelFiles) -> Result<Self, WeightsError> {
        let tensors = if let Some(file) = files.find(safetensors::SINGLE) {
            safetensors::open(file).await?
        } else if let Some(index) = files.find(safetensors::INDEX) {
            safetensors::open_sharded(files, index).await?
        } else if let Some(file) = files.gguf() {
            only_one(files)?;
            gguf_tensors(&Gguf::open(Rc::clone(file)).await?)?
        } else {
            return Err(no_weights(files));
        };
        Ok(Self::new(files, tensors))
    }

    /// Reads the headers of every safetensors file there is, whatever their names.
    ///
    /// # Errors
    /// There is none, or one is cut off or of another format.
    pub async fn from_safetensors(files: &ModelFiles) -> Result<Self, WeightsError> {
        let mut tensors = BTreeMap::new();
        for file in files.with_extension(".safetensors") {
            tensors.extend(safetensors::open(file).await?);
        }
        match tensors.is_empty() {
            true => Err(no_weights(files)),
            false => Ok(Self::new(files, tensors)),
        }
    }

    fn new(files: &ModelFiles, tensors: BTreeMap<String, StoredTensor>) -> Self {
        let entry = |(name, stored): (String, StoredTensor)| {
            (with_prefix(&name), Entry { shape: stored.hf_shape(), stored })
        };
        Self { model: files.name.clone(), tensors: tensors.into_iter().map(entry).collect() }
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Whether two tensors are there and hold the same numbers.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub async fn are_same(&self, one: &str, other: &str) -> Result<bool, WeightsError> {
        match (self.tensors.get(one), self.tensors.get(other)) {
            (Some(one), Some(other)) => one.stored.is_same(&other.stored).await,
            _ => Ok(false),
        }
    }

    /// The shape of a tensor, outermost dimension first.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The names of all tensors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor's numbers, row by row: a linear layer's are `[out, in]`, GPT-2's `[in, out]`.
    ///
    /// # Errors
    /// There is none of this name, it has another shape, or it is stored in a way that we
    /// don't read.
    pub async fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let entry = self.tensors.get(name).ok_or_else(|| WeightsError::MissingTensor {
            file: self.model.clone(),
            tensor: name.to_string(),
        })?;
        if entry.shape != shape {
            return Err(WeightsError::Shape {
                file: entry.stored.source.name().to_string(),
                tensor: name.to_string(),
                expected: shape.to_vec(),
                found: entry.shape.clone(),
            });
        }
        entry.stored.read().await
    }
}

fn only_one(files: &ModelFiles) -> Result<(), WeightsError> {
    let names: Vec<&str> = files.with_extension(".gguf").map(|file| file.name()).collect();
    match names.len() {
        0 | 1 => Ok(()),
        _ => Err(WeightsError::Ambiguous { model: files.name.clone(), files: names.join(", ") }),
    }
}

fn no_weights(files: &ModelFiles) -> WeightsError {
    let mut expected =
        format!("{}, {} with its shards, or a .gguf", safetensors::SINGLE, safetensors::INDEX);
    if files.with_extension(".bin").next().is_some() {
        expected += "; pickled .bin weights are not read";
    }
    WeightsError::NoWeights { model: files.name.clone(), expected }
}

/// A GGUF's tensors under Hugging Face's names.
fn gguf_tensors(gguf: &Gguf) -> Result<BTreeMap<String, StoredTensor>, WeightsError> {
    let naming = naming(gguf)?;
    let mut tensors = BTreeMap::new();
    for name in gguf.tensor_names() {
        let (hf, layout) = naming.to_hf(name).unwrap_or_else(|| (name.to_string(), Layout::Same));
        let Some(stored) = gguf.stored(name, layout) else { continue };
        let rows = stored.shape.first().copied().unwrap_or(0);
        let fits = match layout {
            Layout::Same => true,
            Layout::Interleaved { heads } => heads > 0 && rows.is_multiple_of(2 * heads),
            Layout::Transposed => stored.shape.len() == 2,
        };
        if !fits {
            return Err(WeightsError::BadEntry {
                file: gguf.file.clone(),
                tensor: name.to_string(),
                why: format!("shape {:?} doesn't fit the model's heads", stored.shape),
            });
        }
        tensors.insert(hf, stored);
    }
    Ok(tensors)
}

fn naming(gguf: &Gguf) -> Result<Naming, WeightsError> {
    match gguf.string("general.architecture") {
        Some("llama") => {
            let heads = gguf.u32("llama.attention.head_count").ok_or_else(|| {
                let why = "llama.attention.head_count is missing or no number".to_string();
                WeightsError::Unsupported { file: gguf.file.clone(), what: why }
            })?;
            let kv_heads = gguf.u32("llama.attention.head_count_kv").unwrap_or(heads);
            Ok(Naming::Llama { heads: heads as usize, kv_heads: kv_heads as usize })
        }
        Some("qwen2" | "qwen3") => Ok(Naming::Qwen),
        Some("gpt2") => Ok(Naming::Gpt2),
        other => Err(WeightsError::Unsupported {
            file: gguf.file.clone(),
            what: format!(
                "general.architecture = {}: can read {GGUF_ARCHITECTURES}",
                other.unwrap_or("(missing)")
            ),
        }),
    }
}

#[cfg(test)]
mod tests;
