//! Whether a model fits this device: a rule of thumb, told before anything is fetched. What a
//! run takes is the engine's to say.
//!
//! ```text
//! weights         4 bytes each: they are held in f32, whatever the file's type
//! LoRA training   weights + what a small step holds, layers computed again
//! all weights     4 x weights (weight, gradient, two running means) + the same
//! ```

use serde::{Deserialize, Serialize};
use temper_protocol::{DeviceInfo, ModelInfo};

use crate::format::{bytes, count};

/// Bytes of a number.
const BYTES: f64 = 4.0;
/// Where wasm's heap ends: 4 GiB.
const HEAP_BYTES: f64 = 4_294_967_296.0;
/// Of the program, and of it for each token of the vocabulary, as the engine estimates them.
const PROGRAM_BYTES: f64 = 28e6;
const TOKEN_BYTES: f64 = 1e3;
/// Tokens of a small step: four rows of 256.
const STEP_TOKENS: f64 = 1024.0;
/// Widths that the layer under the backward pass holds, about.
const LAYER_WIDTHS: f64 = 30.0;
/// Logits and probabilities that the engine's head holds at once, in numbers.
const CHUNK_FLOATS: f64 = 2.0 * 8_388_608.0;
/// A browser doesn't tell how much memory a GPU has: most have this much, few have more than that.
const GPU_EASY_BYTES: f64 = 3e9;
const GPU_MOST_BYTES: f64 = 16e9;

/// How large a model is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// How many weights.
    pub parameters: f64,
    /// The rest, where it is known.
    pub widths: Option<Widths>,
}

/// What decides a model's largest tensor, and what a step holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widths {
    /// Tokens in the vocabulary.
    pub vocab: u32,
    /// Width of the hidden state.
    pub hidden: u32,
    /// Layers.
    pub layers: u32,
}

impl From<&ModelInfo> for Size {
    fn from(info: &ModelInfo) -> Self {
        let widths =
            Widths { vocab: info.vocab_size, hidden: info.hidden_size, layers: info.layers };
        Self { parameters: info.parameters, widths: Some(widths) }
    }
}

impl Size {
    /// Bytes of the weights in memory.
    fn weights(&self) -> f64 {
        BYTES * self.parameters
    }

    /// Bytes of the embedding, which is the largest tensor.
    fn largest(&self) -> Option<f64> {
        self.widths.map(|widths| BYTES * f64::from(widths.vocab) * f64::from(widths.hidden))
    }

    /// Bytes that a small step holds beside weights, gradients and means.
    fn step(&self) -> f64 {
        let Some(Widths { vocab, hidden, layers }) = self.widths else {
            return 0.25 * self.weights() + 100e6;
        };
        let layers = STEP_TOKENS * f64::from(hidden) * (f64::from(layers) + LAYER_WIDTHS);
        let logits = (2.0 * STEP_TOKENS * f64::from(vocab)).min(CHUNK_FLOATS);
        BYTES * (layers + logits)
    }

    fn program(&self) -> f64 {
        PROGRAM_BYTES + TOKEN_BYTES * self.widths.map_or(0.0, |widths| f64::from(widths.vocab))
    }
}

/// In a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With room to spare.
    Fits,
    /// With small batches and short rows.
    Tight,
    /// Not even so.
    WontFit,
}

impl Verdict {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fits => "Fits",
            Self::Tight => "Tight",
            Self::WontFit => "Won't fit",
        }
    }

    /// For the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Tight => "tight",
            Self::WontFit => "wont-fit",
        }
    }
}

/// Whether a model fits, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// In a word.
    pub verdict: Verdict,
    /// In a sentence.
    pub why: String,
    /// What training all weights would take; `None` where not even an adapter trains.
    pub full: Option<String>,
}

/// Whether a model of this size fits this device.
pub fn fit(size: &Size, device: &DeviceInfo) -> Fit {
    if let Some(largest) = size.largest().filter(|largest| exceeds(*largest, device)) {
        let why = format!(
            "Its embedding takes {}, and this GPU binds at most {} at once: choose the CPU, or a \
             smaller model.",
            bytes(largest),
            bytes(device.max_binding_bytes)
        );
        return Fit { verdict: Verdict::WontFit, why, full: None };
    }
    let room = Room::of(device);
    let program = if device.is_cpu() { size.program() } else { 0.0 };
    let lora = size.weights() + size.step() + program;
    let verdict = room.verdict(lora);
    let full = (verdict != Verdict::WontFit).then(|| room.full(lora + 3.0 * size.weights()));
    Fit { verdict, why: room.why(verdict, size, lora), full }
}

fn exceeds(largest: f64, device: &DeviceInfo) -> bool {
    device.max_binding_bytes > 0.0 && largest > device.max_binding_bytes
}

/// What a device has.
struct Room {
    easy: f64,
    most: f64,
    /// "of …", after an amount that fits.
    of: String,
    /// Why an amount doesn't.
    limit: String,
}

