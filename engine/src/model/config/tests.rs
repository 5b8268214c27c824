//! Every architecture's config, transformers' rotary numbers, and what an error says.

use super::*;
use crate::weights::gguf::tests::{GgufFile, open};
use crate::weights::{ByteSource, MemorySource};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/archs/", $name, "/config.json"))
    };
}

/// Counts by numpy: the numbers in each checkpoint's files.
const CHECKPOINTS: [(&str, &str, Architecture, u64); 8] = [
    ("gpt2", fixture!("gpt2"), Architecture::Gpt2, 149_248),
    ("llama3_rope_untied", fixture!("llama3_rope_untied"), Architecture::Llama, 151_872),
    ("llama_bf16_sharded", fixture!("llama_bf16_sharded"), Architecture::Llama, 151_872),
    ("llama_f16", fixture!("llama_f16"), Architecture::Llama, 119_104),
    ("llama_head_dim", fixture!("llama_head_dim"), Architecture::Llama, 143_680),
    ("mistral_window", fixture!("mistral_window"), Architecture::Mistral, 151_872),
    ("qwen2_bias", fixture!("qwen2_bias"), Architecture::Qwen2, 119_360),
    ("qwen3_qk_norm", fixture!("qwen3_qk_norm"), Architecture::Qwen3, 119_168),
];

fn read(text: &str) -> Result<DecoderConfig, ConfigError> {
    DecoderConfig::from_json("config.json", text)
}

/// A Llama of four heads with these keys more.
fn llama(more: &str) -> Result<DecoderConfig, ConfigError> {
    read(&format!(
        r#"{{"model_type": "llama", "vocab_size": 8, "hidden_size": 64, "intermediate_size": 96,
            "num_hidden_layers": 3, "num_attention_heads": 4,
            "max_position_embeddings": 64{more}}}"#
    ))
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "{found:?} {expected:?}");
    }
}

#[test]
fn every_architecture_counts_what_its_files_hold() {
    for (name, text, architecture, parameters) in CHECKPOINTS {
        let config = read(text).unwrap();
        assert_eq!(config.architecture, architecture, "{name}");
        assert_eq!(config.parameters(), parameters, "{name}");
    }
}

#[test]
fn the_window_is_mistrals_always_and_qwens_by_switch() {
    let mistral = read(fixture!("mistral_window")).unwrap();
    assert_eq!((mistral.sliding_window, mistral.windowed_layers), (Some(16), vec![true; 2]));
    let text = fixture!("qwen2_bias").replace("\"use_sliding_window\": false", "\"x\": 0");
    let on = text
        .replace("\"x\": 0", "\"use_sliding_window\": true")
        .replace("\"sliding_window\": null", "\"sliding_window\": 8")
        .replace("\"layer_types\"", "\"unused\"")
        .replace("\"max_window_layers\": 28", "\"max_window_layers\": 1");
    let qwen = read(&on).unwrap();
    assert_eq!((qwen.sliding_window, qwen.windowed_layers), (Some(8), vec![false, true]));
    assert_eq!(read(&text).unwrap().sliding_window, None);
}

/// By the formula of transformers 5.23's `_compute_llama3_parameters`, in f64.
#[test]
fn llama3_scaling() {
    let (found, scale) = read(fixture!("llama3_rope_untied")).unwrap().inv_freq();
    let expected = [
        1.0,
        0.095_762_971_403_419_29,
        0.009_401_507_732_715_983,
        0.001_823_166_184_304_277_1,
        0.000_353_553_390_593_273_76,
        6.856_204_391_905_182e-5,
        1.329_573_974_236_247_2e-5,
        2.578_346_344_303_115e-6,
    ];
    close(&found, &expected);
    assert_eq!(scale, 1.0);
}

