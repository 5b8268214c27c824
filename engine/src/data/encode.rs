//! Rows to token ids, and which of them count.
//!
//! A conversation is rendered twice, as a prompt that asks for an answer and whole; what the
//! whole has more is the completion. Prompt and completion are always tokenised together: cut
//! apart, the last word of one and the first of the other could come out as other tokens.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use temper_protocol::RowReason;

use super::{CompletionRow, Content, DataError, PairRow, Preference, PromptRow};
use crate::text::{Text, TextError};

/// One row ready for the model: ids, and which of them count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Prompt and completion.
    pub ids: Vec<u32>,
    /// True where the loss counts the token, end-of-text included; as long as `ids`.
    pub mask: Vec<bool>,
    /// How many ids come before the completion.
    pub prompt_len: usize,
}

impl Sequence {
    /// What comes after its first `length` ids.
    fn beyond(&self, length: usize) -> Self {
        let at = length.min(self.ids.len());
        Self { ids: self.ids[at..].to_vec(), mask: self.mask[at..].to_vec(), prompt_len: 0 }
    }
}

/// A pair ready for the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncodedPair {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// Prompt and better completion.
    pub chosen: Sequence,
    /// Prompt and worse completion.
    pub rejected: Sequence,
    /// How sure the preference is, and how large.
    pub preference: Preference,
}

/// A single completion ready for the model.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodedRow {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// Prompt and completion.
    pub sequence: Sequence,
    /// Whether it was liked, where the file says.
    pub label: Option<bool>,
    /// The end of its completion, for which `max_length` left no room.
    pub cut: Sequence,
}

/// A prompt ready for the model.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodedPrompt {
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// For people, and for those who score answers to it.
    pub text: String,
    /// With whatever asks for an answer.
    pub ids: Vec<u32>,
}

impl EncodedPrompt {
    /// The prompt of a sequence, for the model alone: it has no text.
    pub fn of(line: u32, sequence: &Sequence) -> Self {
        let ids = sequence.ids[..sequence.prompt_len].to_vec();
        Self { line, text: String::new(), ids }
    }
}

/// What became of the rows, by their lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodeReport {
    /// Rows that lost their tail to `max_length`.
    pub truncated: Vec<u32>,
    /// Rows whose prompt has other ids alone than before its completion, so that the first
    /// tokens counted aren't quite the completion's.
    pub prefix_mismatch: Vec<u32>,
    /// Rows left out, and why.
    pub dropped: Vec<(u32, RowReason)>,
}

/// Encodes pairs. Each sequence keeps its first `max_length` ids; a pair whose prompt alone fills
/// them is left out.
///
/// # Errors
/// A row that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_pairs(
    rows: &[PairRow],
    text: Option<&Text>,
    max_length: usize,
) -> Result<(Vec<EncodedPair>, EncodeReport), DataError> {
    pairs(rows, text, max_length, Overlong::Cut)
}

/// Encodes pairs of which nothing may be cut, since each is judged as a whole: one that is longer
/// than `max_length` is left out.
///
/// # Errors
/// A row that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_whole_pairs(
    rows: &[PairRow],
    text: Option<&Text>,
    max_length: usize,
) -> Result<(Vec<EncodedPair>, EncodeReport), DataError> {
    pairs(rows, text, max_length, Overlong::Drop)
}

fn pairs(
    rows: &[PairRow],
    text: Option<&Text>,
    max_length: usize,
    overlong: Overlong,
) -> Result<(Vec<EncodedPair>, EncodeReport), DataError> {
    let mut report = EncodeReport::default();
    let mut encoded = Vec::with_capacity(rows.len());
    for row in rows {
        let encoder = Encoder { text, line: row.line, extra: &row.extra };
        let prompt = encoder.prompt(&row.prompt)?;
        let chosen = encoder.join(&row.prompt, &prompt, &row.chosen)?;
        let rejected = encoder.join(&row.prompt, &prompt, &row.rejected)?;
        if let Some([chosen, rejected]) =
            report.fit(row.line, [chosen, rejected], max_length, overlong)
        {
            let (line, preference) = (row.line, row.preference);
            encoded.push(EncodedPair { line, chosen, rejected, preference });
        }
    }
    Ok((encoded, report))
}

