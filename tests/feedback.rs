//! AI feedback as its users meet it: a judge's pairs, a reward model's scores, and what they say
//! when they can't.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use temper::folder_store::FolderStore;
use temper_engine::rewards::adapter::left_in;
use temper_engine::scores::Normalization;
use temper_protocol::FailureKind;
use temper_tests::workbench::{
    HEAD, copy, fails, folder, judge, model_with, number, pairs, read_rows, temper, text,
    write_rows,
};
use temper_tests::{assert_close, fixture, json as golden};

/// f32, and a head that is seven times as steep as the model's own.
const TOLERANCE: f64 = 5e-4;

/// P(chosen preferred) of each of the fixture's pairs, by numpy.
fn expected() -> Vec<f64> {
    let verdicts = golden("judge.json");
    let verdicts = verdicts["pairs"].as_array().expect("verdicts");
    verdicts.iter().map(|v| (number(&v["forward"]) + number(&v["backward"])) / 2.0).collect()
}

fn read_report(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("a report")).expect("JSON")
}

fn swapped(row: &Value) -> Value {
    let mut row = row.clone();
    (row["chosen"], row["rejected"]) = (row["rejected"].take(), row["chosen"].take());
    row
}

#[test]
fn label_writes_what_the_judge_prefers_and_how_surely() {
    let folder = folder();
    let (judge, data) = (judge(folder.path()), fixture("trl/pairs.jsonl"));
    let args = ["label", "--judge", text(&judge), "--data", text(&data), "--out", "out.jsonl"];
    let soft = [&args[..], &["--labels", "soft", "--report", "report.json"]].concat();
    let (_, message) = temper(&soft, folder.path());
    let found = read_rows(&folder.path().join("out.jsonl"));
    let (rows, expected) = (pairs(), expected());
    assert_eq!(found.len(), rows.len());
    for ((found, row), expected) in found.iter().zip(&rows).zip(&expected) {
        let preferred = if *expected > 0.5 { "chosen" } else { "rejected" };
        assert_eq!(found["prompt"], row["prompt"]);
        assert_eq!(found["chosen"], row[preferred]);
        let probability = expected.max(1.0 - expected);
        assert_close("probability", number(&found["probability"]), probability, TOLERANCE);
    }
    let report = read_report(&folder.path().join("report.json"));
    assert_eq!((&report["pairs"], &report["answered"]), (&json!(32), &json!(32)));
    assert_eq!((&report["too_long"], &report["abstained"]), (&json!(0), &json!(0)));
    assert_close("agreement", number(&report["agreement"]), 13.0 / 32.0, 1e-9);
    assert_close("same position", number(&report["same_position"]), 30.0 / 32.0, 1e-9);
    assert_close("first position", number(&report["first_position"]), 62.0 / 64.0, 1e-9);
    for line in ["pairs: 32", "answered: 32", "agreement: 40.6 %"] {
        assert!(message.contains(line), "{message}");
    }
    let positions = ["same position preferred: 93.8 %", "first position preferred: 96.9 %"];
    assert!(positions.iter().all(|line| message.contains(line)), "{message}");
}

/// Which completion the file calls chosen is nothing to the judge.
#[test]
fn swapped_rows_give_the_same_pairs() {
    let folder = folder();
    let judge = judge(folder.path());
    write_rows(&folder.path().join("rows.jsonl"), &pairs());
    let mirrored: Vec<Value> = pairs().iter().map(swapped).collect();
    write_rows(&folder.path().join("swapped.jsonl"), &mirrored);
    let label = |data: &str| {
        let args = ["label", "--judge", text(&judge), "--data", data, "--out", "out.jsonl"];
        temper(&args, folder.path());
        fs::read_to_string(folder.path().join("out.jsonl")).expect("pairs")
    };
    let found = label("rows.jsonl");
    assert_eq!(found, label("swapped.jsonl"));
    assert!(!found.contains("probability"), "hard labels have none");
}

