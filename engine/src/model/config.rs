//! The shape of a model, from `config.json` or a GGUF's metadata.
//!
//! Both say the same in other words, and leave out what the architecture implies; here every
//! default is filled in as transformers fills it, so that nothing after this asks which
//! architecture it is more often than its formulas differ.

mod error;
mod from_gguf;
mod from_json;
mod keys;
mod rope;
mod to_json;

use std::rc::Rc;

pub use error::ConfigError;
pub use rope::{RopeConfig, RopeScaling};

use temper_protocol::Failure;

use crate::weights::{Gguf, ModelFiles};

/// Thirty times what the deepest models have: each layer takes memory before any tensor is looked
/// at, and a wrong number would take all there is.
const MOST_LAYERS: usize = 4096;

/// The model families that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Llama 1 to 3, SmolLM2 and all that copies them.
    Llama,
    /// Mistral: Llama with a sliding window.
    Mistral,
    /// Qwen2 and Qwen2.5: Llama with biases on queries, keys and values.
    Qwen2,
    /// Qwen3: Llama with normed queries and keys.
    Qwen3,
    /// GPT-2: learned positions, layer norms, a plain MLP.
    Gpt2,
}

/// The function inside the MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x σ(x)`
    Silu,
    /// By the error function.
    Gelu,
    /// The tanh approximation, which GPT-2 has.
    GeluNew,
}

/// Everything that decides a decoder's shapes and formulas.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// The family.
    pub architecture: Architecture,
    /// Rows of the embedding; a tokenizer may have fewer tokens.
    pub vocab_size: usize,
    /// The width of the residual stream.
    pub hidden_size: usize,
    /// The width inside the MLP.
    pub intermediate_size: usize,
    /// How many blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` query heads.
    pub kv_heads: usize,
    /// The width of one head; not always `hidden_size / heads`.
    pub head_dim: usize,
    /// The longest sequence that the model was made for.
    pub max_positions: usize,
    /// Added to the variance in norms.
    pub norm_eps: f64,
    /// Rotary positions; `None` where they are learned.
    pub rope: Option<RopeConfig>,
    /// How many positions a windowed layer sees, its own included.
    pub sliding_window: Option<usize>,
    /// Which layers have the window, one entry a layer.
    pub windowed_layers: Vec<bool>,
    /// Whether the head is the embedding.
    pub tied_embeddings: bool,
    /// Biases on queries, keys and values.
    pub attention_bias: bool,
    /// A bias on attention's output.
    pub output_bias: bool,
    /// Biases in the MLP.
    pub mlp_bias: bool,
    /// Norms on each head's queries and keys.
    pub qk_norm: bool,
    /// The function inside the MLP.
    pub activation: Activation,
}

impl DecoderConfig {
    /// The first id that the vocabulary doesn't have.
    pub fn foreign_id<'a>(&self, ids: impl IntoIterator<Item = &'a u32>) -> Option<u32> {
        ids.into_iter().copied().find(|&id| id as usize >= self.vocab_size)
    }

    /// Whether the vocabulary has all of these ids.
    ///
    /// # Errors
    /// The first one that it doesn't have.
    pub fn check_ids<'a>(&self, ids: impl IntoIterator<Item = &'a u32>) -> Result<(), Failure> {
        let vocab = self.vocab_size;
        self.foreign_id(ids).map_or(Ok(()), |id| {
            Err(Failure::bad_input(format!("token id {id}: the model's vocabulary has {vocab}")))
        })
    }

    /// Reads the text of a `config.json`.
    ///
    /// # Errors
    /// Broken JSON, a missing or mistyped key, or a model that we can't compute; each names
    /// file and key.
    pub fn from_json(file: &str, text: &str) -> Result<Self, ConfigError> {
        from_json::read(file, text).map_err(|error| described(error, text))?.check(file)
    }

    /// Reads a GGUF's metadata. Llama 3's frequency factors are a tensor: [`load`] reads them.
    ///
    /// # Errors
    /// As of [`Self::from_json`].
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, ConfigError> {
        from_gguf::read(gguf)?.check(&gguf.file)
    }

    /// The text of a `config.json` that transformers and we read; `file` names the model in errors.
    ///
    /// # Errors
    /// A GGUF's own frequency factors, which `config.json` has no words for.
    pub fn to_json(&self, file: &str) -> Result<String, ConfigError> {
        to_json::write(self, file)
    }

    /// Rotary frequencies of half a head's dimensions, and the factor on sine and cosine. Of
    /// a model with learned positions, none.
    ///
    /// They hold for sequences up to `max_positions`; beyond, see [`RopeConfig::frequencies`].
    pub fn inv_freq(&self) -> (Vec<f64>, f64) {
        match &self.rope {
            Some(rope) => rope.frequencies(self.head_dim, self.max_positions),
            None => (Vec::new(), 1.0),
        }
    }

    /// How many numbers the model has; a tied head counts once.
    pub fn parameters(&self) -> u64 {
        let width = self.hidden_size;
        let gpt2 = self.architecture == Architecture::Gpt2;
        let norm = if gpt2 { 2 * width } else { width };
        let embedding = self.vocab_size * width;
        let head = if self.tied_embeddings { 0 } else { embedding };
        let positions = if gpt2 { self.max_positions * width } else { 0 };
        let (total, layer) = (embedding + head + positions + norm, self.layer_parameters(norm));
        total as u64 + layer as u64 * self.layers as u64
    }

    fn layer_parameters(&self, norm: usize) -> usize {
        let (width, inner) = (self.hidden_size, self.intermediate_size);
        let (q, kv) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let when = |on: bool, count: usize| if on { count } else { 0 };
        let attention = width * (q + 2 * kv) + q * width;
        let attention_biases =
            when(self.attention_bias, q + 2 * kv) + when(self.output_bias, width);
        // Gate and up, or up alone; then down.
        let ups = if self.architecture == Architecture::Gpt2 { 1 } else { 2 };
        let mlp = (ups + 1) * width * inner + when(self.mlp_bias, ups * inner + width);
        let norms = 2 * norm + when(self.qk_norm, 2 * self.head_dim);
        attention + attention_biases + mlp + norms
    }

    fn check(self, file: &str) -> Result<Self, ConfigError> {
        let (heads, kv) = (self.heads, self.kv_heads);
        let sizes = [
            ("vocabulary", self.vocab_size),
            ("width", self.hidden_size),
            ("MLP width", self.intermediate_size),
            ("number of layers", self.layers),
            ("number of heads", heads),
            ("number of key-value heads", kv),
            ("head size", self.head_dim),
            ("number of positions", self.max_positions),
        ];
        let what = if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            format!("the {name} is 0")
        } else if !heads.is_multiple_of(kv) {
            format!("{heads} heads can't share {kv} key-value heads evenly")
        } else if self.rope.is_some() && !self.head_dim.is_multiple_of(2) {
            format!("a head size of {} can't be rotated in halves", self.head_dim)
        } else {
            return self.check_factors(file);
        };
        Err(ConfigError::Contradiction { file: file.to_string(), what })
    }

    fn check_factors(self, file: &str) -> Result<Self, ConfigError> {
        let half = self.head_dim / 2;
        match self.rope.as_ref().map(|rope| &rope.scaling) {
            Some(RopeScaling::Factors(factors)) if factors.len() != half => {
                let what = format!("{} rotary factors: expected {half}", factors.len());
                Err(ConfigError::Contradiction { file: file.to_string(), what })
            }
            _ => Ok(self),
        }
    }
}

