//! A model in shards, GPT-2's names, and what a broken file's error says.

use super::gguf::tests::GgufFile;
use super::write::{safetensors_header, to_bytes};
use super::*;

const SHARDS: [(&str, &[u8]); 4] = [
    (
        "model.safetensors.index.json",
        include_bytes!(
            "../../../tests/fixtures/archs/llama_bf16_sharded/model.safetensors.index.json"
        ),
    ),
    (
        "model-00001-of-00003.safetensors",
        include_bytes!(
            "../../../tests/fixtures/archs/llama_bf16_sharded/model-00001-of-00003.safetensors"
        ),
    ),
    (
        "model-00002-of-00003.safetensors",
        include_bytes!(
            "../../../tests/fixtures/archs/llama_bf16_sharded/model-00002-of-00003.safetensors"
        ),
    ),
    (
        "model-00003-of-00003.safetensors",
        include_bytes!(
            "../../../tests/fixtures/archs/llama_bf16_sharded/model-00003-of-00003.safetensors"
        ),
    ),
];

fn open(files: &[(&str, &[u8])]) -> Result<Weights, WeightsError> {
    let source = |(name, bytes): &(&str, &[u8])| -> Rc<dyn ByteSource> {
        Rc::new(MemorySource::new(*name, *bytes))
    };
    let files = ModelFiles::new("m", files.iter().map(source).collect());
    pollster::block_on(Weights::open(&files))
}

fn read(weights: &Weights, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
    pollster::block_on(weights.read(name, shape))
}

fn message<T>(result: Result<T, WeightsError>) -> String {
    result.err().map_or_else(String::new, |e| e.to_string())
}

/// A safetensors file of tensors that all hold 0, 1, 2, ...
fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let shapes: Vec<_> =
        tensors.iter().map(|(name, shape)| (name.to_string(), shape.to_vec())).collect();
    let mut file = safetensors_header(&shapes, SaveDtype::F32);
    for (_, shape) in tensors {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| i as f32).collect();
        file.extend(to_bytes(&values, SaveDtype::F32));
    }
    file
}

/// The first numbers and the sum of the whole, by numpy from the file's bytes in float64.
#[test]
fn bf16_in_shards() {
    let weights = open(&SHARDS).unwrap();
    let head = read(&weights, "lm_head.weight", &[512, 64]).unwrap();
    let head: Vec<f64> = head.into_iter().map(f64::from).collect();
    assert_eq!(head[..3], [-0.229_492_187_5, -0.098_632_812_5, -0.041_992_187_5]);
    let sum: f64 = head.iter().sum();
    assert!((sum - 0.366_423_398_256_301_9).abs() < 1e-9, "{sum}");
    assert_eq!(weights.shape("model.norm.weight"), Some([64].as_slice()));
}

#[test]
fn a_missing_shard_is_named_with_a_tensor_of_it() {
    let error = message(open(&SHARDS[..3]));
    assert!(error.contains("model-00003-of-00003.safetensors"), "{error}");
    assert!(error.contains("model.safetensors.index.json"), "{error}");
}

#[test]
fn broken_safetensors_are_named_not_believed() {
    let good = file(&[("wte.weight", &[2, 3])]);
    let cut = message(open(&[("model.safetensors", &good[..good.len() - 1])]));
    assert!(cut.contains("model.safetensors: truncated: tensor wte.weight"), "{cut}");
    let cut = message(open(&[("model.safetensors", &good[..20])]));
    assert!(cut.contains("truncated: its header"), "{cut}");
    let empty = message(open(&[("model.safetensors", b"")]));
    assert_eq!(empty, "model.safetensors is empty");
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4665";
    let pointer = message(open(&[("model.safetensors", pointer)]));
    assert!(pointer.contains("Git LFS"), "{pointer}");
    let text = message(open(&[("model.safetensors", b"<!doctype html><html>")]));
    assert!(text.contains("not a safetensors file"), "{text}");
    let pickle = message(open(&[("pytorch_model.bin", b"PK")]));
    assert!(pickle.contains("model.safetensors") && pickle.contains(".bin"), "{pickle}");
}

#[test]
fn a_wrong_shape_dtype_or_name_is_an_error_at_its_tensor() {
    let good = file(&[("wte.weight", &[2, 3])]);
    let weights = open(&[("model.safetensors", &good)]).unwrap();
    assert_eq!(
        read(&weights, "transformer.wte.weight", &[2, 3]).unwrap(),
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    );
    let shape = message(read(&weights, "transformer.wte.weight", &[3, 2]));
    assert!(shape.contains("[2, 3]") && shape.contains("[3, 2]"), "{shape}");
    let absent = message(read(&weights, "lm_head.weight", &[2, 3]));
    assert!(absent.contains("lm_head.weight is missing"), "{absent}");
    // Two I64 take the bytes of four F32, so only the type is wrong.
    let text = br#"{"x":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}"#;
    let mut integers = (text.len() as u64).to_le_bytes().to_vec();
    integers.extend(text);
    integers.extend([0u8; 16]);
    let weights = open(&[("model.safetensors", &integers)]).unwrap();
    let dtype = message(read(&weights, "x", &[2]));
    assert!(dtype.contains("tensor x is stored as I64"), "{dtype}");
}

#[test]
fn a_gguf_reads_as_the_checkpoint_that_it_was_made_from() {
    // One query head of four rows over one column: the converter stored rows 0 2 1 3.
    let llama = GgufFile::new("llama")
        .u32("llama.attention.head_count", 1)
        .tensor("blk.0.attn_q.weight", &[4, 1], &[0.0, 2.0, 1.0, 3.0])
        .bytes();
    let weights = open(&[("m.gguf", &llama)]).unwrap();
    let q = read(&weights, "model.layers.0.self_attn.q_proj.weight", &[4, 1]).unwrap();
    assert_eq!(q, [0.0, 1.0, 2.0, 3.0]);
    let gpt2 = GgufFile::new("gpt2")
        .tensor("blk.0.ffn_up.weight", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        .bytes();
    let weights = open(&[("m.gguf", &gpt2)]).unwrap();
    let up = read(&weights, "transformer.h.0.mlp.c_fc.weight", &[2, 3]).unwrap();
    assert_eq!(up, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    let unknown = message(open(&[("m.gguf", &GgufFile::new("mamba").bytes())]));
    assert!(unknown.contains("general.architecture = mamba"), "{unknown}");
}
