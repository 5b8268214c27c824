//! Rows of a data file as the arena writes them, and which kind a row is of.

use serde_json::{Map, Value, json};

use crate::sheet::spelled;

/// What a file's rows are. One file holds one kind: what learns from pairs refuses the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A better and a worse answer.
    Pairs,
    /// An answer that was liked or not.
    Ratings,
}

/// A pair: the better answer, then the other. `chat`: as messages, which the model's template
/// writes the same way as when the answers were sampled.
pub fn pair(chat: bool, prompt: &str, [chosen, rejected]: [&str; 2]) -> Value {
    spelled(json!({"prompt": prompt, "chosen": chosen, "rejected": rejected}), chat)
}

/// An answer that was liked or not.
pub fn rating(chat: bool, prompt: &str, completion: &str, label: bool) -> Value {
    spelled(json!({"prompt": prompt, "completion": completion, "label": label}), chat)
}

/// The same pair as somebody else sees it: `kept` where the preferred answer stays that, and how
/// probable it is that the one now preferred is better. What was known of its margin is dropped.
/// `None` where the row has other keys than `chosen` and `rejected`.
pub fn relabelled(row: &Value, kept: bool, probability: Option<f64>) -> Option<Value> {
    let mut row = row.as_object()?.clone();
    for key in ["margin", "probability"] {
        row.remove(key);
    }
    let (chosen, rejected) = (row.get("chosen")?.clone(), row.get("rejected")?.clone());
    if !kept {
        row.insert("chosen".into(), rejected);
        row.insert("rejected".into(), chosen);
    }
    if let Some(probability) = probability {
        row.insert("probability".into(), probability.into());
    }
    Some(Value::Object(row))
}

/// The kind of a row, if it is one of the two.
pub fn kind(line: &str) -> Option<Kind> {
    let row: Map<String, Value> = serde_json::from_str(line).ok()?;
    let has = |key: &str| row.get(key).is_some_and(|value| !value.is_null());
    if has("chosen") && has("rejected") {
        Some(Kind::Pairs)
    } else if has("completion") && has("label") {
        Some(Kind::Ratings)
    } else {
        None
    }
}

/// The row with its messages as texts: the open rows take in new ones in their own spelling.
pub fn plain(row: &Value) -> Value {
    let mut row = row.clone();
    for key in ["prompt", "chosen", "rejected", "completion"] {
        if let Some(value) = row.get_mut(key)
            && let Some([message]) = value.as_array().map(Vec::as_slice)
            && let Some(text) = message.get("content").cloned()
        {
            *value = text;
        }
    }
    row
}

/// One row a line.
pub fn jsonl(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_spelled_as_the_model_was_asked() {
        let plain = pair(false, "p", ["a", "b"]);
        assert_eq!(plain.to_string(), r#"{"prompt":"p","chosen":"a","rejected":"b"}"#);
        let chat = rating(true, "p", "a", false);
        let expected = json!({
            "prompt": [{"role": "user", "content": "p"}],
            "completion": [{"role": "assistant", "content": "a"}],
            "label": false,
        });
        assert_eq!(chat, expected);
        assert_eq!(jsonl(&[plain.clone(), plain]).lines().count(), 2);
    }

    #[test]
    fn a_row_tells_its_kind() {
        assert_eq!(kind(&pair(true, "p", ["a", "b"]).to_string()), Some(Kind::Pairs));
        assert_eq!(kind(&rating(false, "p", "a", true).to_string()), Some(Kind::Ratings));
        for other in [r#"{"prompt":"p","completion":"a"}"#, "[1]", "broken", r#"{"text":"t"}"#] {
            assert_eq!(kind(other), None, "{other}");
        }
    }

    #[test]
    fn a_row_is_known_again_in_another_spelling() {
        let row = pair(false, "p", ["a", "b"]);
        assert_eq!(plain(&pair(true, "p", ["a", "b"])), row);
        assert_eq!(plain(&row), row);
        let two = json!({"prompt": [{"content": "a"}, {"content": "b"}]});
        assert_eq!(plain(&two), two);
    }

    #[test]
    fn another_label_swaps_the_answers_and_forgets_the_margin() {
        let mut row = pair(true, "p", ["a", "b"]);
        row["margin"] = json!(2.0);
        let mut swapped = pair(true, "p", ["b", "a"]);
        swapped["probability"] = json!(0.75);
        assert_eq!(relabelled(&row, false, Some(0.75)), Some(swapped));
        assert_eq!(relabelled(&row, true, None), Some(pair(true, "p", ["a", "b"])));
        assert_eq!(relabelled(&json!({"real": "a", "generated": "b"}), true, None), None);
    }
}
