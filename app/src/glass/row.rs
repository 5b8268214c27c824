//! A row of a data file as text, whatever the shape it is written in.

use serde_json::Value;

use crate::format::plural;

/// What a person reads of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowText {
    /// What was asked.
    pub prompt: String,
    /// Of a pair the chosen answer, then the rejected one.
    pub answers: Vec<String>,
    /// Whether the only answer was liked, where the row says so.
    pub label: Option<bool>,
    /// How far apart a reward model's marks are to be, where the row says so.
    pub margin: Option<f64>,
    /// How sure the row is that its first answer is the better one, where it says so.
    pub probability: Option<f64>,
}

impl RowText {
    /// Of one line of JSON; of anything else, nothing.
    pub fn of(json: &str) -> Self {
        let row: Value = serde_json::from_str(json).unwrap_or_default();
        let has = |key: &str| !row[key].is_null();
        let pair = [["chosen", "rejected"], ["real", "generated"], ["chosen_ids", "rejected_ids"]];
        let pair = pair.into_iter().find(|keys| keys.iter().all(|key| has(key)));
        let whole = ["completion", "messages", "conversations", "text", "completion_ids", "ids"];
        let answers: Vec<&str> = match pair {
            Some(keys) => keys.into(),
            None => whole.into_iter().find(|key| has(key)).into_iter().collect(),
        };
        let prompt = ["prompt", "conversations", "prompt_ids"].into_iter().find(|key| has(key));
        Self {
            prompt: prompt
                .filter(|key| !answers.contains(key))
                .map(|key| text(&row[key]))
                .unwrap_or_default(),
            answers: answers.iter().map(|key| text(&row[key])).collect(),
            label: row["label"].as_bool(),
            margin: row["margin"].as_f64(),
            probability: row["probability"].as_f64(),
        }
    }

    /// What the answers are called, each with the class that colours it.
    pub fn tags(&self) -> Vec<(&'static str, &'static str)> {
        match (self.answers.len(), self.label) {
            (2, _) => vec![("chosen", "chosen"), ("rejected", "rejected")],
            (1, Some(true)) => vec![("chosen", "liked")],
            (1, Some(false)) => vec![("rejected", "not liked")],
            (1, None) => vec![("chosen", "completion")],
            _ => Vec::new(),
        }
    }
}

/// A text, or what the messages of a conversation say.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_number) => {
            plural(items.len(), "token", "tokens")
        }
        Value::Array(messages) => {
            let said = |message: &Value| {
                let said = ["content", "value"].into_iter().find_map(|key| message[key].as_str());
                said.map(str::to_string)
            };
            messages.iter().filter_map(said).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::RowText;

    #[test]
    fn rows_are_read_in_any_shape() {
        for (json, prompt, answers, label) in [
            (r#"{"prompt":"p","chosen":"c","rejected":"r"}"#, "p", vec!["c", "r"], None),
            (r#"{"prompt":"p","completion":"c","label":false}"#, "p", vec!["c"], Some(false)),
            (
                r#"{"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}"#,
                "p",
                vec!["c", "r"],
                None,
            ),
            (r#"{"messages":[{"content":"p"},{"content":"c"}]}"#, "", vec!["p\nc"], None),
            (r#"{"prompt":"p","real":"c","generated":"r"}"#, "p", vec!["c", "r"], None),
            (r#"{"prompt_ids":[1,2],"completion_ids":[3]}"#, "2 tokens", vec!["1 token"], None),
            ("not JSON", "", vec![], None),
        ] {
            let row = RowText::of(json);
            assert_eq!((row.prompt.as_str(), row.label), (prompt, label), "{json}");
            assert_eq!(row.answers, answers, "{json}");
            assert_eq!(row.tags().len(), answers.len());
        }
    }

    #[test]
    fn a_pair_may_say_how_sure_it_is() {
        let row = RowText::of(r#"{"chosen":"c","rejected":"r","margin":1,"probability":0.9}"#);
        assert_eq!((row.margin, row.probability), (Some(1.0), Some(0.9)));
        assert_eq!(RowText::of(r#"{"chosen":"c","rejected":"r"}"#).margin, None);
    }
}
