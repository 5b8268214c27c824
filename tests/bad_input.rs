//! What a user can get wrong ends in one clear message that names the file, line or key, with
//! exit code 2, and loses nothing.

use std::fs;
use std::path::{Path, PathBuf};

use temper_tests::command::command;
use temper_tests::fixture;
use tempfile::TempDir;

/// A folder with a copy of the test model and good data, to be broken.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&fixture("trl/model"), &folder.path().join("model"));
        let bench = Self { folder };
        fs::copy(fixture("trl/pairs.jsonl"), bench.path("pairs.jsonl")).expect("a copy");
        bench.write("RUN.toml", RUN);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// Runs a command that must fail; gives its message.
    fn fails(&self, args: &[&str]) -> String {
        let output = command().args(args).current_dir(&self.folder).output().expect("temper runs");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert_eq!(message.matches("error:").count(), 1, "one message: {message}");
        assert!(!message.contains("panicked"), "{message}");
        message
    }

    fn train_fails(&self) -> String {
        let message = self.fails(&["train", "RUN.toml", "--out", "out", "--device", "cpu"]);
        let weights = self.path("out/adapter");
        assert!(!weights.exists(), "a failed run leaves no weights");
        message
    }

    fn logps_fails(&self) -> String {
        self.fails(&["logps", "--model", "model", "--data", "pairs.jsonl", "--device", "cpu"])
    }
}

const RUN: &str = "method = \"dpo\"\n[model]\npath = \"model\"\n[lora]\nr = 4\n\
                   [data]\ntrain = \"pairs.jsonl\"\n[loop]\nmax_steps = 1\n";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

fn names(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} isn't named: {message}");
    }
}

#[test]
fn broken_parquet_is_named() {
    let bench = Bench::new();
    fs::write(bench.path("rows.parquet"), b"PAR1 and no more").expect("written");
    let args = ["logps", "--model", "model", "--data", "rows.parquet", "--device", "cpu"];
    assert!(bench.fails(&args).contains("rows.parquet: "));
}

#[test]
fn truncated_safetensors() {
    let bench = Bench::new();
    let path = bench.path("model/model.safetensors");
    let bytes = fs::read(&path).expect("weights");
    fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut");
    names(&bench.logps_fails(), &["model.safetensors"]);
    fs::write(&path, &bytes[..5]).expect("cut");
    names(&bench.logps_fails(), &["model.safetensors"]);
}

#[test]
fn truncated_gguf() {
    let bench = Bench::new();
    fs::write(bench.path("model.gguf"), b"GGUF\x03\0\0\0\x05\0").expect("written");
    let args = ["generate", "--model", "model.gguf", "--prompt", "hello", "--device", "cpu"];
    names(&bench.fails(&args), &["model.gguf"]);
    fs::write(bench.path("model.gguf"), b"not a gguf at all").expect("written");
    names(&bench.fails(&args), &["model.gguf"]);
}

/// Rewrites the header of the model's safetensors.
fn edit_header(bench: &Bench, edit: impl Fn(String) -> String) {
    let path = bench.path("model/model.safetensors");
    let bytes = fs::read(&path).expect("weights");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header = String::from_utf8(bytes[8..8 + length].to_vec()).expect("JSON");
    let header = edit(header);
    let mut edited = (header.len() as u64).to_le_bytes().to_vec();
    edited.extend(header.as_bytes());
    edited.extend(&bytes[8 + length..]);
    fs::write(path, edited).expect("written");
}

#[test]
fn wrong_dtype() {
    let bench = Bench::new();
    edit_header(&bench, |header| header.replacen("\"F32\"", "\"I32\"", 1));
    names(&bench.logps_fails(), &["model.safetensors", "I32"]);
}

#[test]
fn missing_tensor() {
    let bench = Bench::new();
    edit_header(&bench, |header| header.replace("model.norm.weight", "model.other.weight"));
    names(&bench.logps_fails(), &["model.norm.weight"]);
}

