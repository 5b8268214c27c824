//! One row of a file, in any of the shapes that people write them in.
//!
//! A row's keys tell its shape. Ids come before text, a pair before a single completion, and
//! that before a whole conversation: tables often carry the simpler shapes along.

use serde_json::{Map, Value};

use super::chat::{content, split_lists, split_texts};
use super::{ChatMessage, CompletionRow, Content, DataError, PairRow, Preference, PromptRow};

/// Where a row is, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub line: u32,
}

impl Place<'_> {
    pub fn wrong_type(&self, key: &str, expected: &str, found: &Value) -> DataError {
        DataError::WrongType {
            file: self.file.to_string(),
            line: self.line,
            key: key.to_string(),
            expected: expected.to_string(),
            found: describe(found),
        }
    }
}

/// A row as its file has it.
pub(super) enum Row {
    Pair(PairRow),
    Completion(CompletionRow),
}

type Record = Map<String, Value>;

/// Reads one row.
pub(super) fn read(place: Place, value: &Value) -> Result<Row, DataError> {
    let Value::Object(record) = value else {
        return Err(place.wrong_type("the row", "an object", value));
    };
    if let Some(row) = id_row(place, record)? {
        return Ok(row);
    }
    let has = |key: &str| record.contains_key(key);
    if has("chosen") && has("rejected") {
        pair(place, record, "chosen", "rejected").map(Row::Pair)
    } else if has("real") && has("generated") {
        pair(place, record, "real", "generated").map(Row::Pair)
    } else if has("prompt") && has("completion") {
        completion(place, record).map(Row::Completion)
    } else if let Some(key) = ["messages", "conversations", "text"].into_iter().find(|key| has(key))
    {
        whole(place, record, key).map(Row::Completion)
    } else {
        let keys: Vec<&str> = record.keys().map(String::as_str).collect();
        let found = if keys.is_empty() { "no keys".to_string() } else { keys.join(", ") };
        Err(DataError::UnknownShape { file: place.file.to_string(), line: place.line, found })
    }
}

fn pair(place: Place, record: &Record, better: &str, worse: &str) -> Result<PairRow, DataError> {
    let prompt = ["prompt", "conversations"].into_iter().find_map(|key| {
        let value = record.get(key).filter(|value| !value.is_null())?;
        Some(content(place, key, value))
    });
    let chosen = content(place, better, &record[better])?;
    let rejected = content(place, worse, &record[worse])?;
    let (prompt, chosen, rejected) = match (prompt.transpose()?, chosen, rejected) {
        (prompt, Content::Text(chosen), Content::Text(rejected)) => {
            pair_of_texts(prompt, chosen, rejected)
        }
        (prompt, Content::Messages(chosen), Content::Messages(rejected)) => {
            pair_of_messages(prompt, chosen, rejected)
        }
        _ => {
            let expected = format!("text or messages, as {better} is");
            return Err(place.wrong_type(worse, &expected, &record[worse]));
        }
    };
    let preference = preference(place, record)?;
    let extra = extra(place, record)?;
    Ok(PairRow { line: place.line, prompt, chosen, rejected, preference, extra })
}

/// `margin` and `probability`, where a row has them.
fn preference(place: Place, record: &Record) -> Result<Preference, DataError> {
    let number = |key: &str, expected: &str, fits: fn(f64) -> bool| {
        let Some(value) = record.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        match value.as_f64().filter(|&number| fits(number)) {
            Some(number) => Ok(Some(number as f32)),
            None => Err(place.wrong_type(key, expected, value)),
        }
    };
    let margin = number("margin", "a number", f64::is_finite)?;
    let probability = number("probability", "a number from 0 to 1", |p| (0.0..=1.0).contains(&p))?;
    let plain = Preference::default();
    Ok(Preference {
        margin: margin.unwrap_or(plain.margin),
        probability: probability.unwrap_or(plain.probability),
        ..plain
    })
}

