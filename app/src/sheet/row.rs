//! One row of a data file as the page holds it: JSON as it came, or a text that isn't JSON, kept
//! so that it can be repaired.

use serde_json::{Value, json};

use super::cell::{self, Cell, Field, Shape};

/// The keys of a line that tells of a text that is no row: what it says, and what is wrong with it.
pub(super) const BROKEN_KEYS: [&str; 2] = ["broken", "problem"];
/// What is wrong with other JSON.
const NO_OBJECT: &str = "not an object, as a row is: { \"prompt\": …, … }";

/// A row, and why it can't be used, where that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    body: Body,
    /// What is wrong with it.
    pub problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Json(Value),
    Text(String),
}

impl Row {
    /// A row of JSON.
    pub fn new(value: Value) -> Self {
        Self { body: Body::Json(value), problem: None }
    }

    /// A text that is no row.
    pub fn broken(text: &str, problem: String) -> Self {
        Self { body: Body::Text(text.to_string()), problem: Some(problem) }
    }

    /// Reads a row's JSON; what isn't JSON is kept.
    pub fn of_text(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(value) => Self::of_json(value),
            Err(error) => Self::broken(text, words(&error)),
        }
    }

    /// A row of any JSON; what is no object is kept as text.
    pub fn of_json(value: Value) -> Self {
        match value.is_object() {
            true => Self::of_broken(&value).unwrap_or_else(|| Self::new(value)),
            false => Self::broken(&value.to_string(), NO_OBJECT.into()),
        }
    }

    /// A text that is no row, from the line that tells of it.
    fn of_broken(value: &Value) -> Option<Self> {
        let keys = value.as_object().filter(|keys| keys.len() == BROKEN_KEYS.len())?;
        let [text, problem] = BROKEN_KEYS.map(|key| keys.get(key).and_then(Value::as_str));
        Some(Self::broken(text?, problem?.to_string()))
    }

    /// The row as a line of a JSONL file. Of a text that is no row the line tells in JSON: as it is
    /// it may be several lines, and at the head of a file be taken for another format.
    pub fn line(&self) -> String {
        match &self.body {
            Body::Json(value) => value.to_string(),
            Body::Text(text) => {
                let [broken, problem] = BROKEN_KEYS;
                json!({ broken: text, problem: self.problem.as_deref().unwrap_or_default() })
                    .to_string()
            }
        }
    }

    /// The row on one line, a text that is no row as it is.
    pub fn shown(&self) -> String {
        match &self.body {
            Body::Json(value) => value.to_string(),
            // Between JSON's tokens a space does as well, and within its strings none may stand.
            Body::Text(text) => text.replace(['\n', '\r'], " "),
        }
    }

    /// The row as a line; of a text that is no row nothing, for what is wrong with it is known.
    pub fn readable_line(&self) -> String {
        match &self.body {
            Body::Json(value) => value.to_string(),
            Body::Text(_) => String::new(),
        }
    }

    /// The row as it is typed over: JSON with a key a line.
    pub fn pretty(&self) -> String {
        match &self.body {
            Body::Json(value) => format!("{value:#}"),
            Body::Text(text) => text.clone(),
        }
    }

    /// Whether both hold the same, whatever is wrong with them.
    pub fn is_same(&self, other: &Self) -> bool {
        self.body == other.body
    }

    /// Whether it is JSON, as a row has to be: an object.
    pub fn is_json(&self) -> bool {
        self.value().is_some()
    }

    /// Whether its texts are messages.
    pub fn is_in_messages(&self) -> bool {
        let has_messages = |key: &&str| {
            let value = self.value().and_then(|row| row.get(key));
            value.is_some_and(|value| value.is_array() || value.is_object())
        };
        ["prompt", "chosen", "completion", "messages", "conversations"].iter().any(has_messages)
    }

    /// What it holds, by its keys.
    pub fn shape(&self) -> Shape {
        self.value().map_or(Shape::Other, cell::shape)
    }

    /// A field as it is shown.
    pub fn cell(&self, field: Field) -> Option<Cell> {
        cell::cell(self.value()?, field)
    }

    /// A field's text, where it is text.
    pub fn text(&self, field: Field) -> Option<&str> {
        cell::text(self.value()?, field)
    }

    /// Types over a field's text.
    pub fn set(&mut self, field: Field, text: &str) {
        if let Body::Json(value) = &mut self.body
            && cell::text(value, field) != Some(text)
        {
            cell::set(value, field, text);
        }
    }

    /// Whether the answer was liked, where the row says so.
    pub fn label(&self) -> Option<bool> {
        self.value()?.get("label")?.as_bool()
    }

    /// Says whether the answer was liked, or doesn't.
    pub fn set_label(&mut self, label: Option<bool>) {
        if self.label() == label {
            return;
        }
        if let Body::Json(Value::Object(keys)) = &mut self.body {
            match label {
                Some(label) => _ = keys.insert("label".into(), label.into()),
                // Without changing the order of the other keys.
                None => _ = keys.shift_remove("label"),
            }
        }
    }

    /// Prompt, chosen and rejected, where the row is a pair of texts.
    pub fn pair(&self) -> Option<[String; 3]> {
        let row = self.value()?;
        if self.shape() != Shape::Pair {
            return None;
        }
        if let Some((prompt, chosen, rejected)) = cell::told_by_answers(row) {
            return Some([prompt, chosen, rejected]);
        }
        let [chosen, rejected] = [Field::Chosen, Field::Rejected].map(|field| self.text(field));
        let prompt = self.text(Field::Prompt).unwrap_or_default().to_string();
        Some([prompt, chosen?.to_string(), rejected?.to_string()])
    }

    /// What was asked, as text.
    pub fn prompt(&self) -> Option<String> {
        match self.text(Field::Prompt) {
            Some(text) => Some(text.to_string()),
            None => self.pair().map(|[prompt, ..]| prompt),
        }
    }

    /// Whether any of its texts has these words, given in small letters.
    pub fn holds(&self, words: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(words);
        match &self.body {
            Body::Text(text) => has(text),
            Body::Json(value) => match self.shape().fields() {
                [] => has(&value.to_string()),
                fields => fields.iter().any(|&field| match cell::text(value, field) {
                    Some(text) => has(text),
                    None => cell::cell(value, field).is_some_and(|cell| has(&cell.text)),
                }),
            },
        }
    }

    fn value(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(value) => Some(value),
            Body::Text(_) => None,
        }
    }
}