#[test]
fn pairs_near_a_half_are_left_out() {
    let folder = folder();
    let (judge, data) = (judge(folder.path()), fixture("trl/pairs.jsonl"));
    let label = ["label", "--judge", text(&judge), "--data", text(&data), "--out", "out.jsonl"];
    let args = [&label[..], &["--abstain", "0.035", "--report", "report.json"]].concat();
    temper(&args, folder.path());
    let sure = expected().iter().filter(|p| (*p - 0.5).abs() >= 0.035).count();
    assert_eq!((sure, read_rows(&folder.path().join("out.jsonl")).len()), (9, 9));
    let report = read_report(&folder.path().join("report.json"));
    assert_eq!((&report["answered"], &report["abstained"]), (&json!(32), &json!(23)));
}

/// What `generate --prompts` writes can be labelled: the first two completions that differ.
#[test]
fn completions_of_one_prompt_are_compared() {
    let folder = folder();
    let judge = judge(folder.path());
    let said = |row: &Value, role: &str| row[role][0]["content"].clone();
    let mut rows: Vec<Value> = pairs()[..4]
        .iter()
        .map(|row| {
            let (a, b) = (said(row, "chosen"), said(row, "rejected"));
            json!({ "prompt": row["prompt"], "completions": [a.clone(), a, b, "Never compared."] })
        })
        .collect();
    let prompt = rows[0]["prompt"].clone();
    rows.push(json!({ "prompt": prompt, "completions": ["alike", "alike"] }));
    write_rows(&folder.path().join("rows.jsonl"), &rows);
    let args = ["label", "--judge", text(&judge), "--data", "rows.jsonl", "--out", "out.jsonl"];
    let args = [&args[..], &["--labels", "soft", "--report", "report.json"]].concat();
    let (_, message) = temper(&args, folder.path());
    let found = read_rows(&folder.path().join("out.jsonl"));
    assert_eq!(found.len(), 4);
    for (found, expected) in found.iter().zip(expected()) {
        let probability = expected.max(1.0 - expected);
        assert_close("probability", number(&found["probability"]), probability, TOLERANCE);
    }
    let report = read_report(&folder.path().join("report.json"));
    assert_eq!((&report["pairs"], &report["agreement"]), (&json!(4), &Value::Null));
    assert!(message.contains("line 5: chosen equals rejected"), "{message}");
}

/// Nothing is cut: what the judge can't take whole stays unanswered, and is counted.
#[test]
fn a_pair_too_long_is_left_out() {
    let folder = folder();
    let judge = judge(folder.path());
    let mut rows = pairs()[..3].to_vec();
    rows[1]["chosen"][0]["content"] = "rain ".repeat(600).into();
    let label = ["label", "--judge", text(&judge), "--data", "rows.jsonl", "--out", "out.jsonl"];
    write_rows(&folder.path().join("rows.jsonl"), &rows);
    temper(&[&label[..], &["--report", "report.json"]].concat(), folder.path());
    assert_eq!(read_rows(&folder.path().join("out.jsonl")).len(), 2);
    let report = read_report(&folder.path().join("report.json"));
    let counts = ["pairs", "answered", "too_long"].map(|key| number(&report[key]));
    assert_eq!(counts, [3.0, 2.0, 1.0]);

    fs::remove_file(folder.path().join("out.jsonl")).expect("removed");
    write_rows(&folder.path().join("rows.jsonl"), &rows[1..2]);
    fails(&label, folder.path(), &["model", "512 tokens", "longer"]);
    assert!(!folder.path().join("out.jsonl").exists());
}

