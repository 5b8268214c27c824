//! Forward passes against transformers: log-probabilities and greedy tokens of every architecture,
//! from both file formats, on both devices.

use std::path::PathBuf;

use serde_json::Value;
use temper_engine::data::batch::Batch;
use temper_engine::data::{self, Sequence};
use temper_engine::device::read;
use temper_engine::generate::{Sampling, generate};
use temper_engine::logps::logps;
use temper_engine::model::Adapter;
use temper_engine::{Compute, OpenModel};
use temper_tests::workbench::copy;
use temper_tests::{assert_close, cpu, fixture, gpu, ids, json, json_lines, numbers, open};

use temper::files::open_model;

/// Greedy and teacher-forced tolerances a token, as asked of each device.
const CPU: f64 = 1e-4;
const GPU: f64 = 1e-3;

const ARCHS: [&str; 8] = [
    "gpt2",
    "llama3_rope_untied",
    "llama_bf16_sharded",
    "llama_f16",
    "llama_head_dim",
    "mistral_window",
    "qwen2_bias",
    "qwen3_qk_norm",
];

fn token_logps(open: &OpenModel, prompt: &[u32], completion: &[u32]) -> Vec<f64> {
    let sequence = Sequence {
        ids: [prompt, completion].concat(),
        mask: (0..prompt.len() + completion.len()).map(|t| t >= prompt.len()).collect(),
        prompt_len: prompt.len(),
    };
    let batch = Batch::new(&[&sequence], 0);
    let tokens = logps(&open.decoder, &batch, Adapter::Policy).tokens;
    let values = pollster::block_on(read(tokens)).expect("the device answers");
    values[..batch.targets.len()].iter().map(|&value| f64::from(value)).collect()
}

fn greedy(open: &OpenModel, prompts: &[Vec<u32>], tokens: usize) -> Vec<Vec<u32>> {
    let sampling = Sampling::greedy(tokens);
    let stop = open.stop_ids();
    let drawn = generate(&open.decoder, prompts, &stop, &sampling, Adapter::Policy, async || {});
    pollster::block_on(drawn).expect("generation works")
}

fn assert_all_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Absolute, a token.
        let distance = (found - expected).abs();
        assert!(distance <= tolerance, "{what}, token {i}: {found}, expected {expected}");
    }
}

fn check_archs(compute: &Compute, tolerance: f64) {
    for arch in ARCHS {
        let open = open(&format!("archs/{arch}"), compute);
        let reference = json(&format!("archs/{arch}/reference.json"));
        let rows = reference["ids"].as_array().expect("rows");
        for (row, expected) in rows.iter().zip(reference["token_logps"].as_array().expect("rows")) {
            let row = ids(row);
            let found = token_logps(&open, &row[..1], &row[1..]);
            assert_all_close(arch, &found, &numbers(expected), tolerance);
        }
        let expected = ids(&reference["greedy_from_first"]);
        let found = greedy(&open, &[ids(&rows[0])], expected.len());
        assert_eq!(found[0], expected, "{arch}");
    }
}

/// transformers 5 takes a file's own head, where its config says that it is the embedding.
#[test]
fn a_head_of_its_own_is_read_though_the_config_ties_it() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&fixture("archs/llama3_rope_untied"), folder.path());
    let path = folder.path().join("config.json");
    let text = std::fs::read_to_string(&path).expect("the config");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(config["tie_word_embeddings"], false);
    config["tie_word_embeddings"] = true.into();
    std::fs::write(&path, config.to_string()).expect("written");
    let open = pollster::block_on(open_model(folder.path(), None, &cpu())).expect("the model");
    let reference = json("archs/llama3_rope_untied/reference.json");
    let row = ids(&reference["ids"][0]);
    let found = token_logps(&open, &row[..1], &row[1..]);
    assert_all_close("a row", &found, &numbers(&reference["token_logps"][0]), CPU);
}

#[test]
fn every_architecture_on_the_cpu() {
    check_archs(&cpu(), CPU);
}

#[test]
fn every_architecture_on_wgpu() {
    check_archs(&gpu(), GPU);
}