/// The prompt of a row, whatever else it holds.
pub(super) fn prompt(place: Place, mut value: Value) -> Result<PromptRow, DataError> {
    // A completion of any kind makes a prompt-only row one that the reader knows.
    if let Some(keys) = value.as_object_mut() {
        const KEPT: [&str; 3] = ["prompt", "tools", "chat_template_kwargs"];
        let ids =
            ["prompt_ids", "prompt_input_ids"].into_iter().find(|key| keys.contains_key(*key));
        if let Some(key) = ids {
            keys.retain(|other, _| other == key);
            keys.insert("completion_ids".into(), Value::Array(vec![0.into()]));
        } else if keys.contains_key("prompt") {
            keys.retain(|key, _| KEPT.contains(&key.as_str()));
            keys.insert("completion".into(), ".".into());
        }
    }
    let (prompt, extra) = match read(place, &value)? {
        Row::Pair(row) => (row.prompt, row.extra),
        Row::Completion(row) => (question(row.prompt, row.completion), row.extra),
    };
    match prompt.is_blank() {
        true => Err(DataError::NoPrompt { file: place.file.to_string(), line: place.line }),
        false => Ok(PromptRow { line: place.line, prompt, extra }),
    }
}

/// Of a whole conversation, all before its last answer.
fn question(prompt: Content, completion: Content) -> Content {
    match (prompt, completion) {
        (Content::Messages(prompt), Content::Messages(mut all)) if prompt.is_empty() => {
            if all.last().is_some_and(|message| message.role == "assistant") {
                all.pop();
            }
            Content::Messages(all)
        }
        (prompt, _) => prompt,
    }
}

fn pair_of_texts(
    prompt: Option<Content>,
    chosen: String,
    rejected: String,
) -> (Content, Content, Content) {
    match prompt {
        Some(Content::Messages(prompt)) => {
            (Content::Messages(prompt), said("assistant", chosen), said("assistant", rejected))
        }
        Some(prompt) => (prompt, Content::Text(chosen), Content::Text(rejected)),
        None => {
            let (prompt, chosen, rejected) = split_texts(&chosen, &rejected);
            (Content::Text(prompt), Content::Text(chosen), Content::Text(rejected))
        }
    }
}

/// A prompt given as text repeats what both conversations begin with, or opens them.
fn pair_of_messages(
    prompt: Option<Content>,
    chosen: Vec<ChatMessage>,
    rejected: Vec<ChatMessage>,
) -> (Content, Content, Content) {
    if let Some(Content::Messages(prompt)) = prompt {
        return (Content::Messages(prompt), Content::Messages(chosen), Content::Messages(rejected));
    }
    let (mut shared, chosen, rejected) = split_lists(chosen, rejected);
    if let Some(Content::Text(text)) = prompt
        && !shared.iter().any(|message| message.role == "user")
    {
        shared.push(ChatMessage::new("user", text));
    }
    (Content::Messages(shared), Content::Messages(chosen), Content::Messages(rejected))
}

fn completion(place: Place, record: &Record) -> Result<CompletionRow, DataError> {
    let prompt = content(place, "prompt", &record["prompt"])?;
    let completion = content(place, "completion", &record["completion"])?;
    let (prompt, completion) = match (prompt, completion) {
        (Content::Messages(prompt), Content::Text(answer)) => {
            (Content::Messages(prompt), said("assistant", answer))
        }
        (Content::Text(question), Content::Messages(answer)) => {
            (said("user", question), Content::Messages(answer))
        }
        alike => alike,
    };
    completion_row(place, record, prompt, completion)
}

/// A text or conversation all of which counts.
fn whole(place: Place, record: &Record, key: &str) -> Result<CompletionRow, DataError> {
    let whole = content(place, key, &record[key])?;
    let nothing = match &whole {
        Content::Messages(_) => Content::Messages(Vec::new()),
        Content::Text(_) | Content::Ids(_) => Content::Text(String::new()),
    };
    completion_row(place, record, nothing, whole)
}

fn completion_row(
    place: Place,
    record: &Record,
    prompt: Content,
    completion: Content,
) -> Result<CompletionRow, DataError> {
    let label = match record.get("label") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(label)) => Some(*label),
        Some(other) => return Err(place.wrong_type("label", "true or false", other)),
    };
    let extra = extra(place, record)?;
    Ok(CompletionRow { line: place.line, prompt, completion, label, completion_mask: None, extra })
}

