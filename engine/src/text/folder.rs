//! The tokenizer and template of a folder in Hugging Face's layout.

use serde_json::Value;
use tokenizers::Tokenizer;

use super::special::{JsonFile, SpecialFiles, SpecialTokens};
use super::template::Template;
use super::{Parts, TextError};
use crate::weights::ModelFiles;

const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const TEMPLATE: &str = "chat_template.jinja";
const TEMPLATE_JSON: &str = "chat_template.json";

/// `None` where there is no `tokenizer.json`.
pub(super) async fn read(files: &ModelFiles) -> Result<Option<Parts>, TextError> {
    let Some(bytes) = files.read_all(TOKENIZER).await? else { return Ok(None) };
    let file = file_name(files, TOKENIZER);
    let tokenizer = Tokenizer::from_bytes(&bytes)
        .map_err(|error| TextError::Tokenizer { file: file.clone(), message: error.to_string() })?;
    let special = SpecialFiles {
        tokenizer_config: json(files, TOKENIZER_CONFIG).await?,
        special_tokens_map: json(files, "special_tokens_map.json").await?,
        generation_config: json(files, "generation_config.json").await?,
        config: json(files, "config.json").await?,
    };
    let template = template(files, special.tokenizer_config.as_ref()).await?;
    let special = SpecialTokens::read(&special, &tokenizer)?;
    Ok(Some(Parts { file, tokenizer, special, template }))
}

/// A file of its own comes before the one within `tokenizer_config.json`, as in transformers.
async fn template(
    files: &ModelFiles,
    tokenizer_config: Option<&JsonFile>,
) -> Result<Option<Template>, TextError> {
    if let Some(bytes) = files.read_all(TEMPLATE).await? {
        let file = file_name(files, TEMPLATE);
        let source = String::from_utf8(bytes).map_err(|_| TextError::Json {
            file: file.clone(),
            line: None,
            message: "not UTF-8 text".to_string(),
        })?;
        return Template::compile(&file, &source).map(Some);
    }
    let own = json(files, TEMPLATE_JSON).await?;
    for holder in own.as_ref().into_iter().chain(tokenizer_config) {
        if let Some(source) = template_source(holder)? {
            return Template::compile(&holder.file, source).map(Some);
        }
    }
    Ok(None)
}

/// `chat_template`: a string, or a list of `{name, template}` of which `default` is meant.
fn template_source(json: &JsonFile) -> Result<Option<&str>, TextError> {
    const KEY: &str = "chat_template";
    let is_default = |entry: &&Value| entry.get("name").and_then(Value::as_str) == Some("default");
    match json.keys.get(KEY) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(source)) => Ok(Some(source)),
        Some(Value::Array(list)) => {
            let only = list.first().filter(|_| list.len() == 1);
            let chosen = only.or_else(|| list.iter().find(is_default));
            let source = chosen.and_then(|entry| entry.get("template")?.as_str());
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