#[test]
fn tokenizer_of_another_vocabulary() {
    let bench = Bench::new();
    let path = bench.path("model/config.json");
    let config = fs::read_to_string(&path).expect("a config");
    fs::write(&path, config.replace("\"vocab_size\": 512", "\"vocab_size\": 300"))
        .expect("written");
    names(&bench.logps_fails(), &["tokenizer.json", "483", "300"]);
}

#[test]
fn no_model_there() {
    let bench = Bench::new();
    let args = ["logps", "--model", "nowhere", "--data", "pairs.jsonl", "--device", "cpu"];
    names(&bench.fails(&args), &["nowhere"]);
}

#[test]
fn broken_jsonl_names_the_line() {
    let bench = Bench::new();
    let good = fs::read_to_string(bench.path("pairs.jsonl")).expect("rows");
    let mut lines: Vec<&str> = good.lines().collect();
    lines[2] = "{\"prompt\": \"no end";
    bench.write("pairs.jsonl", &lines.join("\n"));
    names(&bench.train_fails(), &["pairs.jsonl", "line 3"]);
}

#[test]
fn empty_data() {
    let bench = Bench::new();
    bench.write("pairs.jsonl", "\n\n");
    names(&bench.train_fails(), &["pairs.jsonl"]);
}

#[test]
fn chosen_equal_to_rejected() {
    let bench = Bench::new();
    bench.write("pairs.jsonl", "{\"prompt\": \"a\", \"chosen\": \" b\", \"rejected\": \" b\"}\n");
    names(&bench.train_fails(), &["pairs.jsonl"]);
}

#[test]
fn prompt_longer_than_max_length() {
    let bench = Bench::new();
    bench.write("RUN.toml", &RUN.replace("[data]\n", "[data]\nmax_length = 4\n"));
    names(&bench.train_fails(), &["pairs.jsonl", "line 1", "max_length"]);
}

#[test]
fn unknown_key_names_the_line() {
    let bench = Bench::new();
    bench.write("RUN.toml", &format!("{RUN}max_stepz = 3\n"));
    names(&bench.train_fails(), &["RUN.toml", "line 10", "max_stepz"]);
}

#[test]
fn unread_option() {
    let bench = Bench::new();
    bench.write("RUN.toml", &format!("{RUN}[sft]\ncompletion_only_loss = true\n"));
    names(&bench.train_fails(), &["RUN.toml", "[sft]", "dpo"]);
}

#[test]
fn no_adapter() {
    let bench = Bench::new();
    bench.write(
        "RUN.toml",
        &RUN.replace("path = \"model\"", "path = \"model\"\nadapter = \"nowhere\""),
    );
    names(&bench.train_fails(), &["nowhere"]);
    fs::create_dir(bench.path("nowhere")).expect("a folder");
    names(&bench.train_fails(), &["adapter_config.json"]);
    let args = ["export", "--run", "nowhere", "--as", "peft", "--out", "peft"];
    names(&bench.fails(&args), &["nowhere", "no adapter"]);
}

#[test]
fn adapter_of_another_model() {
    let bench = Bench::new();
    copy(&fixture("trl/dpo_sigmoid/adapter_init"), &bench.path("adapter"));
    copy(&fixture("archs/llama_head_dim"), &bench.path("model"));
    fs::remove_file(bench.path("model/tokenizer.json")).expect("removed");
    bench.write("pairs.jsonl", "{\"prompt_ids\": [1, 2], \"completion_ids\": [3, 4]}\n");
    let message = bench.fails(&[
        "logps",
        "--model",
        "model",
        "--adapter",
        "adapter",
        "--data",
        "pairs.jsonl",
        "--device",
        "cpu",
    ]);
    names(&message, &["lora_", "another model"]);
}

#[test]
fn a_folder_that_holds_a_run_is_not_overwritten() {
    let bench = Bench::new();
    fs::create_dir(bench.path("out")).expect("a folder");
    bench.write("out/run.toml", "method = \"dpo\"\n");
    names(&bench.train_fails(), &["out", "--resume"]);
    assert_eq!(fs::read_to_string(bench.path("out/run.toml")).expect("kept"), "method = \"dpo\"\n");
}