impl Room {
    fn of(device: &DeviceInfo) -> Self {
        if device.is_cpu() {
            let all = bytes(HEAP_BYTES);
            return Self {
                easy: 0.75 * HEAP_BYTES,
                most: HEAP_BYTES,
                of: format!("of the {all} that a tab has"),
                limit: format!("a tab has {all}: choose a smaller model, or WebGPU"),
            };
        }
        Self {
            easy: GPU_EASY_BYTES,
            most: GPU_MOST_BYTES,
            of: "of the GPU's memory, whose size a browser doesn't tell".into(),
            limit: format!(
                "few GPUs have more than {}: choose a smaller model",
                bytes(GPU_MOST_BYTES)
            ),
        }
    }

    fn verdict(&self, needed: f64) -> Verdict {
        if needed <= self.easy {
            Verdict::Fits
        } else if needed <= self.most {
            Verdict::Tight
        } else {
            Verdict::WontFit
        }
    }

    fn why(&self, verdict: Verdict, size: &Size, lora: f64) -> String {
        let (weights, lora) = (count(size.parameters), bytes(lora));
        match verdict {
            Verdict::Fits => {
                format!("LoRA training of its {weights} weights takes about {lora} {}.", self.of)
            }
            Verdict::Tight => format!(
                "LoRA training of its {weights} weights takes about {lora} {}: keep batches small \
                 and rows short.",
                self.of
            ),
            Verdict::WontFit => format!(
                "LoRA training of its {weights} weights would take about {lora}, and {}.",
                self.limit
            ),
        }
    }

    fn full(&self, needed: f64) -> String {
        let amount = bytes(needed);
        match self.verdict(needed) {
            Verdict::Fits => format!("Training all weights takes about {amount}."),
            Verdict::Tight => format!("Training all weights takes about {amount}, which is tight."),
            Verdict::WontFit => format!(
                "Training all weights would take about {amount}, which is too much: train an \
                 adapter."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: &str, max_binding_bytes: f64) -> DeviceInfo {
        DeviceInfo {
            kind: kind.into(),
            name: "Test".into(),
            backend: String::new(),
            software: false,
            max_binding_bytes,
            self_test_error: 0.0,
        }
    }

    fn size(parameters: f64, vocab: u32, hidden: u32, layers: u32) -> Size {
        Size { parameters, widths: Some(Widths { vocab, hidden, layers }) }
    }

    /// ```text
    /// weights  4 · 134515008                       = 538060032
    /// layers   4 · 1024 · 576 · (30 + 30)          = 141557760
    /// logits   4 · 2 · 8388608 (of 2 · 1024 · 49152) = 67108864
    /// program  28e6 + 49152e3                      =  77152000
    /// LoRA                                           823878656, all weights + 3 · 538060032
    /// ```
    #[test]
    fn a_small_model_fits_a_tab() {
        let found = fit(&size(134_515_008.0, 49_152, 576, 30), &device("cpu", 0.0));
        assert_eq!(found.verdict, Verdict::Fits);
        assert!(found.why.contains("135 million weights takes about 824 MB"), "{}", found.why);
        assert!(found.why.contains("4.3 GB that a tab has"), "{}", found.why);
        assert_eq!(found.full.as_deref(), Some("Training all weights takes about 2.4 GB."));
    }

    /// Qwen3-0.6B: 2384199680 + 243269632 + 67108864 + 179936000 = 2874514176 of 4294967296.
    #[test]
    fn a_larger_one_trains_an_adapter_only() {
        let found = fit(&size(596_049_920.0, 151_936, 1024, 28), &device("cpu", 0.0));
        assert_eq!(found.verdict, Verdict::Fits);
        assert!(found.why.contains("2.9 GB"), "{}", found.why);
        assert!(found.full.is_some_and(|words| words.contains("10.0 GB, which is too much")));
    }

    #[test]
    fn a_billion_weights_are_too_many_for_a_tab() {
        let size = size(1_235_814_400.0, 128_256, 2048, 16);
        let found = fit(&size, &device("cpu", 0.0));
        assert_eq!((found.verdict, found.full), (Verdict::WontFit, None));
        assert_eq!(fit(&size, &device("wgpu", 2e9)).verdict, Verdict::Tight);
    }

    /// 151936 · 896 · 4 = 544538624 bytes; WebGPU's least limit is 134217728.
    #[test]
    fn an_embedding_beyond_the_binding_limit_is_told() {
        let found = fit(&size(494_032_768.0, 151_936, 896, 24), &device("wgpu", 134_217_728.0));
        assert_eq!(found.verdict, Verdict::WontFit);
        assert!(found.why.contains("545 MB") && found.why.contains("134 MB"), "{}", found.why);
    }

    /// Weights 4 · 750e6 = 3e9; a step a quarter of it and 100e6; with the program 3878e6.
    #[test]
    fn unknown_widths_are_guessed_on_the_safe_side() {
        let unknown = Size { parameters: 750e6, widths: None };
        assert_eq!(fit(&unknown, &device("cpu", 0.0)).verdict, Verdict::Tight);
        assert_eq!(unknown.step(), 850e6);
    }
}
