//! Between text and token ids: a model's tokenizer, its special tokens and its chat template.
//!
//! They come from a folder in Hugging Face's layout or from within a GGUF; after [`Text::open`]
//! nothing tells the two apart. Ids must be those that the model was trained on, so whatever is
//! unknown (a pre-tokenizer, a template's function) is an error and never a guess.

mod error;
mod folder;
mod gguf;
mod helpers;
mod pre_tokenizer;
mod special;
mod template;
mod tokenizer_json;

use std::rc::Rc;

use serde_json::{Map, Value, json};
use tokenizers::Tokenizer;

pub(crate) use error::NEEDS_TOKENIZER;
pub use error::TextError;

use crate::data::ChatMessage;
use crate::weights::{Gguf, ModelFiles};
use special::SpecialTokens;
use template::Template;

/// A tokenizer with its special tokens and, where the model has one, its chat template.
pub struct Text {
    model: String,
    tokenizer: Tokenizer,
    special: SpecialTokens,
    templates: Option<Templates>,
}

/// How a conversation becomes text.
struct Templates {
    plain: Template,
    /// That of conversations with tools, where it is another.
    tools: Option<Template>,
}

/// What a folder or a GGUF gives.
struct Parts {
    /// The file that the tokenizer came from.
    file: String,
    tokenizer: Tokenizer,
    special: SpecialTokens,
    templates: Option<Templates>,
}

impl Text {
    /// Reads the tokenizer and template of a model with `vocab_size` embeddings.
    ///
    /// # Errors
    /// [`TextError::NoTokenizer`] where the model has none; a file that can't be read; a
    /// tokenizer with more tokens than the model has embeddings.
    pub async fn open(files: &ModelFiles, vocab_size: usize) -> Result<Self, TextError> {
        let parts = match files.gguf() {
            Some(source) => gguf::read(&Gguf::open(Rc::clone(source)).await?)?,
            None => folder::read(files).await?,
        };
        let none = || TextError::NoTokenizer { model: files.name.clone() };
        let Parts { file, mut tokenizer, special, templates } = parts.ok_or_else(none)?;
        let largest = tokenizer.get_vocab(true).into_values().max();
        let tokens = largest.map_or(0, |id| id as usize + 1);
        // Fewer is common: embeddings are padded to a round number.
        if tokens > vocab_size {
            return Err(TextError::VocabSize { file, tokens, vocab_size });
        }
        // Saved by whoever trained the tokenizer; our rows are cut and padded elsewhere.
        tokenizer.with_padding(None);
        let cut = tokenizer.with_truncation(None).map(|_| ());
        cut.map_err(|error| TextError::Tokenizer { file, message: error.to_string() })?;
        Ok(Self { model: files.name.clone(), tokenizer, special, templates })
    }

    /// Tells templates that ask for it (`strftime_now`) the date. Without one they fall back on
    /// their own, or fail to render.
    pub fn set_today(&mut self, year: i32, month: u32, day: u32) {
        let templates = self.templates.iter_mut();
        let each = templates.flat_map(|all| [Some(&mut all.plain), all.tools.as_mut()]).flatten();
        each.for_each(|template| template.set_today((year, month, day)));
    }