/// The parser's words, with the column that it stopped at.
fn words(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    let line = if error.line() > 1 { format!("line {}, ", error.line()) } else { String::new() };
    format!("not valid JSON: {message} ({line}column {})", error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_kept_with_the_parsers_words() {
        let row = Row::of_text("{\"prompt\":\"x\",\"chosen\"");
        assert_eq!(row.shown(), "{\"prompt\":\"x\",\"chosen\"");
        let problem = row.problem.clone().unwrap();
        assert!(problem.starts_with("not valid JSON: EOF") && problem.contains("column 22"));
        assert_eq!(row.shape(), Shape::Other);
        assert!(row.holds("chosen") && !row.holds("rejected"));
    }

    #[test]
    fn a_broken_row_of_several_lines_is_shown_on_one() {
        assert_eq!(Row::of_text("{\"a\":\n1\n\"b\"").shown(), "{\"a\": 1 \"b\"");
    }

    #[test]
    fn a_broken_row_comes_back_from_its_line_as_it_was() {
        for text in
            ["[sic] a, b", "{\"a\": {", "a\r\n\"b\"\n", " ", "[1, 2]", "{\"prompt\": \"p\"}"]
        {
            let row = Row::broken(text, "4 fields".into());
            assert!(!row.line().contains('\n'));
            assert_eq!(Row::of_text(&row.line()), row);
        }
        let more = r#"{"broken":"a","problem":"b","prompt":"p"}"#;
        assert!(Row::of_text(more).is_json());
    }

    #[test]
    fn json_that_is_no_object_is_a_text_to_be_repaired() {
        for text in ["[1,2]", "\"words\"", "null"] {
            let row = Row::of_text(text);
            assert!(row.problem.as_ref().is_some_and(|problem| problem.contains("object")));
            assert_eq!((row.is_json(), row.shown().as_str()), (false, text));
        }
    }

    #[test]
    fn keys_keep_their_order() {
        let text = r#"{"rejected":"r","extra":1,"chosen":"c","prompt":"p"}"#;
        let mut row = Row::of_text(text);
        assert_eq!(row.line(), text);
        row.set(Field::Chosen, "d");
        assert_eq!(row.line(), r#"{"rejected":"r","extra":1,"chosen":"d","prompt":"p"}"#);
    }

    #[test]
    fn a_label_is_set_and_taken_away() {
        let mut row = Row::new(json!({"prompt": "p", "completion": "c"}));
        row.set_label(Some(false));
        assert_eq!(row.line(), r#"{"prompt":"p","completion":"c","label":false}"#);
        row.set_label(None);
        assert_eq!(row.line(), r#"{"prompt":"p","completion":"c"}"#);
    }

    #[test]
    fn pairs_are_told_from_other_rows() {
        let pair = Row::new(json!({"prompt": "p", "chosen": "c", "rejected": "r"}));
        assert_eq!(pair.pair(), Some(["p", "c", "r"].map(String::from)));
        let bare = Row::new(json!({"chosen": "a b", "rejected": "a c"}));
        assert_eq!(bare.pair(), Some(["a", " b", " c"].map(String::from)));
        assert_eq!(bare.prompt().as_deref(), Some("a"));
        assert_eq!(Row::new(json!({"prompt": "p", "completion": "c"})).pair(), None);
        let ids = json!({"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]});
        assert_eq!(Row::new(ids).pair(), None);
    }

    #[test]
    fn words_are_found_in_any_text_whatever_their_case() {
        let messages = json!([{"role": "assistant", "content": "A Fine stew"}]);
        let row = Row::new(json!({"prompt": "p", "chosen": messages, "rejected": "r"}));
        assert!(row.holds("fine"));
        // The spelling around the text is none of it.
        assert!(!row.holds("assistant"));
    }
}
