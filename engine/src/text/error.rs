//! What can be wrong with a tokenizer or a chat template.

use temper_protocol::{Failure, FailureKind, Location};

use crate::weights::{SourceError, WeightsError};

/// What to do where a model came without its tokenizer.
pub(crate) const NEEDS_TOKENIZER: &str = "add the model's tokenizer.json and open it again";
const NEEDS_TEMPLATE: &str = "add the model's tokenizer_config.json, or the file of its chat \
     template, and open it again";

/// A tokenizer or template that can't be used, or a text that it can't take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TextError {
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The GGUF could not be opened.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The model came without one; it can still be used with token ids.
    #[error("{model}: no tokenizer: expected tokenizer.json, or a .gguf that holds one")]
    NoTokenizer {
        /// The model.
        model: String,
    },
    /// Not a tokenizer that we can use.
    #[error("{file}: not a tokenizer that can be used: {message}")]
    Tokenizer {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// The tokenizer belongs to another model.
    #[error(
        "{file}: the tokenizer has {tokens} tokens, but the model's vocabulary has {vocab_size}"
    )]
    VocabSize {
        /// The tokenizer's file.
        file: String,
        /// Its largest id, plus one.
        tokens: usize,
        /// Rows of the model's embedding.
        vocab_size: usize,
    },
    /// A file that isn't JSON, or not an object.
    #[error("{file}: {message}")]
    Json {
        /// The file.
        file: String,
        /// The line, where known.
        line: Option<u32>,
        /// What is wrong, with its line.
        message: String,
    },
    /// A key of a file holds what it shouldn't.
    #[error("{file}: {key}: {message}")]
    Key {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong with its value.
        message: String,
    },
    /// The chat template doesn't parse, or refuses a conversation.
    #[error("{file}: chat template, line {line}: {message}")]
    Template {
        /// The file that the template is in.
        file: String,
        /// The template's line.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// A conversation, but nothing to render it with.
    #[error("{model}: no chat template, so conversations can't be rendered: give rows of text")]
    NoTemplate {
        /// The model.
        model: String,
    },
    /// A text without tokens.
    #[error("{model}: the tokenizer can't encode this text: {message}")]
    Encode {
        /// The model.
        model: String,
        /// The tokenizer's words.
        message: String,
    },
}

impl TextError {
    /// A value of a key that can't be used.
    pub(super) fn key(file: &str, key: &str, message: impl Into<String>) -> Self {
        Self::Key { file: file.to_string(), key: key.to_string(), message: message.into() }
    }

    /// What the user can do about it, where we know.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoTokenizer { .. } => Some(NEEDS_TOKENIZER),
            Self::NoTemplate { .. } => Some(NEEDS_TEMPLATE),
            _ => None,
        }
    }

    fn location(&self) -> Location {
        let (file, line, key) = match self {
            Self::Source(_) | Self::Weights(_) => (None, None, None),
            Self::NoTokenizer { model } | Self::NoTemplate { model } => (Some(model), None, None),
            Self::Encode { model, .. } => (Some(model), None, None),
            Self::Tokenizer { file, .. } | Self::VocabSize { file, .. } => (Some(file), None, None),
            Self::Json { file, line, .. } => (Some(file), *line, None),
            Self::Key { file, key, .. } => (Some(file), None, Some(key)),
            Self::Template { file, line, .. } => (Some(file), Some(*line), None),
        };
        Location { file: file.cloned(), line, key: key.cloned() }
    }
}

impl From<TextError> for Failure {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Source(source) => source.into(),
            TextError::Weights(weights) => weights.into(),
            other => {
                let kind = FailureKind::BadInput(other.location());
                let hint = other.hint().map(str::to_string);
                Self { hint, ..Self::new(kind, other.to_string()) }
            }
        }
    }
}