/// By the formula of `_compute_yarn_parameters`, in f64, with the older spelling of the keys.
#[test]
fn yarn_scaling() {
    let config = llama(
        r#", "rope_theta": 1e6, "rope_scaling": {"type": "yarn", "factor": 4.0,
            "original_max_position_embeddings": 32768}"#,
    );
    let config = config.unwrap();
    let (found, scale) = config.inv_freq();
    let expected = [
        1.0,
        0.177_827_941_003_892_26,
        0.031_622_776_601_683_79,
        0.004_217_559_938_927_618,
        0.0005,
        4.445_698_525_097_307e-5,
        7.905_694_150_420_949e-6,
        1.405_853_312_975_872_8e-6,
    ];
    close(&found, &expected);
    close(&[scale], &[1.138_629_436_111_989]);
}

/// By the formula of `_compute_dynamic_ntk_parameters`, in f64.
#[test]
fn dynamic_scaling_begins_beyond_the_models_length() {
    let scaling = RopeScaling::Dynamic { factor: 2.0, original: 64 };
    let rope = RopeConfig { theta: 10_000.0, scaling };
    close(&rope.frequencies(8, 64).0, &[1.0, 0.1, 0.01, 0.001]);
    let longer =
        [1.0, 0.069_336_127_435_063_47, 0.004_807_498_567_691_361, 0.000_333_333_333_333_333_4];
    close(&rope.frequencies(8, 128).0, &longer);
}

