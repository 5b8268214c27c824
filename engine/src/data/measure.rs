//! Rows to be measured rather than learned from: none is left out, and none is cut.

use serde_json::Map;

use super::import::records_of;
use super::shape::{self, Place, Row};
use super::{CompletionRow, Content, DataError, PairRow, PromptRow, Sequence, encode_completions};
use crate::text::Text;

/// The completions of one row, by role: `chosen` and `rejected`, or `completion`.
pub type Measured = Vec<(&'static str, Sequence)>;

/// Every row of a file, in its order.
///
/// # Errors
/// A row that can't be read or encoded, has an empty completion, or is longer than `max_length`.
pub fn sequences(
    file: &str,
    bytes: &[u8],
    text: Option<&Text>,
    max_length: usize,
) -> Result<Vec<Measured>, DataError> {
    let mut rows = Vec::new();
    for (line, value) in records_of(file, bytes)? {
        let parts = match shape::read(Place { file, line }, &value)? {
            Row::Pair(PairRow { line, prompt, chosen, rejected, extra, .. }) => {
                let row = |completion| CompletionRow {
                    line,
                    prompt: prompt.clone(),
                    completion,
                    label: None,
                    completion_mask: None,
                    extra: extra.clone(),
                };
                vec![("chosen", row(chosen)), ("rejected", row(rejected))]
            }
            Row::Completion(row) => vec![("completion", row)],
        };
        let encode = |(role, row): (&'static str, CompletionRow)| {
            Ok((role, whole(file, row, text, max_length)?))
        };
        rows.push(parts.into_iter().map(encode).collect::<Result<_, DataError>>()?);
    }
    Ok(rows)
}

/// One completion behind its prompt, uncut.
///
/// # Errors
/// A row that can't be encoded, or is longer than `max_length`.
pub fn whole(
    file: &str,
    row: CompletionRow,
    text: Option<&Text>,
    max_length: usize,
) -> Result<Sequence, DataError> {
    let line = row.line;
    let (mut rows, report) =
        encode_completions(&[row], text, max_length, true).map_err(|error| error.in_file(file))?;
    let reason = match report.dropped.first() {
        Some((_, reason)) => reason.to_string(),
        None if !report.truncated.is_empty() => {
            format!("longer than the model's {max_length} positions")
        }
        None => String::new(),
    };
    match rows.pop() {
        Some(row) if reason.is_empty() => Ok(row.sequence),
        _ => Err(DataError::Unmeasurable { file: file.to_string(), line, reason }),
    }
}

/// The prompts of a file, whatever else its rows hold.
///
/// # Errors
/// A row without a prompt.
pub fn import_prompts(file: &str, bytes: &[u8]) -> Result<Vec<PromptRow>, DataError> {
    let read = |(line, value)| shape::prompt(Place { file, line }, value);
    records_of(file, bytes)?.into_iter().map(read).collect()
}

/// A conversation in JSON.
///
/// # Errors
/// Anything but a list of messages.
pub fn parse_messages(json: &str) -> Result<Content, DataError> {
    let mut row = Map::new();
    let value = serde_json::from_str(json).map_err(|error| DataError::Json {
        file: "messages".into(),
        line: error.line() as u32,
        column: error.column() as u32,
        message: error.to_string(),
    })?;
    row.insert("messages".into(), value);
    match shape::read(Place { file: "messages", line: 1 }, &row.into())? {
        Row::Completion(CompletionRow { completion: messages @ Content::Messages(_), .. }) => {
            Ok(messages)
        }
        _ => {
            Err(DataError::UnknownShape { file: "messages".into(), line: 1, found: "text".into() })
        }
    }
}