/// Encodes single completions. With `completion_only` the prompt doesn't count. Each sequence
/// keeps its first `max_length` ids; a row of which nothing counts is left out.
///
/// # Errors
/// A row that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_completions(
    rows: &[CompletionRow],
    text: Option<&Text>,
    max_length: usize,
    completion_only: bool,
) -> Result<(Vec<EncodedRow>, EncodeReport), DataError> {
    let mut report = EncodeReport::default();
    let mut encoded = Vec::with_capacity(rows.len());
    for row in rows {
        let encoder = Encoder { text, line: row.line, extra: &row.extra };
        let prompt = encoder.prompt(&row.prompt)?;
        let mut joined = encoder.join(&row.prompt, &prompt, &row.completion)?;
        let Sequence { mask, prompt_len, .. } = &mut joined.sequence;
        if !completion_only {
            mask.fill(true);
        } else if let Some(counts) = &row.completion_mask {
            mask.truncate(*prompt_len);
            mask.extend(counts);
            *prompt_len = mask.iter().position(|&counts| counts).unwrap_or(mask.len());
        }
        let cut = joined.sequence.beyond(max_length);
        if let Some([sequence]) = report.fit(row.line, [joined], max_length, Overlong::Cut) {
            encoded.push(EncodedRow { line: row.line, sequence, label: row.label, cut });
        }
    }
    Ok((encoded, report))
}

/// Encodes prompts to be answered. One that isn't shorter than `max_length` is left out.
///
/// # Errors
/// A row that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_prompts(
    rows: &[PromptRow],
    text: Option<&Text>,
    max_length: usize,
) -> Result<(Vec<EncodedPrompt>, EncodeReport), DataError> {
    let mut report = EncodeReport::default();
    let mut encoded = Vec::with_capacity(rows.len());
    for row in rows {
        let ids = encode_prompt_row(row, text)?;
        let words =
            text.map_or_else(|| row.prompt.preview(), |text| row.prompt.to_plain_text(text));
        match ids.len() {
            0 => report.dropped.push((row.line, RowReason::EmptyCompletion)),
            length if length >= max_length => {
                report.dropped.push((row.line, RowReason::PromptTooLong));
            }
            _ => encoded.push(EncodedPrompt { line: row.line, text: words, ids }),
        }
    }
    Ok((encoded, report))
}

/// The ids of a row's prompt that is to be completed.
///
/// # Errors
/// A prompt that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_prompt_row(row: &PromptRow, text: Option<&Text>) -> Result<Vec<u32>, DataError> {
    Encoder { text, line: row.line, extra: &row.extra }.prompt(&row.prompt)
}

/// The ids of a prompt that is to be completed.
///
/// # Errors
/// A prompt that the tokenizer or the template refuses, or text without a tokenizer.
pub fn encode_prompt(prompt: &Content, text: Option<&Text>) -> Result<Vec<u32>, DataError> {
    let encoded = Encoder { text, line: 1, extra: &Map::new() }.prompt(prompt);
    encoded.map_err(|error| match error {
        DataError::Text { source, .. } => DataError::Prompt { source },
        other => other,
    })
}

/// What becomes of a row that is longer than `max_length`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overlong {
    /// It loses its tail.
    Cut,
    /// It is left out.
    Drop,
}

/// Prompt and completion as one sequence.
struct Joined {
    sequence: Sequence,
    /// Whether the prompt has other ids here than alone.
    mismatch: bool,
}

/// What a row's contents are encoded with.
struct Encoder<'a> {
    text: Option<&'a Text>,
    line: u32,
    extra: &'a Map<String, Value>,
}

