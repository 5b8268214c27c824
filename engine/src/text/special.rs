//! Special tokens: which ids begin, end and pad a text, and which end a completion.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tokenizers::Tokenizer;

use super::TextError;

/// A JSON object and the file it came from.
pub(super) struct JsonFile {
    pub file: String,
    pub keys: Map<String, Value>,
}

/// The special tokens of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SpecialTokens {
    /// Under Hugging Face's names (`bos_token`, `eos_token`, ...), as templates read them.
    pub names: BTreeMap<String, String>,
    /// What ends a text, named or not.
    pub eos_token: Option<String>,
    pub bos: Option<u32>,
    pub eos: Option<u32>,
    pub pad: Option<u32>,
    /// Any of these ends a completion.
    pub stop: Vec<u32>,
}

/// The files that speak of special tokens; each may be missing.
pub(super) struct SpecialFiles {
    pub tokenizer_config: Option<JsonFile>,
    pub special_tokens_map: Option<JsonFile>,
    pub generation_config: Option<JsonFile>,
    pub config: Option<JsonFile>,
}

impl SpecialTokens {
    /// Reads them the way transformers does: texts from the tokenizer's files, the ids that stop
    /// a completion from `generation_config.json` before `config.json`.
    pub fn read(files: &SpecialFiles, tokenizer: &Tokenizer) -> Result<Self, TextError> {
        let mut names = files.special_tokens_map.as_ref().map_or_else(BTreeMap::new, token_names);
        if let Some(config) = &files.tokenizer_config {
            names.extend(token_names(config));
        }
        let id = |name: &str| names.get(name).and_then(|token| tokenizer.token_to_id(token));
        if let (Some(token), None) = (names.get("eos_token"), id("eos_token")) {
            let file = files.tokenizer_config.as_ref().or(files.special_tokens_map.as_ref());
            let file = file.map_or("tokenizer_config.json", |found| found.file.as_str());
            let message = format!("{token:?} is no token of the tokenizer");
            return Err(TextError::key(file, "eos_token", message));
        }
        let configured = |key: &str| -> Result<Vec<u32>, TextError> {
            let generation = ids(files.generation_config.as_ref(), key)?;
            if generation.is_empty() { ids(files.config.as_ref(), key) } else { Ok(generation) }
        };
        let first = |key: &str| configured(key).map(|ids| ids.first().copied());
        let bos = id("bos_token").or(first("bos_token_id")?);
        let eos = id("eos_token").or(first("eos_token_id")?);
        let pad = id("pad_token").or(first("pad_token_id")?);
        let mut stop = configured("eos_token_id")?;
        if stop.is_empty() {
            stop.extend(eos);
        }
        // Templates are told of what has a name alone.
        let named = names.get("eos_token").cloned();
        let eos_token = named.or_else(|| tokenizer.id_to_token(eos?));
        Ok(Self { names, eos_token, bos, eos, pad, stop })
    }
}

/// `bos_token` and its like: a string, or an object with its `content`.
fn token_names(json: &JsonFile) -> BTreeMap<String, String> {
    let named = json.keys.iter().filter(|(key, _)| key.ends_with("_token"));
    let text = |value: &Value| {
        value.as_str().or_else(|| value.get("content")?.as_str()).map(str::to_string)
    };
    named.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
}

/// An id, a list of ids, or nothing.
fn ids(json: Option<&JsonFile>, key: &str) -> Result<Vec<u32>, TextError> {
    let Some((json, value)) = json.and_then(|json| Some((json, json.keys.get(key)?))) else {
        return Ok(Vec::new());
    };
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let found = match value {
        Value::Null => Some(Vec::new()),
        Value::Array(values) => values.iter().map(id).collect(),
        // Some old configs say -1 for none.
        Value::Number(number) if number.as_i64().is_some_and(|id| id < 0) => Some(Vec::new()),
        value => id(value).map(|id| vec![id]),
    };
    found.ok_or_else(|| {
        let message = format!("expected a token id or a list of them, found {value}");
        TextError::key(&json.file, key, message)
    })
}
