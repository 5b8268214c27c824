//! A file's text to rows: JSON lines, a JSON array, an object that holds one as `data` or `rows`,
//! or a table. What can't be read is kept as a row with a problem; nothing ends the reading.

use serde_json::{Map, Number, Value};

use super::csv::Records;
use super::row::Row;

/// Whether a file of this name is a table, which the engine doesn't read.
pub fn is_table(name: &str) -> bool {
    let name = name.to_lowercase();
    [".csv", ".tsv"].iter().any(|end| name.ends_with(end))
}

/// The rows of a file one by one, so that a long one can be read in portions.
pub fn rows<'a>(name: &str, text: &'a str) -> Box<dyn Iterator<Item = Row> + 'a> {
    // Windows puts a mark at the start.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if is_table(name) {
        return Box::new(table(text));
    }
    let start = text.trim_start();
    if let Some(rest) = start.strip_prefix('[') {
        return Box::new(Elements { rest }.map(Row::of_text));
    }
    match whole(start) {
        Some(rows) => Box::new(rows.into_iter()),
        None => Box::new(lines(text)),
    }
}

fn lines(text: &str) -> impl Iterator<Item = Row> + '_ {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Row::of_text)
}

/// The rows of a file that is one object, over several lines or with the rows under a key.
fn whole(text: &str) -> Option<Vec<Row>> {
    let first_line = text.lines().next().unwrap_or("");
    let first = serde_json::from_str::<Value>(first_line).ok();
    // Most files: a row a line.
    if first.is_some_and(|value| rows_key(&value).is_none()) {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Some(held(value).into_iter().map(Row::new).collect()),
        // A row over several lines, and broken: as lines it would be as many broken rows.
        Err(_) if first_line.trim_end().ends_with('{') => Some(vec![Row::of_text(text)]),
        Err(_) => None,
    }
}

fn held(mut value: Value) -> Vec<Value> {
    match rows_key(&value).map(|key| value[key].take()) {
        Some(Value::Array(rows)) => rows,
        _ => vec![value],
    }
}

fn rows_key(value: &Value) -> Option<&'static str> {
    ["data", "rows"].into_iter().find(|key| value.get(key).is_some_and(Value::is_array))
}

/// The elements of an array as texts, without a look inside: one that is broken leaves the others
/// readable.
struct Elements<'a> {
    /// What comes after the bracket, or after a comma.
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self.rest.trim_start();
            if rest.is_empty() || rest.starts_with(']') {
                self.rest = "";
                return None;
            }
            let (element, after) = rest.split_at(element_end(rest));
            self.rest = after.strip_prefix(',').unwrap_or(after);
            let element = element.trim();
            if !element.is_empty() {
                return Some(element);
            }
        }
    }
}

/// Where an element ends: at the comma or bracket that is within nothing of it.
fn element_end(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b',' | b']' if depth == 0 => return at,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

fn table(text: &str) -> impl Iterator<Item = Row> + '_ {
    let mut records = Records::new(text);
    let names: Vec<String> = match records.next() {
        Some(Ok(names)) => names.iter().map(|name| name.trim().to_string()).collect(),
        _ => Vec::new(),
    };
    records.map(move |record| match record {
        Ok(fields) => record_row(&names, fields),
        Err(text) => Row::broken(text, "a quoted field is never closed".into()),
    })
}

fn record_row(names: &[String], fields: Vec<String>) -> Row {
    if fields.len() > names.len() {
        let problem =
            format!("{} fields, but the first line names {} columns", fields.len(), names.len());
        return Row::broken(&fields.join(", "), problem);
    }
    let named = names.iter().zip(fields).filter(|(name, _)| !name.is_empty());
    let keys: Map<String, Value> =
        named.filter_map(|(name, field)| Some((name.clone(), typed(name, field)?))).collect();
    Row::new(Value::Object(keys))
}

/// A field as what its column holds. Nothing is guessed about columns of text.
fn typed(name: &str, field: String) -> Option<Value> {
    let trimmed = field.trim();
    match name {
        "label" | "margin" | "probability" if trimmed.is_empty() => None,
        "label" => match trimmed.to_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true.into()),
            "false" | "0" | "no" => Some(false.into()),
            _ => Some(field.into()),
        },
        "margin" | "probability" => {
            let number = trimmed.parse().ok().and_then(Number::from_f64);
            Some(number.map_or_else(|| field.clone().into(), Value::Number))
        }
        _ => Some(list(trimmed).unwrap_or_else(|| field.into())),
    }
}