/// An untrained model spreads its probability over the vocabulary; one that writes reviews goes
/// on with a review.
#[test]
fn a_judge_that_never_answers_is_refused() {
    let folder = folder();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny");
    let reviews = fs::read_to_string(tiny.join("heldout.jsonl")).expect("held-out pairs");
    let rows: Vec<Value> =
        reviews.lines().take(8).map(|line| serde_json::from_str(line).expect("JSONL")).collect();
    write_rows(&folder.path().join("reviews.jsonl"), &rows);
    write_rows(&folder.path().join("pairs.jsonl"), &pairs());
    for (judge, data) in [(fixture("trl/model"), "pairs.jsonl"), (tiny, "reviews.jsonl")] {
        let label = ["label", "--judge", text(&judge), "--data", data, "--out", "out.jsonl"];
        let name = text(Path::new(judge.file_name().expect("a name"))).to_owned();
        fails(&label, folder.path(), &[&name, "the judge never answers", "\"1\" and \"2\""]);
        assert!(!folder.path().join("out.jsonl").exists());
    }
}

#[test]
fn label_says_what_is_wrong() {
    let folder = folder();
    let judge = fixture("trl/model");
    let write = |text: &str| fs::write(folder.path().join("rows.jsonl"), text).expect("written");
    let label = ["label", "--judge", text(&judge), "--data", "rows.jsonl", "--out", "out.jsonl"];
    let fails = |args: &[&str], words: &[&str]| fails(args, folder.path(), words);
    fails(&label, &["rows.jsonl"]);
    write("{\"question\": \"a\"}\n");
    fails(&label, &["rows.jsonl", "line 1", "question"]);
    write("\n{\"prompt\": \"a\", \"completions\": []}\n");
    fails(&label, &["rows.jsonl", "line 2", "completions"]);
    write("{\"prompt\": \"a\", \"completion\": \" b\"}\n");
    fails(&label, &["rows.jsonl", "line 1"]);
    write("{\"prompt_ids\": [1], \"chosen_ids\": [3, 4], \"rejected_ids\": [5]}\n");
    fails(&label, &["rows.jsonl", "line 1", "token ids"]);
    write("{\"prompt\": \"a\", \"chosen\": \" b\", \"rejected\": \" c\"}\n");
    fails(&[&label[..], &["--abstain", "0.7"]].concat(), &["--abstain"]);
    fails(&[&label[..], &["--report", "nowhere/r.json"]].concat(), &["nowhere/r.json"]);
    let nowhere = ["label", "--judge", "nowhere", "--data", "rows.jsonl", "--out", "out.jsonl"];
    fails(&nowhere, &["nowhere"]);
}

/// Rewards of the first eight pairs, as TRL's own trained reward model gives them.
#[test]
fn score_gives_trls_rewards() {
    let folder = folder();
    let (model, adapter) = (fixture("trl/model"), fixture("trl/reward/adapter_final"));
    let expected = golden("trl/reward/final_rewards.json");
    let expected = expected.as_array().expect("rewards");
    for data in ["trl/pairs.jsonl", "trl/reward/tokens.jsonl"] {
        let data = fixture(data);
        let args = ["score", "--model", text(&model), "--adapter", text(&adapter)];
        let args = [&args[..], &["--data", text(&data)]].concat();
        let (printed, _) = temper(&args, folder.path());
        assert!(printed.lines().count() > expected.len());
        for (line, expected) in printed.lines().zip(expected) {
            let found: Value = serde_json::from_str(line).expect("a JSON object");
            for role in ["chosen", "rejected"] {
                assert_close(role, number(&found[role]), number(&expected[role]), 1e-2);
            }
        }
    }
}

#[test]
fn score_applies_the_normalisation_beside_the_adapter() {
    let folder = folder();
    let model = fixture("trl/model");
    copy(&fixture("trl/reward/adapter_final"), &folder.path().join("reward"));
    let row = "{\"prompt\": \"Rain?\", \"completion\": \" Yes.\"}";
    fs::write(folder.path().join("row.jsonl"), row).expect("written");
    let score = ["score", "--model", text(&model), "--adapter", "reward", "--data", "row.jsonl"];
    let value = || {
        let found: Value =
            serde_json::from_str(&temper(&score, folder.path()).0).expect("a JSON object");
        number(&found["completion"])
    };
    let plain = value();
    let file = folder.path().join("reward/reward.json");
    fs::write(&file, "{\"gain\": 2.0, \"bias\": 1.0}").expect("written");
    assert_close("normalised", value(), 2.0 * plain + 1.0, 1e-6);
    fs::write(&file, "{\"gain\": \"two\"}").expect("written");
    fails(&score, folder.path(), &["reward.json"]);
}

