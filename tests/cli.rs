//! The command line as its users meet it: what it prints, what it writes, what a resume leaves.

use std::fs;
use std::path::Path;

use serde_json::Value;
use temper_tests::command::{command, temper, text, with_run};
use temper_tests::{assert_close, fixture, ids, json, json_lines, numbers};

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

/// `pairs.parquet` was written by pyarrow, `pairs.csv` here, with the rows of `pairs.jsonl`.
#[test]
fn rows_in_parquet_or_a_table_are_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = fixture("trl/model");
    let printed = |data: &Path| {
        let args = ["logps", "--model", text(&model), "--data", text(data), "--device", "cpu"];
        temper(&args, folder.path())
    };
    let table = folder.path().join("pairs.csv");
    let quoted = |value: &Value| format!("\"{}\"", value.to_string().replace('"', "\"\""));
    let record = |row: &Value| {
        ["prompt", "chosen", "rejected"].map(|column| quoted(&row[column])).join(",") + "\r\n"
    };
    let records: String = json_lines("trl/pairs.jsonl").iter().map(record).collect();
    fs::write(&table, format!("Prompt,Chosen,Rejected\r\n{records}")).expect("written");
    let expected = printed(&fixture("trl/pairs.jsonl"));
    assert_eq!(expected.lines().count(), 32);
    assert_eq!(printed(&fixture("trl/pairs.parquet")), expected);
    assert_eq!(printed(&table), expected);
}

#[test]
fn bench_prints_a_line_for_each_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["bench", "--json", "--device", "cpu", "--steps", "2"];
    let printed = temper(&args, folder.path());
    let lines: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(numbers(&line["secs"]).len(), 2);
    }
    // DPO begins where policy and reference agree (Rafailov et al. 2023).
    assert_close("loss", numbers(&lines[0]["losses"])[0], f64::ln(2.0), 1e-4);
    let answers = lines[1]["ids"].as_array().expect("answers");
    assert!(answers.len() == 16 && answers.iter().all(|answer| ids(answer).len() == 32));
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

/// Killed after a checkpoint and resumed, a run leaves the same files as one that never stopped.
#[test]
fn a_resumed_run_leaves_the_same_lines() {
    let folder = with_run();
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

/// Runs a command that must be refused; gives what it says.
fn refused(args: &[&str], folder: &Path) -> String {
    let output = command().args(args).current_dir(folder).output().expect("temper runs");
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A folder with a RUN.toml in it.
/// A run may have been killed before its first checkpoint, or its folder's name be mistyped.
#[test]
fn a_resume_of_nothing_says_that_it_begins_anew() {
    let folder = with_run();
    let args = ["train", "RUN.toml", "--device", "cpu", "--out", "typo", "--resume"];
    let output = command().args(args).current_dir(folder.path()).output();
    let output = output.expect("temper runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("typo: no checkpoint to go on from"),
        "{said}"
    );
}

#[test]
fn a_run_has_its_folder_for_itself() {
    let folder = with_run();
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let lock = fs::File::create(out.join(".lock")).expect("a file");
    lock.try_lock().expect("nobody else has it");
    let said = refused(&["train", "RUN.toml", "--out", "out"], folder.path());
    assert!(said.contains("out: another process runs here"), "{said}");
}

/// What fails, or would read what it writes, leaves the file that was there.
#[test]
fn generate_replaces_a_file_by_a_whole_one_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (model, limit) = (fixture("trl/model"), 4096);
    let rows = [vec![5], vec![5; limit]].map(|ids| serde_json::json!({ "prompt_ids": ids }));
    let rows = rows.map(|row| row.to_string()).join("\n");
    fs::write(folder.path().join("rows.jsonl"), &rows).expect("written");
    fs::write(folder.path().join("old.jsonl"), "old").expect("written");
    let generate = |out| {
        let args = ["generate", "--model", text(&model), "--prompts", "rows.jsonl", "--out", out];
        refused(&[&args[..], &["--device", "cpu"]].concat(), folder.path())
    };
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    assert!(generate("rows.jsonl").contains("rows.jsonl: is another file of this command"));
    assert_eq!(read("rows.jsonl"), rows);
    let said = generate("old.jsonl");
    assert!(said.contains("rows.jsonl: line 2") && said.contains("4096 tokens"), "{said}");
    assert_eq!(read("old.jsonl"), "old");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left behind");
}

#[test]
fn generate_writes_rows_of_ids_as_rows_of_ids() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = fixture("trl/model");
    fs::write(folder.path().join("rows.jsonl"), r#"{"prompt_ids": [5, 6]}"#).expect("written");
    let args = ["generate", "--model", text(&model), "--prompts", "rows.jsonl", "--out", "a.jsonl"];
    temper(&[&args[..], &["--device", "cpu"]].concat(), folder.path());
    let again = ["generate", "--model", text(&model), "--prompts", "a.jsonl", "--out", "b.jsonl"];
    temper(&[&again[..], &["--device", "cpu"]].concat(), folder.path());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    assert!(read("a.jsonl").contains(r#""prompt_ids":[5,6]"#));
    assert_eq!(read("a.jsonl"), read("b.jsonl"));
}

/// As `temper info | head` does.
#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let mut info = command();
    info.arg("info").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut running = info.spawn().expect("temper runs");
    drop(running.stdout.take());
    assert!(running.wait().expect("it ends").success());
}
