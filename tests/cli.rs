//! The command line as its users meet it: what it prints, what it writes, what a resume leaves.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use temper_tests::{assert_close, fixture, ids, json, json_lines, numbers};

/// Runs a command that must succeed; gives its standard output.
fn temper(args: &[&str], folder: &Path) -> String {
    let cli = std::env::var_os("TEMPER_CLI").expect("TEMPER_CLI: run `cargo xtask test`");
    let output = Command::new(cli).args(args).current_dir(folder).output().expect("temper runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn logps_prints_a_line_a_row_in_the_files_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let (model, data) = (fixture("trl/model"), fixture("trl/pairs.jsonl"));
    let args =
        ["logps", "--model", text(&model), "--data", text(&data), "--device", "cpu", "--per-token"];
    let printed = temper(&args, folder.path());
    let expected = json_lines("trl/logps.jsonl");
    assert_eq!(printed.lines().count(), expected.len());
    for (line, expected) in printed.lines().zip(&expected) {
        let found: Value = serde_json::from_str(line).expect("a JSON object");
        for role in ["chosen", "rejected"] {
            let (found, expected) = (&found[role], &expected[role]);
            let token_logps = numbers(&expected["token_logps"]);
            assert_eq!(found["tokens"], token_logps.len());
            assert_eq!(numbers(&found["token_logps"]).len(), token_logps.len());
            let sum = found["logp"].as_f64().expect("a number");
            assert_close(role, sum, expected["logp"].as_f64().expect("a number"), 1e-4);
        }
    }
}

#[test]
fn logps_takes_ids_as_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let reference = json("archs/qwen2_bias/reference.json");
    let row = ids(&reference["ids"][0]);
    let line = serde_json::json!({ "prompt_ids": row[..1], "completion_ids": row[1..] });
    fs::write(folder.path().join("row.jsonl"), line.to_string()).expect("written");
    let model = fixture("archs/qwen2_bias");
    let args = ["logps", "--model", text(&model), "--data", "row.jsonl", "--device", "cpu"];
    let found: Value = serde_json::from_str(&temper(&args, folder.path())).expect("JSON");
    let expected: f64 = numbers(&reference["token_logps"][0]).iter().sum();
    assert_close(
        "completion",
        found["completion"]["logp"].as_f64().expect("a number"),
        expected,
        1e-4,
    );
}

#[test]
fn generate_prints_text_or_json() {
    let folder = tempfile::tempdir().expect("a folder");
    let (model, reference) = (fixture("trl/model"), json("trl/greedy.json"));
    let messages = r#"[{"role": "user", "content": "Why do people like rain?"}]"#;
    let args = [
        "generate",
        "--model",
        text(&model),
        "--messages",
        messages,
        "--device",
        "cpu",
        "--max-new-tokens",
        "24",
    ];
    let printed = temper(&args, folder.path());
    let json: Value =
        serde_json::from_str(&temper(&[&args[..], &["--json"]].concat(), folder.path()))
            .expect("JSON");
    assert_eq!(ids(&json["prompt_ids"]), ids(&reference["prompt_ids"]));
    assert_eq!(ids(&json["ids"]), ids(&reference["greedy_ids"]));
    assert_eq!(json["text"].as_str().expect("text"), printed.trim_end_matches('\n'));
}

/// The same seed draws the same tokens, another seed others.
#[test]
fn sampling_is_seeded() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = fixture("trl/model");
    let draw = |seed: &str| {
        temper(
            &[
                "generate",
                "--model",
                text(&model),
                "--prompt",
                "Think of",
                "--device",
                "cpu",
                "--temperature",
                "1",
                "--top-k",
                "50",
                "--top-p",
                "0.9",
                "--seed",
                seed,
                "--json",
            ],
            folder.path(),
        )
    };
    assert_eq!(draw("7"), draw("7"));
    assert_ne!(draw("7"), draw("8"));
}

const RUN: &str = "method = \"dpo\"\n[model]\npath = \"MODEL\"\n[lora]\nr = 4\n\
    [data]\ntrain = \"PAIRS\"\neval = \"PAIRS\"\n[optimizer]\nlearning_rate = 5e-3\n\
    [loop]\nmax_steps = 6\nlog_every = 2\neval_every = 3\nsample_every = 3\ncheckpoint_every = 3\n";

/// Killed after a checkpoint and resumed, a run leaves the same files as one that never stopped.
#[test]
fn a_resumed_run_leaves_the_same_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = RUN
        .replace("MODEL", text(&fixture("trl/model")))
        .replace("PAIRS", text(&fixture("trl/pairs.jsonl")));
    fs::write(folder.path().join("RUN.toml"), run).expect("written");
    let train = ["train", "RUN.toml", "--device", "cpu", "--out"];
    temper(&[&train[..], &["whole"]].concat(), folder.path());
    temper(&[&train[..], &["parts"]].concat(), folder.path());
    let parts = folder.path().join("parts");
    fs::remove_dir_all(parts.join("checkpoints/step-6")).expect("a checkpoint");
    fs::remove_dir_all(parts.join("adapter")).expect("an adapter");
    temper(&[&train[..], &["parts", "--resume"]].concat(), folder.path());
    for name in ["metrics.jsonl", "samples.jsonl", "run.toml", "adapter/adapter_model.safetensors"]
    {
        let read = |run: &str| fs::read(folder.path().join(run).join(name)).expect(name);
        assert!(read("whole") == read("parts"), "{name} differs");
        assert!(!read("whole").is_empty(), "{name} is empty");
    }
    let lines = fs::read_to_string(parts.join("metrics.jsonl")).expect("metrics");
    // Steps 2, 4, 6, and evaluations after 3 and 6.
    assert_eq!(lines.lines().count(), 5);
    assert!(lines.contains("\"rewards/margins\"") && lines.contains("\"eval_loss\""));

    temper(&["export", "--run", "whole", "--as", "peft", "--out", "peft"], folder.path());
    let exported =
        fs::read(folder.path().join("peft/adapter_model.safetensors")).expect("exported");
    let written =
        fs::read(folder.path().join("whole/adapter/adapter_model.safetensors")).expect("written");
    assert!(exported == written);
}

#[test]
fn info_tells_of_every_device() {
    let folder = tempfile::tempdir().expect("a folder");
    let info: Value =
        serde_json::from_str(&temper(&["info", "--json"], folder.path())).expect("JSON");
    let devices = info["devices"].as_array().expect("devices");
    assert_eq!(devices[0]["kind"], "cpu");
    assert_eq!(devices[1]["kind"], "wgpu");
    assert!(devices[1]["self_test_error"].as_f64().is_some_and(|error| error < 1e-3), "{info}");
}