    /// The ids of a text; with `add_special_tokens`, what the tokenizer puts around it too (a
    /// beginning-of-text token, as a rule).
    ///
    /// # Errors
    /// A text that the tokenizer has no tokens for.
    pub fn encode(&self, text: &str, add_special_tokens: bool) -> Result<Vec<u32>, TextError> {
        let encoding = self.tokenizer.encode_fast(text, add_special_tokens).map_err(|error| {
            TextError::Encode { model: self.model.clone(), message: error.to_string() }
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of ids. Those of no token are skipped, incomplete UTF-8 becomes `�`.
    pub fn decode(&self, ids: &[u32], skip_special: bool) -> String {
        self.tokenizer.decode(ids, skip_special).unwrap_or_default()
    }

    /// What each of a text's ids adds to it: special tokens by their name, nothing where a character
    /// isn't whole yet, which the id that completes it then gives.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        let mut stream = self.tokenizer.decode_stream(false);
        let piece = |&id: &u32| match stream.step(id) {
            Ok(piece) => piece.unwrap_or_default(),
            // What came before would read otherwise now: the text begins anew.
            Err(_) => {
                stream = self.tokenizer.decode_stream(false);
                stream.step(id).ok().flatten().unwrap_or_default()
            }
        };
        ids.iter().map(piece).collect()
    }

    /// Renders a conversation by the chat template. `extra` are a row's `tools` and
    /// `chat_template_kwargs`.
    ///
    /// # Errors
    /// A model without template, or what the template says is wrong with the conversation.
    pub fn render(
        &self,
        messages: &[ChatMessage],
        add_generation_prompt: bool,
        extra: &Map<String, Value>,
    ) -> Result<String, TextError> {
        let none = || TextError::NoTemplate { model: self.model.clone() };
        let templates = self.templates.as_ref().ok_or_else(none)?;
        let has_tools = extra.get("tools").is_some_and(|tools| !tools.is_null());
        let template = templates.tools.as_ref().filter(|_| has_tools).unwrap_or(&templates.plain);
        let mut context = Map::new();
        for (name, token) in &self.special.names {
            context.insert(name.clone(), token.as_str().into());
        }
        // Templates ask whether these are none, so they must be there.
        context.insert("documents".into(), Value::Null);
        context.insert("tools".into(), extra.get("tools").cloned().unwrap_or_default());
        if let Some(Value::Object(options)) = extra.get("chat_template_kwargs") {
            context.extend(options.clone());
        }
        let messages: Vec<Value> = messages.iter().map(ChatMessage::to_json).collect();
        context.insert("messages".into(), messages.into());
        context.insert("add_generation_prompt".into(), add_generation_prompt.into());
        template.render(&context)
    }

    /// Whether conversations can be rendered.
    pub fn has_template(&self) -> bool {
        self.templates.is_some()
    }

    /// The ids that end a completion: those of `generation_config.json`, else `config.json`'s,
    /// else the tokenizer's end-of-text token.
    pub fn stop_ids(&self) -> &[u32] {
        &self.special.stop
    }

    /// The id that ends a text.
    pub fn eos_id(&self) -> Option<u32> {
        self.special.eos
    }

    /// The id that begins a text.
    pub fn bos_id(&self) -> Option<u32> {
        self.special.bos
    }

    /// The token that ends a text, as text.
    pub fn eos_token(&self) -> Option<&str> {
        self.special.eos_token.as_deref()
    }

    /// The id to pad with; where the model names none, its end-of-text token, else 0.
    pub fn pad_id(&self) -> u32 {
        self.special.pad.or(self.special.eos).unwrap_or(0)
    }

    /// The tokenizer as a `tokenizer.json`.
    ///
    /// # Errors
    /// A tokenizer that can't be written as JSON.
    pub fn tokenizer_json(&self) -> Result<String, TextError> {
        self.tokenizer.to_string(false).map_err(|error| TextError::Tokenizer {
            file: self.model.clone(),
            message: error.to_string(),
        })
    }

    /// What begins, ends and pads a text, as a `generation_config.json`.
    pub fn generation_json(&self) -> String {
        let keys = json!({
            "bos_token_id": self.bos_id(),
            "eos_token_id": self.stop_ids(),
            "pad_token_id": self.pad_id(),
        });
        format!("{keys:#}\n")
    }

    /// Special tokens and chat template as a `tokenizer_config.json`.
    pub fn config_json(&self) -> String {
        let mut config = Map::new();
        config.insert("tokenizer_class".into(), "PreTrainedTokenizerFast".into());
        config.insert("clean_up_tokenization_spaces".into(), false.into());
        for (name, token) in &self.special.names {
            config.insert(name.clone(), token.as_str().into());
        }
        if let Some(templates) = &self.templates {
            config.insert("chat_template".into(), json!(templates.plain.source()));
        }
        format!("{:#}\n", Value::Object(config))
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text")
            .field("model", &self.model)
            .field("special", &self.special)
            .field("template", &self.templates.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
