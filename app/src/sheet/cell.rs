//! Where a row's texts are, in every spelling of rows that the engine reads: plain text, lists of
//! messages of which the last is meant, whole conversations, token ids.
//!
//! A place is a JSON pointer to a string, so that reading and editing find the same one.

use serde_json::Value;

/// What is shown and edited of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What was asked.
    Prompt,
    /// The preferred answer.
    Chosen,
    /// The other.
    Rejected,
    /// The only answer.
    Completion,
}

impl Field {
    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prompt => "Prompt",
            Self::Chosen => "Chosen",
            Self::Rejected => "Rejected",
            Self::Completion => "Completion",
        }
    }

    /// Its name for code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Chosen => "chosen",
            Self::Rejected => "rejected",
            Self::Completion => "completion",
        }
    }

    /// The keys it goes by. Ids come before text, as in the engine.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Prompt => &["prompt_ids", "prompt_input_ids", "prompt"],
            Self::Chosen => &["chosen_ids", "chosen_input_ids", "chosen", "real"],
            Self::Rejected => &["rejected_ids", "rejected_input_ids", "rejected", "generated"],
            Self::Completion => &[
                "completion_ids",
                "completion_input_ids",
                "input_ids",
                "ids",
                "completion",
                "messages",
                "conversations",
                "text",
            ],
        }
    }
}

/// What a row holds, by its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Two answers.
    Pair,
    /// One answer.
    Completion,
    /// None.
    Prompt,
    /// Nothing that the engine knows.
    Other,
}

impl Shape {
    /// The fields that such a row has.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Pair => &[Field::Prompt, Field::Chosen, Field::Rejected],
            Self::Completion => &[Field::Prompt, Field::Completion],
            Self::Prompt => &[Field::Prompt],
            Self::Other => &[],
        }
    }
}

/// The shape of a row.
pub fn shape(row: &Value) -> Shape {
    let has = |keys: &[&str]| keys.iter().any(|key| row.get(key).is_some_and(|it| !it.is_null()));
    let has_pair = [
        ["chosen_ids", "rejected_ids"],
        ["chosen_input_ids", "rejected_input_ids"],
        ["chosen", "rejected"],
        ["real", "generated"],
    ]
    .into_iter()
    .any(|pair| pair.iter().all(|&key| has(&[key])));
    let has_prompt = has(Field::Prompt.keys());
    if has_pair {
        Shape::Pair
    } else if has(&["completion_ids", "completion_input_ids", "completion"]) && has_prompt
        || has(&["input_ids", "ids", "messages", "conversations", "text"])
    {
        Shape::Completion
    } else if has_prompt {
        Shape::Prompt
    } else {
        Shape::Other
    }
}

/// A field as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text; of what isn't text, its JSON.
    pub text: String,
    /// Whether it can be typed over.
    pub editable: bool,
}

/// A field of a row, where it has one.
pub fn cell(row: &Value, field: Field) -> Option<Cell> {
    if let Some(text) = text(row, field) {
        return Some(Cell { text: text.to_string(), editable: true });
    }
    if field == Field::Prompt
        && let Some((prompt, ..)) = told_by_answers(row)
    {
        return Some(Cell { text: prompt, editable: false });
    }
    let key = key_of(row, field)?;
    Some(Cell { text: row[key].to_string(), editable: false })
}

/// A field's text, where it is text.
pub fn text(row: &Value, field: Field) -> Option<&str> {
    let place = places(row, field).into_iter().next()?;
    row.pointer(&place).and_then(Value::as_str)
}

/// Types over a field's text, wherever it is repeated.
pub fn set(row: &mut Value, field: Field, text: &str) {
    for place in places(row, field) {
        if let Some(value) = row.pointer_mut(&place) {
            *value = text.into();
        }
    }
}

/// Prompt, chosen and rejected of a pair of texts without a prompt of its own: what both begin
/// with is the prompt.
pub fn told_by_answers(row: &Value) -> Option<(String, String, String)> {
    let [chosen, rejected] = [Field::Chosen, Field::Rejected].map(|field| key_of(row, field));
    let (chosen, rejected) = (row.get(chosen?)?.as_str()?, row.get(rejected?)?.as_str()?);
    match prompt_key(row) {
        None => Some(split(chosen, rejected)),
        Some(_) => None,
    }
}

