//! New rows in the spelling of those that are there: plain text, or messages for a chat model.

use serde_json::{Value, json};
use temper_protocol::RowKind;

/// A row of texts, turned into messages where that is wanted, as of a model with a chat template.
pub fn spelled(row: Value, as_messages: bool) -> Value {
    if as_messages { in_messages(row) } else { row }
}

/// Turns a row's texts into messages; what already is a list stays.
fn in_messages(mut row: Value) -> Value {
    let roles = [
        ("prompt", "user"),
        ("chosen", "assistant"),
        ("rejected", "assistant"),
        ("completion", "assistant"),
    ];
    for (key, role) in roles {
        if let Some(value) = row.get_mut(key)
            && let Some(text) = value.as_str()
        {
            *value = json!([{"role": role, "content": text}]);
        }
    }
    row
}

/// A row to be filled in.
pub fn blank(kind: RowKind) -> Value {
    match kind {
        RowKind::Pairs => json!({"prompt": "", "chosen": "", "rejected": ""}),
        RowKind::Completions => json!({"prompt": "", "completion": ""}),
        RowKind::Rated => json!({"prompt": "", "completion": "", "label": true}),
        RowKind::Prompts => json!({"prompt": ""}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_messages_once() {
        let row = json!({"prompt": "p", "completion": "c", "label": true});
        let expected = json!({
            "prompt": [{"role": "user", "content": "p"}],
            "completion": [{"role": "assistant", "content": "c"}],
            "label": true,
        });
        assert_eq!(in_messages(row), expected);
        assert_eq!(in_messages(expected.clone()), expected);
    }
}