#[test]
fn what_we_cannot_compute_names_its_key() {
    for (result, expected) in [
        (read("{\"model_type\": \"mamba\"}"), "config.json: model_type = \"mamba\""),
        (read("{}"), "model_type = (missing)"),
        (read("{\n\"a\": }"), "line 2"),
        (llama(r#", "hidden_act": "relu""#), "hidden_act = \"relu\""),
        (llama(r#", "num_key_value_heads": 3"#), "3 key-value heads"),
        (llama(r#", "head_dim": "x""#), "head_dim = \"x\""),
        (llama(r#", "rope_scaling": {"rope_type": "longrope"}"#), "rope_scaling.rope_type"),
        (llama(r#", "rope_scaling": {"type": "linear"}"#), "rope_scaling.factor = (missing)"),
        (llama(r#", "quantization_config": {"bits": 4}"#), "quantization_config"),
    ] {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(llama("").unwrap().head_dim, 16);
}

/// In wasm so many layers were a panic: "capacity overflow".
#[test]
fn more_layers_than_a_model_has_are_refused_by_their_key() {
    let message = llama(r#", "num_hidden_layers": 4000000000"#).unwrap_err().to_string();
    let expected = "config.json: num_hidden_layers = 4000000000: expected at most 4096";
    assert_eq!(message, expected);
    assert_eq!(llama(r#", "num_hidden_layers": 4096"#).unwrap().windowed_layers.len(), 4096);
    let gpt2 = fixture!("gpt2").replace("\"n_layer\": 2", "\"n_layer\": 4097");
    let message = read(&gpt2).unwrap_err().to_string();
    assert!(message.contains("n_layer = 4097: expected at most 4096"), "{message}");
    let gguf = GgufFile::new("llama").u32("llama.embedding_length", 576);
    let gguf = open(gguf.u32("llama.block_count", 4_000_000_000).bytes()).unwrap();
    let message = DecoderConfig::from_gguf(&gguf).unwrap_err().to_string();
    assert!(message.contains("llama.block_count = 4000000000: expected at most 4096"), "{message}");
}

#[test]
fn numbers_that_must_be_positive_are_refused_by_their_key() {
    for (more, expected) in [
        (r#""rope_theta": 0"#, "config.json: rope_theta = 0: expected a number above 0"),
        (r#""rope_theta": -10000.0"#, "rope_theta = -10000.0"),
        (r#""rms_norm_eps": -0.5"#, "rms_norm_eps = -0.5"),
        (r#""rope_scaling": {"type": "linear", "factor": 0}"#, "rope_scaling.factor = 0"),
        (r#""rope_parameters": {"rope_theta": 0}"#, "rope_parameters.rope_theta = 0"),
    ] {
        let message = llama(&format!(", {more}")).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    for theta in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let gguf = open(smollm_of_base(theta).bytes()).unwrap();
        let message = DecoderConfig::from_gguf(&gguf).unwrap_err().to_string();
        assert!(message.contains("llama.rope.freq_base"), "{message}");
    }
}

#[test]
fn what_is_no_config_is_named_for_what_it_is() {
    for (text, expected) in [
        (" \n", "config.json: it is empty"),
        ("<!doctype html>", "config.json: it is a web page"),
        ("version https://git-lfs.github.com/spec/v1\n", "config.json: it is Git LFS's pointer"),
        ("{\"a\"", "config.json: not valid JSON"),
        ("Entry not found", "config.json: not a JSON object, for it begins with \"Entry not"),
    ] {
        let failure = Failure::from(read(text).unwrap_err());
        assert!(failure.message.starts_with(expected), "{failure}");
        assert_eq!(failure.hint.as_deref(), Some("download it again"));
    }
}

#[test]
fn a_model_without_a_config_names_the_files_that_came() {
    let told = |names: &[&str]| {
        let source =
            |name: &&str| -> Rc<dyn ByteSource> { Rc::new(MemorySource::new(*name, *b"")) };
        let files = ModelFiles::new("m", names.iter().map(source).collect());
        pollster::block_on(load(&files)).unwrap_err().to_string()
    };
    assert_eq!(told(&[]), "m: no config.json and no .gguf found");
    let two = told(&["vocab.json", "merges.txt"]);
    assert!(two.ends_with("found among 2 files: merges.txt, vocab.json"), "{two}");
    let four = told(&["a.bin", "b.bin", "c.bin", "d.bin"]);
    assert!(four.ends_with("among 4 files: a.bin, b.bin, c.bin and others"), "{four}");
    assert_eq!(told(&["empty.gguf"]), "empty.gguf is empty");
}

fn smollm() -> GgufFile {
    smollm_of_base(100_000.0)
}

fn smollm_of_base(theta: f32) -> GgufFile {
    // SmolLM2-135M's metadata; its tensors are too large to make here.
    GgufFile::new("llama")
        .u32("llama.block_count", 30)
        .u32("llama.context_length", 8192)
        .u32("llama.embedding_length", 576)
        .u32("llama.feed_forward_length", 1536)
        .u32("llama.attention.head_count", 9)
        .u32("llama.attention.head_count_kv", 3)
        .u32("llama.vocab_size", 49_152)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-5)
        .f32("llama.rope.freq_base", theta)
}

#[test]
fn a_gguf_says_the_same_in_its_own_words() {
    let config = DecoderConfig::from_gguf(&open(smollm().bytes()).unwrap()).unwrap();
    assert_eq!(config.parameters(), 134_515_008);
    assert_eq!((config.head_dim, config.tied_embeddings), (64, true));
    let incomplete = open(GgufFile::new("qwen2").bytes()).unwrap();
    let message = DecoderConfig::from_gguf(&incomplete).unwrap_err().to_string();
    assert!(message.contains("qwen2.embedding_length = (missing)"), "{message}");
}

#[test]
fn frequency_factors_are_read_from_their_tensor() {
    let load = |factors: &[f32]| {
        let bytes = smollm().tensor("rope_freqs.weight", &[factors.len()], factors).bytes();
        let source: Rc<dyn ByteSource> = Rc::new(MemorySource::new("m.gguf", bytes));
        pollster::block_on(super::load(&ModelFiles::new("m", vec![source])))
    };
    let config = load(&[4.0; 32]).unwrap();
    assert!((config.inv_freq().0[0] - 0.25).abs() < 1e-12);
    assert!(load(&[4.0; 8]).unwrap_err().to_string().contains("expected 32"));
}
