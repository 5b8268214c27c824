//! Running the command line, and models that are made for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::command;

/// Vocabulary and width of the fixture's model.
pub const HEAD: [usize; 2] = [512, 64];

/// An empty folder, gone with its name.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Runs a command on the CPU.
pub fn run(args: &[&str], folder: &Path) -> Output {
    let args = [args, &["--device", "cpu"]].concat();
    command().args(args).current_dir(folder).output().expect("temper runs")
}

/// Runs a command that must succeed; gives its standard output and standard error.
pub fn temper(args: &[&str], folder: &Path) -> (String, String) {
    let output = run(args, folder);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {message}");
    (String::from_utf8(output.stdout).expect("text"), message)
}

/// Runs a command that must fail as a bad input does, naming `words`.
pub fn fails(args: &[&str], folder: &Path, words: &[&str]) {
    let output = run(args, folder);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
    assert_eq!(message.matches("error:").count(), 1, "one message: {message}");
    assert!(!message.contains("panicked"), "{message}");
    for word in words {
        assert!(message.contains(word), "{word:?} isn't named: {message}");
    }
}

/// Copies a folder's files.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// A copy of the fixture's model with one more tensor, made from its embedding, row by row.
pub fn model_with(
    folder: &Path,
    name: &str,
    shape: [usize; 2],
    values: impl Fn(&[Vec<f32>]) -> Vec<f32>,
) -> PathBuf {
    let path = folder.join("model");
    copy(&crate::fixture("trl/model"), &path);
    let file = path.join("model.safetensors");
    let bytes = fs::read(&file).expect("weights");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let (header, data) = bytes[8..].split_at(length);
    let mut header: Value = serde_json::from_slice(header).expect("JSON");
    let offset = |i: usize| {
        let offset = header["model.embed_tokens.weight"]["data_offsets"][i].as_u64();
        offset.expect("an offset") as usize
    };
    let float = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("four bytes"));
    let floats: Vec<f32> = data[offset(0)..offset(1)].chunks(4).map(float).collect();
    let embedding: Vec<Vec<f32>> = floats.chunks(HEAD[1]).map(<[f32]>::to_vec).collect();
    let tensor: Vec<u8> = values(&embedding).iter().flat_map(|value| value.to_le_bytes()).collect();
    let offsets = [data.len(), data.len() + tensor.len()];
    header[name] = json!({ "dtype": "F32", "shape": shape, "data_offsets": offsets });
    let header = header.to_string();
    let length = (header.len() as u64).to_le_bytes();
    let written = [&length[..], header.as_bytes(), data, tensor.as_slice()].concat();
    fs::write(&file, written).expect("written");
    path
}

/// The judge of `fixtures/judge.py`: the fixture's model with a head that reads only digits (ids
/// 18 to 27), by their own embedding and that of "=" (31), which is what a question ends with.
pub fn judge(folder: &Path) -> PathBuf {
    let path = model_with(folder, "lm_head.weight", HEAD, |embedding| {
        let row = |id: usize| {
            let read = |i: usize| match (18..28).contains(&id) {
                true => 4.0 * embedding[id][i] + 3.0 * embedding[31][i],
                false => 0.0,
            };
            (0..HEAD[1]).map(read).collect::<Vec<f32>>()
        };
        (0..HEAD[0]).flat_map(row).collect()
    });
    let config = path.join("config.json");
    let written = fs::read_to_string(&config).expect("a config");
    let (tied, untied) = ("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    assert!(written.contains(tied));
    fs::write(&config, written.replace(tied, untied)).expect("written");
    path
}

/// The fixture's pairs.
pub fn pairs() -> Vec<Value> {
    crate::json_lines("trl/pairs.jsonl")
}

/// Writes JSONL.
pub fn write_rows(path: &Path, rows: &[Value]) {
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(path, lines).expect("written");
}

/// Reads JSONL.
pub fn read_rows(path: &Path) -> Vec<Value> {
    let lines = fs::read_to_string(path).expect("written by temper");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSONL")).collect()
}

/// A number.
pub fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}