impl Encoder<'_> {
    fn prompt(&self, prompt: &Content) -> Result<Vec<u32>, DataError> {
        match prompt {
            Content::Ids(ids) => Ok(ids.clone()),
            Content::Messages(messages) if messages.is_empty() => Ok(Vec::new()),
            Content::Text(text) if text.is_empty() => Ok(Vec::new()),
            Content::Messages(messages) => self.with_text(|text| {
                // The template writes the special tokens itself: adding them would double them.
                text.encode(&text.render(messages, true, self.extra)?, false)
            }),
            Content::Text(prompt) => self.with_text(|text| {
                let mut ids = text.encode(prompt, true)?;
                let written = text.eos_token().is_some_and(|eos| prompt.ends_with(eos));
                // Some tokenizers end every text; this one goes on.
                if !written && ids.last().copied() == text.eos_id() {
                    ids.pop();
                }
                Ok(ids)
            }),
        }
    }

    fn join(
        &self,
        prompt: &Content,
        prompt_ids: &[u32],
        completion: &Content,
    ) -> Result<Joined, DataError> {
        let ids = match (prompt, completion) {
            (Content::Ids(_), Content::Ids(ids)) => [prompt_ids, ids].concat(),
            (Content::Messages(prompt), Content::Messages(completion)) => {
                let messages = [prompt.as_slice(), completion].concat();
                self.with_text(|text| {
                    text.encode(&text.render(&messages, false, self.extra)?, false)
                })?
            }
            (Content::Text(prompt), Content::Text(completion)) => self.with_text(|text| {
                let mut ids = text.encode(&format!("{prompt}{completion}"), true)?;
                if ids.last().copied() != text.eos_id() {
                    ids.extend(text.eos_id());
                }
                Ok(ids)
            })?,
            _ => return Err(DataError::Mixed { line: self.line }),
        };
        let mismatch = !ids.starts_with(prompt_ids);
        let prompt_len = prompt_ids.len().min(ids.len());
        let mask = (0..ids.len()).map(|at| at >= prompt_len).collect();
        Ok(Joined { sequence: Sequence { ids, mask, prompt_len }, mismatch })
    }

    fn with_text<T>(
        &self,
        work: impl FnOnce(&Text) -> Result<T, TextError>,
    ) -> Result<T, DataError> {
        let text = self.text.ok_or(DataError::NeedsTokenizer { line: self.line })?;
        work(text).map_err(|source| DataError::Text { line: self.line, source })
    }
}

impl EncodeReport {
    /// Cuts a row's sequences to `max_length`; `None` where nothing of one would count.
    fn fit<const N: usize>(
        &mut self,
        line: u32,
        row: [Joined; N],
        max_length: usize,
        overlong: Overlong,
    ) -> Option<[Sequence; N]> {
        let counts = |joined: &Joined, within: usize| {
            // A first token has no predictor.
            joined.sequence.mask.iter().take(within).skip(1).any(|&counts| counts)
        };
        let reason = if row.iter().any(|joined| !counts(joined, usize::MAX)) {
            Some(RowReason::EmptyCompletion)
        } else if row.iter().any(|joined| !counts(joined, max_length)) {
            Some(RowReason::PromptTooLong)
        } else if overlong == Overlong::Drop
            && row.iter().any(|joined| joined.sequence.ids.len() > max_length)
        {
            Some(RowReason::TooLong)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.dropped.push((line, reason));
            return None;
        }
        if row.iter().any(|joined| joined.mismatch) {
            self.prefix_mismatch.push(line);
        }
        if row.iter().any(|joined| joined.sequence.ids.len() > max_length) {
            self.truncated.push(line);
        }
        Some(row.map(|Joined { mut sequence, .. }| {
            sequence.ids.truncate(max_length);
            sequence.mask.truncate(max_length);
            sequence
        }))
    }
}

#[cfg(test)]
mod tests;
