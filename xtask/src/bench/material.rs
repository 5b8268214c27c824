//! The reference step's model: random, yet the same everywhere, so that all who train it must come
//! to the same losses.

use serde_json::{Map, Value, json};

use super::least::Shape;

/// Standard deviation of a weight.
const DEVIATION: f32 = 0.02;

/// Steele, Lea and Flood's SplitMix64 (2014): a few lines that give the same numbers everywhere.
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Token ids of a range.
    pub fn ids(&mut self, count: usize, range: std::ops::Range<u64>) -> Vec<u64> {
        let size = range.end - range.start;
        (0..count).map(|_| range.start + self.next() % size).collect()
    }

    /// Uniform, of mean 0 and [`DEVIATION`].
    fn weight(&mut self) -> f32 {
        // 24 bits are what a float holds.
        let unit = (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0;
        unit * DEVIATION * 3.0_f32.sqrt()
    }
}

/// `config.json`, as transformers and we read it.
pub fn config(shape: &Shape, positions: usize) -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": shape.vocab,
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "max_position_embeddings": positions,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "hidden_act": "silu",
        "attention_bias": false,
        "mlp_bias": false,
        "tie_word_embeddings": shape.tied,
        "dtype": "float32",
    })
}

/// `model.safetensors`: matrices random, norms one.
pub fn weights(shape: &Shape) -> Vec<u8> {
    let mut random = Random::new(1);
    let (mut header, mut data) = (Map::new(), Vec::new());
    for (name, dims) in tensors(shape) {
        let start = data.len();
        for _ in 0..dims.iter().product::<usize>() {
            let value = if dims.len() == 1 { 1.0 } else { random.weight() };
            data.extend(value.to_le_bytes());
        }
        let place = json!({ "dtype": "F32", "shape": dims, "data_offsets": [start, data.len()] });
        header.insert(name, place);
    }
    let mut header = Value::Object(header).to_string();
    // Data begins at a multiple of eight.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &data[..]].concat()
}

/// Every tensor of a Llama under Hugging Face's names, `[out, in]`.
fn tensors(shape: &Shape) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (shape.width, shape.inner);
    let (queries, keys) = (shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim);
    let mut all = vec![("model.embed_tokens.weight".to_owned(), vec![shape.vocab, width])];
    for layer in 0..shape.layers {
        let block = [
            ("input_layernorm", vec![width]),
            ("self_attn.q_proj", vec![queries, width]),
            ("self_attn.k_proj", vec![keys, width]),
            ("self_attn.v_proj", vec![keys, width]),
            ("self_attn.o_proj", vec![width, queries]),
            ("post_attention_layernorm", vec![width]),
            ("mlp.gate_proj", vec![inner, width]),
            ("mlp.up_proj", vec![inner, width]),
            ("mlp.down_proj", vec![width, inner]),
        ];
        let named = |(name, dims): (&str, Vec<usize>)| {
            (format!("model.layers.{layer}.{name}.weight"), dims)
        };
        all.extend(block.map(named));
    }
    all.push(("model.norm.weight".to_owned(), vec![width]));
    if !shape.tied {
        all.push(("lm_head.weight".to_owned(), vec![shape.vocab, width]));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for the seed 1234567, as in Vigna's own C.
    #[test]
    fn split_mix_gives_its_authors_numbers() {
        let mut random = Random::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([random.next(), random.next()], expected);
    }

    #[test]
    fn the_file_holds_the_shapes_parameters() {
        let file = weights(&Shape::TINY);
        let length = u64::from_le_bytes(file[..8].try_into().expect("eight bytes")) as usize;
        let header: Value = serde_json::from_slice(&file[8..8 + length]).expect("a header");
        assert_eq!(length % 8, 0);
        assert_eq!((file.len() - 8 - length) as f64, 4.0 * Shape::TINY.parameters());
        assert_eq!(header["lm_head.weight"]["shape"], json!([2048, 128]));
    }

    #[test]
    fn weights_have_the_deviation_that_they_should() {
        let mut random = Random::new(1);
        let values: Vec<f32> = (0..10_000).map(|_| random.weight()).collect();
        let square = values.iter().map(|value| value * value).sum::<f32>() / 10_000.0;
        assert!((square.sqrt() - DEVIATION).abs() < 0.0005, "{square}");
    }
}
