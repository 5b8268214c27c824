//! The parts of a `tokenizer.json` that we write for a GGUF.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A `tokenizer.json`.
#[derive(Serialize)]
pub(super) struct TokenizerJson<'a> {
    pub version: &'static str,
    pub added_tokens: Vec<AddedToken<'a>>,
    pub normalizer: Value,
    pub pre_tokenizer: Value,
    pub post_processor: Value,
    pub decoder: Value,
    pub model: BpeJson<'a>,
}

#[derive(Serialize)]
pub(super) struct AddedToken<'a> {
    pub id: usize,
    pub content: &'a str,
    pub single_word: bool,
    pub lstrip: bool,
    pub rstrip: bool,
    pub normalized: bool,
    pub special: bool,
}

#[derive(Serialize)]
pub(super) struct BpeJson<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub unk_token: Option<&'a str>,
    pub fuse_unk: bool,
    pub byte_fallback: bool,
    pub ignore_merges: bool,
    pub vocab: BTreeMap<&'a str, usize>,
    pub merges: Vec<(&'a str, &'a str)>,
}

/// The post-processor that puts these tokens around every text.
pub(super) fn around_text(bos: Option<(u32, &str)>, eos: Option<(u32, &str)>) -> Value {
    if bos.is_none() && eos.is_none() {
        return Value::Null;
    }
    let special = |(_, token): (u32, &str)| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let around = |sequence: &str| -> Vec<Value> {
        let inner = json!({"Sequence": {"id": sequence, "type_id": 0}});
        bos.map(special).into_iter().chain([inner]).chain(eos.map(special)).collect()
    };
    let (single, second) = (around("A"), around("B"));
    let pair: Vec<&Value> = single.iter().chain(&second).collect();
    let described = |(id, token): (u32, &str)| {
        (token.to_string(), json!({"id": token, "ids": [id], "tokens": [token]}))
    };
    let tokens: Map<String, Value> = bos.into_iter().chain(eos).map(described).collect();
    json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens})
}