/// The JSON of messages, or of token ids, that tables hold as text.
fn list(text: &str) -> Option<Value> {
    if !text.starts_with('[') {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let is_message = |item: &Value| item.get("role").or_else(|| item.get("from")).is_some();
    let items = value.as_array()?;
    let is_list =
        !items.is_empty() && (items.iter().all(is_message) || items.iter().all(Value::is_u64));
    is_list.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(name: &str, text: &str) -> Vec<String> {
        rows(name, text).map(|row| row.line()).collect()
    }

    #[test]
    fn json_is_read_in_all_its_files() {
        let rows = [r#"{"prompt":"a"}"#, r#"{"prompt":"b"}"#];
        let [a, b] = rows;
        for text in [
            format!("{a}\n\n{b}\n"),
            format!("\u{feff}{a}\r\n{b}\r\n"),
            format!("[{a},\n {b}]\n"),
            format!("[\n{a}\n,\n{b},\n]"),
            format!("{{\"data\": [{a}, {b}]}}"),
            format!("{{\n\"rows\": [{a}, {b}]\n}}"),
        ] {
            assert_eq!(read("x.json", &text), rows, "{text}");
        }
        assert_eq!(read("x.json", "{\n\"prompt\": \"a\"\n}"), [a]);
        assert_eq!(read("x.jsonl", ""), [""; 0]);
        assert_eq!(read("x.json", "[]"), [""; 0]);
    }

    #[test]
    fn a_broken_row_leaves_the_others_readable() {
        let text = "{\"prompt\":\"a\"}\n{\"prompt\"\n{\"prompt\":\"c\"}\n";
        let all: Vec<Row> = rows("x.jsonl", text).collect();
        assert_eq!(all.len(), 3);
        assert!(all[1].problem.is_some() && all[2].problem.is_none());
        let text = r#"[{"prompt":"],{\"a"}, {"prompt":}, {"prompt":["c"]}]"#;
        let all: Vec<Row> = rows("x.json", text).collect();
        let troubled: Vec<bool> = all.iter().map(|row| row.problem.is_some()).collect();
        assert_eq!(troubled, [false, true, false]);
        assert_eq!(all[0].line(), r#"{"prompt":"],{\"a"}"#);
    }

    #[test]
    fn a_table_becomes_rows() {
        let text =
            "prompt,completion,label,note\n\"a, b\",c,TRUE,\nd,\"say \"\"e\"\"\",0,x\nf,g,,\n";
        let expected = [
            json!({"prompt": "a, b", "completion": "c", "label": true, "note": ""}),
            json!({"prompt": "d", "completion": "say \"e\"", "label": false, "note": "x"}),
            json!({"prompt": "f", "completion": "g", "note": ""}),
        ];
        assert_eq!(read("x.CSV", text), expected.map(|row| row.to_string()));
    }

    #[test]
    fn lists_within_a_table_are_lists_only_where_they_are_messages_or_ids() {
        assert_eq!(
            typed("prompt", r#"[{"role":"user","content":"a"}]"#.into()).map(|it| it.is_array()),
            Some(true)
        );
        assert_eq!(typed("prompt_ids", "[1, 2]".into()), Some(json!([1, 2])));
        assert_eq!(typed("chosen", "[sic] a text".into()), Some(json!("[sic] a text")));
        assert_eq!(typed("chosen", r#"["a"]"#.into()), Some(json!(r#"["a"]"#)));
        assert_eq!(typed("margin", "1.5".into()), Some(json!(1.5)));
    }

    #[test]
    fn a_record_with_too_many_fields_is_told_of() {
        let all: Vec<Row> = rows("x.csv", "prompt,chosen\na,b,c\n").collect();
        assert_eq!(all[0].line(), "a, b, c");
        assert!(all[0].problem.as_ref().is_some_and(|problem| problem.starts_with("3 fields")));
    }
}
