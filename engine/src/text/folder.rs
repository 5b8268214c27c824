//! The tokenizer and template of a folder in Hugging Face's layout.

use serde_json::Value;
use tokenizers::{AddedToken, Tokenizer};

use super::special::{JsonFile, SpecialFiles, SpecialTokens};
use super::template::Template;
use super::{Parts, Templates, TextError};
use crate::weights::ModelFiles;

const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const TEMPLATE: &str = "chat_template.jinja";
const TEMPLATE_JSON: &str = "chat_template.json";

/// `None` where there is no `tokenizer.json`.
pub(super) async fn read(files: &ModelFiles) -> Result<Option<Parts>, TextError> {
    let Some(bytes) = files.read_all(TOKENIZER).await? else { return Ok(None) };
    let file = file_name(files, TOKENIZER);
    let mut tokenizer = Tokenizer::from_bytes(&bytes)
        .map_err(|error| TextError::Tokenizer { file: file.clone(), message: error.to_string() })?;
    let special = SpecialFiles {
        tokenizer_config: json(files, TOKENIZER_CONFIG).await?,
        special_tokens_map: json(files, "special_tokens_map.json").await?,
        generation_config: json(files, "generation_config.json").await?,
        config: json(files, "config.json").await?,
    };
    let templates = templates(files, special.tokenizer_config.as_ref()).await?;
    let special = SpecialTokens::read(&special, &tokenizer)?;
    keep_whole(&mut tokenizer, &special)
        .map_err(|error| TextError::Tokenizer { file: file.clone(), message: error.to_string() })?;
    Ok(Some(Parts { file, tokenizer, special, templates }))
}

/// Special tokens that have a name but aren't among the tokenizer's added ones would be cut to
/// pieces; transformers adds them when it loads.
fn keep_whole(tokenizer: &mut Tokenizer, special: &SpecialTokens) -> tokenizers::Result<()> {
    let added = tokenizer.get_added_vocabulary().get_vocab();
    let is_missing = |token: &&String| {
        !added.contains_key(token.as_str()) && tokenizer.token_to_id(token).is_some()
    };
    let missing: Vec<AddedToken> = special
        .names
        .values()
        .filter(is_missing)
        .map(|token| AddedToken::from(token.as_str(), true))
        .collect();
    tokenizer.add_special_tokens(missing).map(|_| ())
}

/// A file of its own comes before the one within `tokenizer_config.json`, as in transformers.
async fn templates(
    files: &ModelFiles,
    tokenizer_config: Option<&JsonFile>,
) -> Result<Option<Templates>, TextError> {
    if let Some(bytes) = files.read_all(TEMPLATE).await? {
        let file = file_name(files, TEMPLATE);
        let source = String::from_utf8(bytes).map_err(|_| TextError::Json {
            file: file.clone(),
            line: None,
            message: "not UTF-8 text".to_string(),
        })?;
        let plain = Template::compile(&file, &source)?;
        return Ok(Some(Templates { plain, tools: None }));
    }
    let own = json(files, TEMPLATE_JSON).await?;
    for holder in own.as_ref().into_iter().chain(tokenizer_config) {
        if let Some(source) = template_source(holder)? {
            let compile = |source| Template::compile(&holder.file, source);
            let tools = named(holder, "tool_use").map(compile).transpose()?;
            return Ok(Some(Templates { plain: compile(source)?, tools }));
        }
    }
    Ok(None)
}

/// Of a list of `{name, template}` the one that is called so.
fn named<'a>(json: &'a JsonFile, name: &str) -> Option<&'a str> {
    let mut list = json.keys.get("chat_template")?.as_array()?.iter();
    let entry = list.find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))?;
    entry.get("template")?.as_str()
}

/// `chat_template`: a string, or a list of `{name, template}`, of which this is `default`.
fn template_source(json: &JsonFile) -> Result<Option<&str>, TextError> {
    const KEY: &str = "chat_template";
    match json.keys.get(KEY) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(source)) => Ok(Some(source)),
        Some(Value::Array(list)) => {
            let only = list.first().filter(|_| list.len() == 1);
            let only = only.and_then(|entry| entry.get("template")?.as_str());
            let source = only.or_else(|| named(json, "default"));
            let message = "a list of templates without one of the name \"default\"";
            source.map(Some).ok_or_else(|| TextError::key(&json.file, KEY, message))
        }
        Some(_) => {
            let message = "expected a template, or a list of {name, template}";
            Err(TextError::key(&json.file, KEY, message))
        }
    }
}

/// A file that holds one JSON object; `None` where there is none.
async fn json(files: &ModelFiles, name: &str) -> Result<Option<JsonFile>, TextError> {
    let Some(bytes) = files.read_all(name).await? else { return Ok(None) };
    let file = file_name(files, name);
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(keys)) => Ok(Some(JsonFile { file, keys })),
        Ok(_) => {
            let message = "expected one JSON object".to_string();
            Err(TextError::Json { file, line: None, message })
        }
        Err(error) => {
            let line = u32::try_from(error.line()).ok();
            Err(TextError::Json { file, line, message: format!("not valid JSON: {error}") })
        }
    }
}

fn file_name(files: &ModelFiles, name: &str) -> String {
    files.find(name).map_or_else(|| name.to_string(), |file| file.name().to_string())
}
