//! Messages in their two spellings, `{role, content}` and `{from, value}`, and where a prompt
//! that only its completions tell ends.

use serde_json::{Map, Value};

use super::shape::Place;
use super::{ChatMessage, Content, DataError};

/// Text, or messages: a list of them, or one alone.
pub(super) fn content(place: Place, key: &str, value: &Value) -> Result<Content, DataError> {
    match value {
        Value::String(text) => Ok(Content::Text(text.clone())),
        Value::Array(list) => messages(place, key, list).map(Content::Messages),
        Value::Object(one) => Ok(Content::Messages(vec![message(place, key, one)?])),
        other => Err(place.wrong_type(key, "text or a list of messages", other)),
    }
}

fn messages(place: Place, key: &str, list: &[Value]) -> Result<Vec<ChatMessage>, DataError> {
    let read = |(at, value): (usize, &Value)| {
        let key = format!("{key}[{at}]");
        match value {
            Value::Object(keys) => message(place, &key, keys),
            other => Err(place.wrong_type(&key, "a message, {role, content}", other)),
        }
    };
    list.iter().enumerate().map(read).collect()
}

fn message(place: Place, key: &str, keys: &Map<String, Value>) -> Result<ChatMessage, DataError> {
    let (role_key, content_key) =
        if keys.contains_key("from") { ("from", "value") } else { ("role", "content") };
    let role = match keys.get(role_key) {
        Some(Value::String(role)) => canonical_role(role),
        other => {
            let key = format!("{key}.{role_key}");
            return Err(place.wrong_type(&key, "text", other.unwrap_or(&Value::Null)));
        }
    };
    let said = keys.get(content_key).unwrap_or(&Value::Null);
    // Nulls are what tables put where a message lacks the key.
    let extra: Map<String, Value> = keys
        .iter()
        .filter(|(key, value)| *key != role_key && *key != content_key && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let content = match said {
        Value::String(text) => text.clone(),
        Value::Array(parts) => text_of_parts(place, &format!("{key}.{content_key}"), parts)?,
        // A call of tools needs no words.
        Value::Null if !extra.is_empty() => String::new(),
        other => return Err(place.wrong_type(&format!("{key}.{content_key}"), "text", other)),
    };
    Ok(ChatMessage { role, content, extra })
}

/// ShareGPT's names for the roles, as chat templates know them.
fn canonical_role(role: &str) -> String {
    match role {
        "human" => "user",
        "gpt" | "chatgpt" | "bot" | "model" => "assistant",
        "observation" | "function_response" => "tool",
        other => other,
    }
    .to_string()
}

/// The `{type: "text", text}` parts that image models' data are made of.
fn text_of_parts(place: Place, key: &str, parts: &[Value]) -> Result<String, DataError> {
    let text = |(at, part): (usize, &Value)| match (part.get("text"), part) {
        (Some(Value::String(text)), _) | (None, Value::String(text)) => Ok(text.clone()),
        (_, other) => Err(place.wrong_type(&format!("{key}[{at}]"), "a part of text", other)),
    };
    parts.iter().enumerate().map(text).collect()
}

/// How many items two completions begin with alike. Where one is the beginning of the other, its
/// last item is left to both, so that neither completion is empty.
pub(super) fn shared_prefix<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let alike = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    alike.min(a.len().min(b.len()).saturating_sub(1))
}

/// Splits two texts after what they share; a space at its end goes to the completions, as
/// tokenizers join it to the word that follows.
pub(super) fn split_texts(chosen: &str, rejected: &str) -> (String, String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (chosen.chars().collect(), rejected.chars().collect());
    let mut shared = shared_prefix(&a, &b);
    if shared > 0 && a[shared - 1] == ' ' {
        shared -= 1;
    }
    let text = |characters: &[char]| characters.iter().collect::<String>();
    (text(&a[..shared]), text(&a[shared..]), text(&b[shared..]))
}

/// Splits two lists after what they share.
pub(super) fn split_lists<T: Clone + PartialEq>(
    mut chosen: Vec<T>,
    mut rejected: Vec<T>,
) -> (Vec<T>, Vec<T>, Vec<T>) {
    let shared = shared_prefix(&chosen, &rejected);
    let chosen_rest = chosen.split_off(shared);
    (chosen, chosen_rest, rejected.split_off(shared))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_beginning_is_the_prompt_without_its_last_space() {
        let split = split_texts("Q: why? A: yes", "Q: why? A: no");
        assert_eq!(split, ("Q: why? A:".into(), " yes".into(), " no".into()));
        assert_eq!(split_texts("né", "nè"), ("n".into(), "é".into(), "è".into()));
    }

    #[test]
    fn a_completion_that_begins_the_other_keeps_its_last_item() {
        assert_eq!(split_texts("ab", "abc"), ("a".into(), "b".into(), "bc".into()));
        assert_eq!(split_lists(vec![1, 2], vec![1, 2]), (vec![1], vec![2], vec![2]));
        assert_eq!(split_lists(Vec::<u32>::new(), vec![1]), (vec![], vec![], vec![1]));
    }
}