/// Reads a model's shape from its files: a GGUF's metadata, or `config.json`.
///
/// # Errors
/// No such file, or as of [`DecoderConfig::from_json`].
pub async fn load(files: &ModelFiles) -> Result<DecoderConfig, ConfigError> {
    if let Some(file) = files.gguf() {
        let gguf = Gguf::open(Rc::clone(file)).await?;
        let config = DecoderConfig::from_gguf(&gguf)?;
        if gguf.shape(FACTORS).is_none() {
            return Ok(config);
        }
        let factors = gguf.read(FACTORS).await?;
        return with_factors(config, factors, &gguf.file);
    }
    let file = files.find("config.json").ok_or_else(|| missing(files))?;
    let bytes = files.read_all("config.json").await?.unwrap_or_default();
    DecoderConfig::from_json(file.name(), &String::from_utf8_lossy(&bytes))
}

/// Names some of the files that came instead.
fn missing(files: &ModelFiles) -> ConfigError {
    const NAMED: usize = 3;
    let names: Vec<&str> = files.iter().map(|file| file.name()).collect();
    let some = names[..names.len().min(NAMED)].join(", ");
    let beside = match names.len() {
        0 => String::new(),
        count @ 1..=NAMED => format!(" among {count} files: {some}"),
        count => format!(" among {count} files: {some} and others"),
    };
    ConfigError::Missing { model: files.name.clone(), beside }
}

/// An error that says what a file is that isn't JSON.
fn described(error: ConfigError, text: &str) -> ConfigError {
    match error {
        ConfigError::Json { file, message } => {
            let message = what_it_is(text, &message);
            ConfigError::Json { file, message }
        }
        other => other,
    }
}

fn what_it_is(text: &str, parser: &str) -> String {
    let start: String = text.trim_start().chars().take(40).collect();
    match start.trim_end() {
        "" => "it is empty".to_string(),
        start if start.starts_with('<') => "it is a web page, not JSON".to_string(),
        start if start.starts_with("version https://git-lfs") => {
            "it is Git LFS's pointer to the file, not the file itself".to_string()
        }
        start if start.starts_with('{') => format!("not valid JSON: {parser}"),
        start => format!("not a JSON object, for it begins with {start:?}: {parser}"),
    }
}

/// Where llama.cpp's converter puts Llama 3's rotary scaling.
const FACTORS: &str = "rope_freqs.weight";

fn with_factors(
    mut config: DecoderConfig,
    factors: Vec<f32>,
    file: &str,
) -> Result<DecoderConfig, ConfigError> {
    match &mut config.rope {
        Some(rope) if rope.scaling == RopeScaling::None => {
            rope.scaling = RopeScaling::Factors(factors);
            config.check_factors(file)
        }
        _ => Err(ConfigError::Contradiction {
            file: file.to_string(),
            what: format!("{FACTORS} beside another rotary scaling"),
        }),
    }
}

#[cfg(test)]
mod tests;