/// Rows of token ids, ours and as TRL logs them. `None` where a row has no ids.
fn id_row(place: Place, record: &Record) -> Result<Option<Row>, DataError> {
    let one_of = |keys: [&'static str; 2]| -> Result<Option<Vec<u32>>, DataError> {
        let key = keys.into_iter().find(|key| record.get(*key).is_some_and(|ids| !ids.is_null()));
        key.map(|key| ids(place, key, &record[key])).transpose()
    };
    let prompt = one_of(["prompt_ids", "prompt_input_ids"])?;
    let chosen = one_of(["chosen_ids", "chosen_input_ids"])?;
    let rejected = one_of(["rejected_ids", "rejected_input_ids"])?;
    if let (Some(chosen), Some(rejected)) = (chosen, rejected) {
        let (prompt, chosen, rejected) = match prompt {
            Some(prompt) => (prompt, chosen, rejected),
            None => match record.get("prompt").filter(|prompt| !prompt.is_null()) {
                Some(prompt) => {
                    let expected = "prompt_ids, as the completions are ids";
                    return Err(place.wrong_type("prompt", expected, prompt));
                }
                None => split_lists(chosen, rejected),
            },
        };
        let (chosen, rejected) = (Content::Ids(chosen), Content::Ids(rejected));
        let (line, prompt, extra) = (place.line, Content::Ids(prompt), Map::new());
        let preference = preference(place, record)?;
        return Ok(Some(Row::Pair(PairRow { line, prompt, chosen, rejected, preference, extra })));
    }
    let completion = one_of(["completion_ids", "completion_input_ids"])?;
    let (prompt, completion) = match (prompt, completion, one_of(["input_ids", "ids"])?) {
        (Some(prompt), Some(mut completion), _) => {
            // TRL's logs of KTO hold prompt and completion joined under the completion's name.
            if record.contains_key("answer_input_ids") && completion.starts_with(&prompt) {
                completion.drain(..prompt.len());
            }
            (prompt, completion)
        }
        (None, _, Some(ids)) => (Vec::new(), ids),
        _ => return Ok(None),
    };
    let mask = mask(place, record, completion.len())?;
    let mut row = completion_row(place, record, Content::Ids(prompt), Content::Ids(completion))?;
    row.completion_mask = mask;
    Ok(Some(Row::Completion(row)))
}

fn ids(place: Place, key: &str, value: &Value) -> Result<Vec<u32>, DataError> {
    let list =
        value.as_array().ok_or_else(|| place.wrong_type(key, "a list of token ids", value))?;
    let id = |(at, value): (usize, &Value)| {
        let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(|| place.wrong_type(&format!("{key}[{at}]"), "a token id", value))
    };
    list.iter().enumerate().map(id).collect()
}

/// `completion_mask`, of zeros and ones or of truth values.
fn mask(place: Place, record: &Record, length: usize) -> Result<Option<Vec<bool>>, DataError> {
    const KEY: &str = "completion_mask";
    let Some(value) = record.get(KEY).filter(|value| !value.is_null()) else { return Ok(None) };
    let counts = |value: &Value| match (value.as_bool(), value.as_u64()) {
        (Some(counts), _) => Some(counts),
        (_, Some(0)) => Some(false),
        (_, Some(1)) => Some(true),
        _ => None,
    };
    let list = value.as_array().filter(|list| list.len() == length);
    let mask: Option<Vec<bool>> = list.and_then(|list| list.iter().map(counts).collect());
    let expected = format!("a list of {length} zeros and ones, one for each id");
    mask.map(Some).ok_or_else(|| place.wrong_type(KEY, &expected, value))
}

/// What the chat template reads beside the messages.
fn extra(place: Place, record: &Record) -> Result<Map<String, Value>, DataError> {
    let mut extra = Map::new();
    for key in ["tools", "chat_template_kwargs"] {
        let Some(value) = record.get(key).filter(|value| !value.is_null()) else { continue };
        // Tables can't hold tools of different shapes, so they are often JSON within a string.
        let value = match value {
            Value::String(text) => {
                serde_json::from_str(text).map_err(|_| place.wrong_type(key, "JSON", value))?
            }
            other => other.clone(),
        };
        extra.insert(key.to_string(), value);
    }
    Ok(extra)
}

fn said(role: &str, content: String) -> Content {
    Content::Messages(vec![ChatMessage::new(role, content)])
}

/// A value in words, short enough for a message.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() <= 40 => format!("the text {text:?}"),
        Value::String(text) => {
            let start: String = text.chars().take(40).collect();
            format!("the text {start:?}…")
        }
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(keys) => {
            let names: Vec<&str> = keys.keys().take(6).map(String::as_str).collect();
            format!("an object with {}", names.join(", "))
        }
    }
}
