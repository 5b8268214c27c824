//! Rows of preference data: what they are, how files spell them, and the ids a model sees.
//!
//! [`import()`] reads a file into [`Rows`] and says what it left out; [`encode_pairs`] and
//! [`encode_completions`] turn rows into [`Sequence`]s by the model's own tokenizer and
//! template. Rows of one kind have one form here, however many spellings files have for them.

pub mod batch;
mod chat;
mod check;
mod encode;
mod error;
mod import;
mod measure;
pub mod sampler;
mod shape;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use temper_protocol::RowReason;

use crate::text::Text;

pub use check::check;
pub use encode::{
    EncodeReport, EncodedPair, EncodedPrompt, EncodedRow, Sequence, encode_completions,
    encode_pairs, encode_prompt, encode_prompt_row, encode_prompts, encode_whole_pairs,
};
pub use error::DataError;
pub use import::import;
pub use measure::{Measured, import_prompts, parse_messages, sequences, whole};
pub use temper_protocol::RowKind;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatMessage {
    /// `system`, `user`, `assistant`, `tool`, ...
    pub role: String,
    /// What is said.
    pub content: String,
    /// Other keys (`tool_calls`, `name`, ...), kept for the chat template.
    pub extra: Map<String, Value>,
}

impl ChatMessage {
    /// A message of words alone.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into(), extra: Map::new() }
    }

    /// As chat templates read it.
    pub fn to_json(&self) -> Value {
        let mut message = Map::new();
        message.insert("role".into(), self.role.as_str().into());
        message.insert("content".into(), self.content.as_str().into());
        message.extend(self.extra.clone());
        Value::Object(message)
    }
}

/// A prompt or a completion.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Plain text, which is tokenised as it stands.
    Text(String),
    /// Messages, which the model's chat template renders.
    Messages(Vec<ChatMessage>),
    /// Token ids, which are used as they stand.
    Ids(Vec<u32>),
}

impl Content {
    /// One user turn where the model chats, plain text where it doesn't.
    pub fn user_turn(text: &str, chat: bool) -> Self {
        match chat {
            true => Self::Messages(vec![ChatMessage::new("user", text)]),
            false => Self::Text(text.to_string()),
        }
    }

    /// As files spell it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Messages(messages) => messages.iter().map(ChatMessage::to_json).collect(),
            Self::Ids(ids) => ids.clone().into(),
        }
    }

    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Messages(messages) => {
                messages.iter().all(|m| m.content.trim().is_empty() && m.extra.is_empty())
            }
            Self::Ids(ids) => ids.is_empty(),
        }
    }

    /// As text for people, ids as numbers.
    pub fn preview(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Messages(messages) => match messages.as_slice() {
                [only] => only.content.clone(),
                all => {
                    let lines = all.iter().map(|m| format!("{}: {}", m.role, m.content));
                    lines.collect::<Vec<_>>().join("\n")
                }
            },
            Self::Ids(ids) => format!("{ids:?}"),
        }
    }

    /// As text for people, ids decoded.
    pub fn to_plain_text(&self, text: &Text) -> String {
        match self {
            Self::Ids(ids) => text.decode(ids, false),
            Self::Text(_) | Self::Messages(_) => self.preview(),
        }
    }
}

/// A prompt with two completions, of which one is preferred. All three are of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRow {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// What was asked.
    pub prompt: Content,
    /// The better completion.
    pub chosen: Content,
    /// The worse one.
    pub rejected: Content,
    /// How sure the preference is, and how large.
    pub preference: Preference,
    /// `tools` and `chat_template_kwargs`, for the chat template.
    pub extra: Map<String, Value>,
}

/// What is known of a preference beyond its direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preference {
    /// How much better the chosen completion is, in units of the reward (`margin`).
    pub margin: f32,
    /// How likely it is that chosen is preferred (`probability`): 1 for a plain label.
    pub probability: f32,
    /// How often chosen and rejected win against the other completions of their prompt.
    pub wins: [f32; 2],
}

impl Default for Preference {
    fn default() -> Self {
        Self { margin: 0.0, probability: 1.0, wins: [1.0, 0.0] }
    }
}

impl PairRow {
    /// Whether there is something to prefer.
    pub fn is_usable(&self) -> bool {
        self.unusable().is_none()
    }

    fn unusable(&self) -> Option<RowReason> {
        if self.chosen == self.rejected {
            Some(RowReason::IdenticalPair)
        } else if self.chosen.is_blank() || self.rejected.is_blank() {
            Some(RowReason::EmptyCompletion)
        } else {
            None
        }
    }
}

/// A prompt with one completion. Where the whole text counts, the prompt is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct CompletionRow {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// What was asked.
    pub prompt: Content,
    /// What was answered; of the same kind as the prompt.
    pub completion: Content,
    /// Whether it was liked, where the file says.
    pub label: Option<bool>,
    /// Which of the completion's ids count, where the file says; as many as it has ids.
    pub completion_mask: Option<Vec<bool>>,
    /// `tools` and `chat_template_kwargs`, for the chat template.
    pub extra: Map<String, Value>,
}

impl CompletionRow {
    /// The row as far as its first answer. Of a whole conversation what comes before that is the
    /// prompt; of ids what comes before the first that counts.
    #[must_use]
    pub fn first_turn(self) -> Self {
        let is_answer = |message: &ChatMessage| message.role == "assistant";
        let (prompt, completion) = match (self.prompt, self.completion, &self.completion_mask) {
            (Content::Messages(mut prompt), Content::Messages(mut said), _) => {
                if let Some(answer) = said.iter().position(is_answer) {
                    said.truncate(answer + 1);
                    prompt.extend(said.drain(..answer));
                }
                (Content::Messages(prompt), Content::Messages(said))
            }
            (Content::Ids(mut prompt), Content::Ids(mut ids), Some(counts)) => {
                let before = counts.iter().take_while(|counts| !**counts).count();
                let answer = counts[before..].iter().take_while(|counts| **counts).count();
                prompt.extend(ids.drain(..before));
                ids.truncate(answer);
                (Content::Ids(prompt), Content::Ids(ids))
            }
            (prompt, completion, _) => (prompt, completion),
        };
        Self { prompt, completion, completion_mask: None, ..self }
    }

    fn unusable(&self) -> Option<RowReason> {
        self.completion.is_blank().then_some(RowReason::EmptyCompletion)
    }
}

/// A prompt alone.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptRow {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// What is asked.
    pub prompt: Content,
    /// `tools` and `chat_template_kwargs`, for the chat template.
    pub extra: Map<String, Value>,
}

/// The rows of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Pairs.
    Pairs(Vec<PairRow>),
    /// Single completions, rated or not.
    Completions(Vec<CompletionRow>),
    /// Prompts.
    Prompts(Vec<PromptRow>),
}

impl Rows {
    /// Completions as far as their first answer; other rows as they are.
    #[must_use]
    pub fn first_turns(self) -> Self {
        match self {
            Self::Completions(rows) => {
                Self::Completions(rows.into_iter().map(CompletionRow::first_turn).collect())
            }
            other => other,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Pairs(rows) => rows.len(),
            Self::Completions(rows) => rows.len(),
            Self::Prompts(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The prompts, in order.
    pub fn prompts(&self) -> Vec<&Content> {
        match self {
            Self::Pairs(rows) => rows.iter().map(|row| &row.prompt).collect(),
            Self::Completions(rows) => rows.iter().map(|row| &row.prompt).collect(),
            Self::Prompts(rows) => rows.iter().map(|row| &row.prompt).collect(),
        }
    }
}
