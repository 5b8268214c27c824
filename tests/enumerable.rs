//! A task so small that every answer can be listed: a random GPT-2 of five tokens, two prompts, and
//! answers of two tokens, each with a reward. So the optimum of reward less β·KL is known.
//!
//! GPT-2, because its positions tell `0 1` from `0 1 1`; to a Llama of one layer they may be
//! alike, and then no policy of its reaches the optimum.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use serde_json::json;
use temper_engine::OpenModel;
use temper_engine::data::Sequence;
use temper_engine::data::batch::Batch;
use temper_engine::device::read;
use temper_engine::logps::logps_with;
use temper_engine::model::Adapter;
use temper_engine::train::experience::at_temperature;
use temper_engine::weights::write::{SaveDtype, safetensors_header, to_bytes};

/// Tokens that there are.
const VOCAB: usize = 5;
/// The model's width.
const WIDTH: usize = 32;
/// Inside its MLP.
const INNER: usize = 64;
/// Positions that it has learned.
const POSITIONS: usize = 16;
/// Standard deviation of its matrices; its logits' is then about 1.
const SPREAD: f64 = 0.18;

/// What is asked.
pub const PROMPTS: [&[u32]; 2] = [&[0, 1], &[2, 3, 4]];

/// Every answer, in the order of all tables here.
pub fn answers() -> Vec<Vec<u32>> {
    let ids = 0..VOCAB as u32;
    ids.clone().flat_map(|first| ids.clone().map(move |second| vec![first, second])).collect()
}

/// Numbers from 0 to 1 (SplitMix64, Steele et al. 2014): the same in each language.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Box and Muller's.
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
    }
}

/// The reward of each answer to each prompt, from −1 to 1.
pub fn rewards(seed: u64) -> [Vec<f64>; 2] {
    [0, 1].map(|prompt| {
        let mut draws = Draws(seed + 100 + prompt);
        answers().iter().map(|_| 2.0 * draws.uniform() - 1.0).collect()
    })
}

/// How a tensor begins.
#[derive(Clone, Copy)]
enum Start {
    Normal(f64),
    All(f32),
}

/// Writes the model's folder: `config.json` and `model.safetensors`, no tokenizer.
pub fn write_model(folder: &Path, seed: u64) {
    let config = json!({
        "model_type": "gpt2", "vocab_size": VOCAB, "n_embd": WIDTH, "n_inner": INNER,
        "n_layer": 1, "n_head": 2, "n_positions": POSITIONS, "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": false,
    });
    let tensors = plan();
    let shapes: Vec<(String, Vec<usize>)> =
        tensors.iter().map(|(name, shape, _)| (name.clone(), shape.clone())).collect();
    let mut bytes = safetensors_header(&shapes, SaveDtype::F32);
    let mut draws = Draws(seed);
    for (_, shape, start) in &tensors {
        let mut draw = || match *start {
            Start::Normal(spread) => (spread * draws.normal()) as f32,
            Start::All(value) => value,
        };
        let values: Vec<f32> = (0..shape.iter().product::<usize>()).map(|_| draw()).collect();
        bytes.extend(to_bytes(&values, SaveDtype::F32));
    }
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("config.json"), config.to_string()).expect("written");
    fs::write(folder.join("model.safetensors"), bytes).expect("written");
}

/// Every tensor, under transformers' names and in its layout: `[in, out]`.
fn plan() -> Vec<(String, Vec<usize>, Start)> {
    let (matrix, one, zero) = (Start::Normal(SPREAD), Start::All(1.0), Start::All(0.0));
    let block = [
        ("ln_1.weight", vec![WIDTH], one),
        ("ln_1.bias", vec![WIDTH], zero),
        ("attn.c_attn.weight", vec![WIDTH, 3 * WIDTH], matrix),
        ("attn.c_attn.bias", vec![3 * WIDTH], zero),
        ("attn.c_proj.weight", vec![WIDTH, WIDTH], matrix),
        ("attn.c_proj.bias", vec![WIDTH], zero),
        ("ln_2.weight", vec![WIDTH], one),
        ("ln_2.bias", vec![WIDTH], zero),
        ("mlp.c_fc.weight", vec![WIDTH, INNER], matrix),
        ("mlp.c_fc.bias", vec![INNER], zero),
        ("mlp.c_proj.weight", vec![INNER, WIDTH], matrix),
        ("mlp.c_proj.bias", vec![WIDTH], zero),
    ];
    let embeddings = [("wte", VOCAB), ("wpe", POSITIONS)].map(|(name, rows)| {
        (format!("transformer.{name}.weight"), vec![rows, WIDTH], Start::Normal(1.0))
    });
    let last = [
        ("transformer.ln_f.weight".to_owned(), vec![WIDTH], one),
        ("transformer.ln_f.bias".to_owned(), vec![WIDTH], zero),
        ("lm_head.weight".to_owned(), vec![VOCAB, WIDTH], matrix),
    ];
    let block = block.map(|(name, shape, start)| (format!("transformer.h.0.{name}"), shape, start));
    embeddings.into_iter().chain(block).chain(last).collect()
}

/// The log-probability of each answer to each prompt.
pub fn log_probabilities(open: &OpenModel, adapter: Adapter, temperature: f64) -> [Vec<f64>; 2] {
    PROMPTS.map(|prompt| {
        let row = |answer: &Vec<u32>| Sequence {
            ids: [prompt, answer.as_slice()].concat(),
            mask: (0..prompt.len() + answer.len()).map(|t| t >= prompt.len()).collect(),
            prompt_len: prompt.len(),
        };
        let rows: Vec<Sequence> = answers().iter().map(row).collect();
        let batch = Batch::new(&rows.iter().collect::<Vec<_>>(), 0);
        let found = logps_with(&open.decoder, &batch, adapter, &at_temperature(temperature));
        let found = pollster::block_on(read(found.rows)).expect("the device answers");
        found.into_iter().map(f64::from).collect()
    })
}

/// `log π*`, `π*(y) ∝ π_ref(y)·exp(r(y)/β)`: no policy has more reward less β·KL from the
/// reference. Rafailov et al. 2023, eq. 4.
pub fn optimum(reference: &[f64], rewards: &[f64], beta: f64) -> Vec<f64> {
    let tilted: Vec<f64> =
        reference.iter().zip(rewards).map(|(logp, reward)| logp + reward / beta).collect();
    let total = tilted.iter().map(|logp| logp.exp()).sum::<f64>().ln();
    tilted.into_iter().map(|logp| logp - total).collect()
}

/// `KL(p‖q)` of log-probabilities, nats.
pub fn kl(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| p.exp() * (p - q)).sum()
}