#[test]
fn score_needs_a_reward_head_of_the_adapters_or_the_models_own() {
    let folder = folder();
    let (model, data) = (fixture("trl/model"), fixture("trl/pairs.jsonl"));
    let score = ["score", "--model", text(&model), "--data", text(&data)];
    fails(&score, folder.path(), &["model", "no reward head", "score.weight"]);
    let adapter = fixture("trl/dpo_sigmoid/adapter_final");
    let args = [&score[..], &["--adapter", text(&adapter)]].concat();
    fails(&args, folder.path(), &["adapter_final", "no reward head"]);
    let args = ["score", "--model", text(&model), "--data", "nowhere.jsonl"];
    fails(&args, folder.path(), &["nowhere.jsonl"]);

    let model = model_with(folder.path(), "score.weight", [1, HEAD[1]], |_| vec![0.0; HEAD[1]]);
    let row = "{\"prompt\": \"Rain?\", \"completion\": \" Yes.\"}";
    fs::write(folder.path().join("row.jsonl"), row).expect("written");
    let args = ["score", "--model", text(&model), "--data", "row.jsonl"];
    let (printed, _) = temper(&args, folder.path());
    assert_eq!(printed.trim(), "{\"completion\":0.0}");
}

/// As the page does, which knows other runs by what they have left.
#[test]
fn a_reward_run_is_found_by_what_it_left() {
    let folder = folder();
    let (model, rows) = (fixture("trl/model"), fixture("trl/pairs.jsonl"));
    for (method, tables) in [("reward", "[reward]\nnormalize_samples = 8\n"), ("dpo", "")] {
        let run = format!(
            "method = \"{method}\"\n[model]\npath = {model:?}\n[lora]\nr = 4\n[data]\n\
             train = {rows:?}\n{tables}[loop]\nmax_steps = 1\n"
        );
        fs::write(folder.path().join("RUN.toml"), run).expect("written");
        temper(&["train", "RUN.toml", "--out", method], folder.path());
    }
    let left = |run: &str| {
        pollster::block_on(left_in(&FolderStore::new(folder.path().join(run)), "run 7"))
    };
    let (adapter, normalization) = left("reward").expect("a reward model");
    assert_eq!(adapter.tensors["score.weight"].0, [1, HEAD[1]]);
    assert_ne!(normalization, Normalization::default());
    fs::create_dir_all(folder.path().join("full/model")).expect("a folder");
    fs::write(folder.path().join("full/model/config.json"), "{}").expect("written");
    for (run, words) in
        [("dpo", "no reward head"), ("nothing", "no adapter"), ("full", "all its weights")]
    {
        let failure = left(run).expect_err("no reward model");
        assert!(failure.message.starts_with("score.adapter: run 7"), "{failure}");
        assert!(failure.message.contains(words), "{failure}");
        let FailureKind::BadInput(place) = &failure.kind else { panic!("{failure}") };
        assert_eq!(place.key.as_deref(), Some("score.adapter"));
    }
}

/// The fixture's reward model is of another width than the default model.
#[test]
fn a_reward_model_of_another_base_is_refused_by_its_option() {
    let folder = folder();
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny");
    let (rows, adapter) = (tiny.join("prompts.jsonl"), fixture("trl/reward/adapter_final"));
    let run = format!(
        "method = \"ppo\"\n[model]\npath = {tiny:?}\n[lora]\nr = 4\n[data]\ntrain = {rows:?}\n\
         [score]\nby = \"reward_model\"\nadapter = {adapter:?}\n"
    );
    fs::write(folder.path().join("RUN.toml"), run).expect("written");
    let train = ["train", "RUN.toml", "--out", "out"];
    fails(&train, folder.path(), &["score.adapter: ", "made for another model"]);
}