/// Splits two texts after what they share; a space at its end goes to the answers, and neither is
/// left empty.
fn split(chosen: &str, rejected: &str) -> (String, String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (chosen.chars().collect(), rejected.chars().collect());
    let mut shared = shared_prefix(&a, &b);
    if shared > 0 && a[shared - 1] == ' ' {
        shared -= 1;
    }
    let text = |characters: &[char]| characters.iter().collect::<String>();
    (text(&a[..shared]), text(&a[shared..]), text(&b[shared..]))
}

fn shared_prefix<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    alike.min(a.len().min(b.len()).saturating_sub(1))
}

fn key_of(row: &Value, field: Field) -> Option<&'static str> {
    let mut keys = field.keys().iter().copied();
    keys.find(|key| row.get(key).is_some_and(|it| !it.is_null()))
}

/// Under which key a prompt of its own is; beside a pair, a conversation may be it.
fn prompt_key(row: &Value) -> Option<&'static str> {
    let beside = || {
        let is_prompt = shape(row) == Shape::Pair && row.get("conversations").is_some();
        is_prompt.then_some("conversations")
    };
    key_of(row, Field::Prompt).or_else(beside)
}

/// Pointers to the strings that a field's text is in.
fn places(row: &Value, field: Field) -> Vec<String> {
    match field {
        Field::Prompt => prompt_places(row),
        _ => {
            let key = key_of(row, field);
            key.and_then(|key| last_text(row, &format!("/{key}"))).into_iter().collect()
        }
    }
}

fn prompt_places(row: &Value) -> Vec<String> {
    // A whole conversation asks in the message before its last.
    if shape(row) == Shape::Completion
        && let Some(key @ ("messages" | "conversations")) = key_of(row, Field::Completion)
    {
        let before = row[key].as_array().and_then(|list| list.len().checked_sub(2));
        let place = before.and_then(|at| message_text(row, &format!("/{key}/{at}")));
        return place.into_iter().collect();
    }
    let own = prompt_key(row);
    let own_text = own.and_then(|key| last_text(row, &format!("/{key}")));
    let mut places: Vec<String> = own_text.into_iter().collect();
    // A prompt given as text is repeated in what both conversations begin with.
    if own.is_none_or(|key| row[key].is_string()) {
        places.extend(shared_questions(row));
    }
    places
}

/// The last question that both conversations of a pair begin with.
fn shared_questions(row: &Value) -> Vec<String> {
    let keys = [Field::Chosen, Field::Rejected].map(|field| key_of(row, field));
    let [Some(chosen), Some(rejected)] = keys else { return Vec::new() };
    let (Value::Array(a), Value::Array(b)) = (&row[chosen], &row[rejected]) else {
        return Vec::new();
    };
    let asks = |message: &Value| {
        let role = message.get("role").or_else(|| message.get("from"));
        matches!(role.and_then(Value::as_str), Some("user" | "human"))
    };
    let last = shared_prefix(a, b).checked_sub(1);
    let Some(at) = last.filter(|&at| asks(&a[at])) else { return Vec::new() };
    [chosen, rejected]
        .into_iter()
        .filter_map(|key| message_text(row, &format!("/{key}/{at}")))
        .collect()
}

/// The text at a place, or that of the last message of the list there.
fn last_text(row: &Value, place: &str) -> Option<String> {
    match row.pointer(place)? {
        Value::String(_) => Some(place.to_string()),
        Value::Array(list) => message_text(row, &format!("{place}/{}", list.len().checked_sub(1)?)),
        Value::Object(_) => message_text(row, place),
        _ => None,
    }
}

/// The text of a message: `{role, content}` or `{from, value}`, where the content may be a list of
/// one part.
fn message_text(row: &Value, place: &str) -> Option<String> {
    let message = row.pointer(place)?.as_object()?;
    let key = if message.contains_key("from") { "value" } else { "content" };
    match message.get(key)? {
        Value::String(_) => Some(format!("{place}/{key}")),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(_)] => Some(format!("{place}/{key}/0")),
            [part] if part.get("text").is_some_and(Value::is_string) => {
                Some(format!("{place}/{key}/0/text"))
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
