//! The model's first weights, and its last in half the bytes.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use serde_json::json;
use temper_engine::weights::write::{SaveDtype, safetensors_header, to_bytes};

use crate::files::{ToolError, read, read_json, write, write_json};
use crate::options::Options;

const WEIGHTS: &str = "model.safetensors";
const CONFIG: &str = "config.json";

/// What the weights' shapes and sizes follow from, under `config.json`'s names.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: usize,
    head_dim: usize,
    initializer_range: f64,
}

/// How a tensor begins.
#[derive(Clone, Copy)]
enum Start {
    /// Normal, with this standard deviation.
    Normal(f64),
    /// All ones.
    Ones,
}

/// A tensor's name, shape and start.
type Plan = (String, Vec<usize>, Start);

/// A tensor in memory.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// `init`: a Llama with random weights and tied embeddings.
pub fn init(options: &mut Options) -> Result<(), ToolError> {
    let source = options.path("config")?;
    let out = options.path("out")?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.number("seed")?);
    options.finish()?;
    let json = read_json(&source)?;
    let config = Config::deserialize(&json).map_err(ToolError::content(&source))?;
    let tensors: Vec<Tensor> = plan(&config)
        .into_iter()
        .map(|(name, shape, start)| {
            let count: usize = shape.iter().product();
            let values = (0..count).map(|_| start.draw(&mut rng)).collect();
            Tensor { name, shape, values }
        })
        .collect();
    write_json(&out.join(CONFIG), &json)?;
    write(&out.join(WEIGHTS), bytes(&tensors, SaveDtype::F32))?;
    let parameters: usize = tensors.iter().map(|tensor| tensor.values.len()).sum();
    println!("{parameters} random parameters in {}", out.display());
    Ok(())
}

impl Start {
    fn draw(self, rng: &mut impl Rng) -> f32 {
        match self {
            Self::Ones => 1.0,
            Self::Normal(std) => {
                // Box and Muller; 1 − u is never 0.
                let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
                (std * radius * (TAU * rng.random::<f64>()).cos()) as f32
            }
        }
    }
}

/// Every tensor. What a block adds to the residual stream starts smaller, so that the stream's
/// size at the top doesn't depend on the depth (GPT-2's rule).
fn plan(config: &Config) -> Vec<Plan> {
    let width = config.hidden_size;
    let inner = config.intermediate_size;
    let queries = config.num_attention_heads * config.head_dim;
    let keys = config.num_key_value_heads * config.head_dim;
    let normal = Start::Normal(config.initializer_range);
    let depth = 2.0 * config.num_hidden_layers as f64;
    let residual = Start::Normal(config.initializer_range / depth.sqrt());
    let mut tensors =
        vec![("model.embed_tokens.weight".into(), vec![config.vocab_size, width], normal)];
    for layer in 0..config.num_hidden_layers {
        let block = [
            ("input_layernorm", vec![width], Start::Ones),
            ("self_attn.q_proj", vec![queries, width], normal),
            ("self_attn.k_proj", vec![keys, width], normal),
            ("self_attn.v_proj", vec![keys, width], normal),
            ("self_attn.o_proj", vec![width, queries], residual),
            ("post_attention_layernorm", vec![width], Start::Ones),
            ("mlp.gate_proj", vec![inner, width], normal),
            ("mlp.up_proj", vec![inner, width], normal),
            ("mlp.down_proj", vec![width, inner], residual),
        ];
        tensors.extend(block.map(|(name, shape, start)| {
            (format!("model.layers.{layer}.{name}.weight"), shape, start)
        }));
    }
    tensors.push(("model.norm.weight".into(), vec![width], Start::Ones));
    tensors
}

/// `half`: the weights in f16, the other files as they are.
pub fn half(options: &mut Options) -> Result<(), ToolError> {
    let model = options.path("model")?;
    let out = options.path("out")?;
    options.finish()?;
    let source = model.join(WEIGHTS);
    let file = read(&source)?;
    let stored = SafeTensors::deserialize(&file).map_err(ToolError::content(&source))?;
    let mut names = stored.names();
    names.sort_unstable();
    let mut tensors = Vec::new();
    for name in names {
        let view = stored.tensor(name).map_err(ToolError::content(&source))?;
        if view.dtype() != Dtype::F32 {
            let message = format!("{name} is {:?}, not F32", view.dtype());
            return Err(ToolError::Content { path: source, message });
        }
        let numbers = view.data().chunks_exact(4);
        let values = numbers.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        tensors.push(Tensor { name: name.into(), shape: view.shape().to_vec(), values });
    }
    let bytes = bytes(&tensors, SaveDtype::F16);
    println!("{} bytes in {}", bytes.len(), out.display());
    write(&out.join(WEIGHTS), bytes)?;
    let mut config = read_json(&model.join(CONFIG))?;
    if let Some(config) = config.as_object_mut() {
        config.insert("dtype".into(), json!("float16"));
    }
    write_json(&out.join(CONFIG), &config)?;
    for name in ["generation_config.json", "tokenizer.json", "tokenizer_config.json"] {
        write(&out.join(name), read(&model.join(name))?)?;
    }
    Ok(())
}

fn bytes(tensors: &[Tensor], dtype: SaveDtype) -> Vec<u8> {
    let shapes: Vec<(String, Vec<usize>)> =
        tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone())).collect();
    let mut bytes = safetensors_header(&shapes, dtype);
    for tensor in tensors {
        bytes.extend(to_bytes(&tensor.values, dtype));
    }
    bytes
}