fn check_trl_logps(compute: &Compute, tolerance: f64) {
    let open = open("trl/model", compute);
    for row in json_lines("trl/logps.jsonl") {
        for side in [&row["chosen"], &row["rejected"]] {
            let found =
                token_logps(&open, &ids(&side["prompt_ids"]), &ids(&side["completion_ids"]));
            assert_all_close("trl/logps.jsonl", &found, &numbers(&side["token_logps"]), tolerance);
        }
    }
}

#[test]
fn trl_logps_on_the_cpu() {
    check_trl_logps(&cpu(), CPU);
}

#[test]
fn trl_logps_on_wgpu() {
    check_trl_logps(&gpu(), GPU);
}

/// Prompts of other lengths in the batch, and so padding on the left, change nothing.
#[test]
fn greedy_tokens_alone_and_in_a_batch() {
    let reference = json("trl/greedy.json");
    let (prompt, expected) = (ids(&reference["prompt_ids"]), ids(&reference["greedy_ids"]));
    for compute in [cpu(), gpu()] {
        let open = open("trl/model", &compute);
        let others = [vec![1, 468], [prompt.clone(), prompt.clone()].concat()];
        let batch = [others[0].clone(), prompt.clone(), others[1].clone()];
        assert_eq!(greedy(&open, std::slice::from_ref(&prompt), expected.len())[0], expected);
        assert_eq!(greedy(&open, &batch, expected.len())[1], expected);
    }
}

/// Padding must not change a row: alone and beside a longer one, its log-probabilities agree.
#[test]
fn padding_changes_nothing() {
    let open = open("trl/model", &cpu());
    let sequence = |ids: &[u32]| Sequence {
        ids: ids.to_vec(),
        mask: (0..ids.len()).map(|t| t > 0).collect(),
        prompt_len: 1,
    };
    let short = sequence(&[1, 468, 201, 398, 317]);
    let long = sequence(&(1..60).collect::<Vec<u32>>());
    let rows = |batch: &Batch| {
        let rows = logps(&open.decoder, batch, Adapter::Policy).rows;
        f64::from(pollster::block_on(read(rows)).expect("the device answers")[0])
    };
    let alone = rows(&Batch::new(&[&short], 0));
    assert_close("padded", rows(&Batch::new(&[&short, &long], 0)), alone, 1e-6);
}

/// `cargo xtask test` gets the file and says where it is.
fn smollm2() -> PathBuf {
    let path = std::env::var_os("TEMPER_SMOLLM2").expect("TEMPER_SMOLLM2: run `cargo xtask test`");
    PathBuf::from(path)
}

#[test]
fn smollm2_from_gguf() {
    let compute = cpu();
    let path = smollm2();
    let opened = temper::files::open_model(&path, None, &compute);
    let open = pollster::block_on(opened).expect("the GGUF opens");
    let rows = json("smollm2-135m-q4_1.json");
    for row in rows.as_array().expect("rows") {
        let prompt = ids(&row["prompt_ids"]);
        assert_eq!(rendered(&open, &row["messages"]), prompt);
        let completion = ids(&row["completion_ids"]);
        let found = token_logps(&open, &prompt, &completion);
        assert_all_close("smollm2", &found, &numbers(&row["token_logps"]), 2e-2);
        let expected = ids(&row["greedy_ids"]);
        let first = expected.len().min(16);
        let found = greedy(&open, &[prompt], first);
        assert_eq!(found[0], expected[..first]);
    }
}

fn rendered(open: &OpenModel, messages: &Value) -> Vec<u32> {
    let prompt = data::parse_messages(&messages.to_string()).expect("messages");
    data::encode_prompt(&prompt, open.text.as_ref()).expect("the template renders")
}

/// The fixtures are whole: a test over no rows would pass.
#[test]
fn fixtures_are_there() {
    assert!(ARCHS.iter().all(|arch| fixture(&format!("archs/{arch}/reference.json")).is_file()));
    assert_eq!(json_lines("trl/logps.jsonl").len(), 32);
}
