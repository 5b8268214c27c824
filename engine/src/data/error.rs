//! What can be wrong with a data file or its rows.

use temper_protocol::{Failure, FailureKind, Location, RowReason};

use crate::text::{NEEDS_TOKENIZER, TextError};

/// The shapes of rows, for messages.
pub(super) const SHAPES: &str = "prompt, chosen and rejected; chosen and rejected; prompt and \
     completion; messages; conversations; text; real and generated; or prompt_ids with chosen_ids \
     and rejected_ids or completion_ids";

/// Data that can't be used. Each message names the file, the line and the key, where there is one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DataError {
    /// Not text.
    #[error("{file}, line {line}: not UTF-8 text")]
    Utf8 {
        /// The file.
        file: String,
        /// The first line that isn't.
        line: u32,
    },
    /// Broken JSON.
    #[error("{file}, line {line}, column {column}: not valid JSON: {message}")]
    Json {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// The column.
        column: u32,
        /// The parser's words.
        message: String,
    },
    /// A file without rows.
    #[error("{file}: no rows: the data set is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// Rows, but none that can be used.
    #[error("{file}: none of the {rows} rows can be used; the first, line {line}: {reason}")]
    NoneUsable {
        /// The file.
        file: String,
        /// Rows in the file.
        rows: usize,
        /// The first row's line.
        line: u32,
        /// Why it can't be used.
        reason: RowReason,
    },
    /// An object whose keys we don't know.
    #[error("{file}, line {line}: a row with {found}; expected {shapes}", shapes = SHAPES)]
    UnknownShape {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// Its keys.
        found: String,
    },
    /// A value of another type than its key wants.
    #[error("{file}, line {line}: {key}: expected {expected}, found {found}")]
    WrongType {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// The key, with its place in lists.
        key: String,
        /// What would be right.
        expected: String,
        /// What is there.
        found: String,
    },
    /// Rows of one completion for a method that compares two.
    #[error(
        "{file}, line {line}: one completion and none to compare it with; \
         this method needs pairs: prompt, chosen and rejected"
    )]
    NotPairs {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// A completion without a rating, for a method that learns from ratings.
    #[error("{file}, line {line}: no label; this method needs `label` (true or false), or pairs")]
    NoLabel {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// A row without anything to go on from.
    #[error("{file}, line {line}: no prompt; this method answers prompts")]
    NoPrompt {
        /// The file.
        file: String,
        /// The line.
        line: u32,
    },
    /// A row that can't be measured as it stands.
    #[error("{file}, line {line}: {reason}")]
    Unmeasurable {
        /// The file.
        file: String,
        /// The line.
        line: u32,
        /// Why.
        reason: String,
    },
    /// Text, but no tokenizer.
    #[error("line {line}: text, but the model has no tokenizer: give rows of token ids")]
    NeedsTokenizer {
        /// The line.
        line: u32,
    },
    /// Prompt and completion of different kinds.
    #[error("line {line}: prompt and completion must both be text, both messages or both ids")]
    Mixed {
        /// The line.
        line: u32,
    },
    /// A row that the tokenizer or the chat template can't take.
    #[error("line {line}: {source}")]
    Text {
        /// The line.
        line: u32,
        /// What is wrong.
        source: TextError,
    },
    /// A prompt of no file that the tokenizer or the chat template can't take.
    #[error("the prompt: {source}")]
    Prompt {
        /// What is wrong.
        source: TextError,
    },
    /// An error about a row, in the file that it came from.
    #[error("{file}, {error}")]
    InFile {
        /// The file.
        file: String,
        /// The error.
        error: Box<DataError>,
    },
}

impl DataError {
    /// Names the file, where the error knows only the line: encoding sees rows, not files.
    #[must_use]
    pub fn in_file(self, file: &str) -> Self {
        match self {
            Self::NeedsTokenizer { .. } | Self::Mixed { .. } | Self::Text { .. } => {
                Self::InFile { file: file.to_string(), error: Box::new(self) }
            }
            other => other,
        }
    }

    /// What the user can do about it, where we know.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NeedsTokenizer { .. } => Some(NEEDS_TOKENIZER),
            Self::Text { source, .. } | Self::Prompt { source } => source.hint(),
            Self::InFile { error, .. } => error.hint(),
            _ => None,
        }
    }

    pub(super) fn location(&self) -> Location {
        let (file, line, key) = match self {
            Self::Empty { file } => (Some(file), None, None),
            Self::Prompt { .. } => (None, None, None),
            Self::Utf8 { file, line }
            | Self::Json { file, line, .. }
            | Self::NoneUsable { file, line, .. }
            | Self::UnknownShape { file, line, .. }
            | Self::NotPairs { file, line }
            | Self::NoLabel { file, line }
            | Self::NoPrompt { file, line }
            | Self::Unmeasurable { file, line, .. } => (Some(file), Some(*line), None),
            Self::WrongType { file, line, key, .. } => (Some(file), Some(*line), Some(key)),
            Self::NeedsTokenizer { line } | Self::Mixed { line } | Self::Text { line, .. } => {
                (None, Some(*line), None)
            }
            Self::InFile { file, error } => {
                return Location { file: Some(file.clone()), ..error.location() };
            }
        };
        Location { file: file.cloned(), line, key: key.cloned() }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let kind = FailureKind::BadInput(error.location());
        let hint = error.hint().map(str::to_string);
        Self { hint, ..Self::new(kind, error.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: DataError) -> Failure {
        error.in_file("pairs.jsonl").into()
    }

    #[test]
    fn what_the_model_came_without_is_asked_for() {
        let failure = told(DataError::NeedsTokenizer { line: 1 });
        assert!(failure.message.starts_with("pairs.jsonl, line 1: text, but the model has no"));
        assert!(failure.hint.is_some_and(|hint| hint.contains("tokenizer.json")));
        let source = TextError::NoTemplate { model: "m".into() };
        let failure = told(DataError::Text { line: 1, source });
        assert!(failure.hint.is_some_and(|hint| hint.contains("tokenizer_config.json")));
        assert_eq!(told(DataError::Mixed { line: 1 }).hint, None);
    }
}
