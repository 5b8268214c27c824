//! What is timed: work on the default model, which is built in, or that of a folder.

use std::path::Path;
use std::rc::Rc;

use serde::Deserialize;
use temper::files::{bad_path, model_files, read};
use temper_engine::weights::{ByteSource, MemorySource, ModelFiles};
use temper_protocol::{Failure, RunConfig};

/// Tokens that the default model is let to write in each answer.
const NEW_TOKENS: usize = 32;
/// Prompts that it answers at once.
const PROMPTS: usize = 16;

macro_rules! tiny {
    ($name:literal) => {
        include_bytes!(concat!("../../../assets/tiny/", $name)) as &[u8]
    };
}

const MODEL: [(&str, &[u8]); 4] = [
    ("config.json", tiny!("config.json")),
    ("model.safetensors", tiny!("model.safetensors")),
    ("tokenizer.json", tiny!("tokenizer.json")),
    ("tokenizer_config.json", tiny!("tokenizer_config.json")),
];
const RUN: &[u8] = tiny!("RUN.toml");
const PAIRS: &[u8] = tiny!("pairs.jsonl");
const HELD_OUT: &[u8] = tiny!("prompts.jsonl");

/// Work of one kind.
#[derive(Debug)]
pub struct Work {
    /// What it is, in words.
    pub title: String,
    /// The name and the bytes of its rows.
    pub rows: (String, Vec<u8>),
    /// A run; without one, the rows are prompts to complete.
    pub run: Option<RunConfig>,
    /// How long completions are, tokens.
    pub new_tokens: usize,
    /// Whether a GPU in software is too slow for it.
    pub heavy: bool,
}

/// `work.json`, as `cargo xtask bench` writes it.
#[derive(Deserialize)]
struct Written {
    rows: String,
    run: Option<RunConfig>,
    #[serde(default)]
    new_tokens: usize,
    heavy: bool,
}

impl Work {
    /// A step of the default run, and answers to its prompts.
    ///
    /// # Errors
    /// None, as long as the default run is one.
    pub fn default_model() -> Result<Vec<Self>, Failure> {
        let text = String::from_utf8_lossy(RUN);
        let run = RunConfig::from_toml("RUN.toml", &text, &[])
            .map_err(|error| Failure::bad_input(error.to_string()))?;
        let pairs = run.run_loop.batch_size;
        let prompts = HELD_OUT.split_inclusive(|byte| *byte == b'\n').take(PROMPTS);
        Ok(vec![
            Self {
                title: format!("a step of DPO, LoRA, {pairs} pairs"),
                rows: ("pairs.jsonl".into(), PAIRS.to_vec()),
                run: Some(run),
                new_tokens: 0,
                heavy: false,
            },
            Self {
                title: format!("{NEW_TOKENS} tokens for each of {PROMPTS} prompts"),
                rows: ("prompts.jsonl".into(), prompts.flatten().copied().collect()),
                run: None,
                new_tokens: NEW_TOKENS,
                heavy: false,
            },
        ])
    }

    /// A work's folder.
    ///
    /// # Errors
    /// Files that can't be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("work.json");
        let written: Written =
            serde_json::from_slice(&read(&path)?).map_err(|error| bad_path(&path, error))?;
        let rows = folder.join(&written.rows);
        Ok(Self {
            title: folder.display().to_string(),
            rows: (rows.display().to_string(), read(&rows)?),
            run: written.run,
            new_tokens: written.new_tokens,
            heavy: written.heavy,
        })
    }
}

/// The files of the model at a path, else those of the default model.
///
/// # Errors
/// The path leads to no model.
pub fn model(path: Option<&Path>) -> Result<ModelFiles, Failure> {
    let built_in = |(name, bytes): (&str, &[u8])| -> Rc<dyn ByteSource> {
        Rc::new(MemorySource::new(name, bytes.to_vec()))
    };
    match path {
        Some(path) => model_files(path),
        None => Ok(ModelFiles::new("the default model", MODEL.map(built_in).to_vec())),
    }
}
