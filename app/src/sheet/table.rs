//! A table to rows: its first record names the columns, and each after that is a row.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use super::csv::Records;
use super::read::first_line;
use super::row::Row;

/// The columns that the engine reads, as it spells them.
const KNOWN: [&str; 26] = [
    "prompt",
    "chosen",
    "rejected",
    "completion",
    "messages",
    "conversations",
    "text",
    "real",
    "generated",
    "prompt_ids",
    "prompt_input_ids",
    "chosen_ids",
    "chosen_input_ids",
    "rejected_ids",
    "rejected_input_ids",
    "completion_ids",
    "completion_input_ids",
    "answer_input_ids",
    "completion_mask",
    "input_ids",
    "ids",
    "label",
    "margin",
    "probability",
    "tools",
    "chat_template_kwargs",
];
/// Never closed: all that comes after is within it.
const OPEN: &str = "a quoted field is never closed";

/// Whether a file of this name is a table, which the engine doesn't read.
pub fn is_table(name: &str) -> bool {
    ends_with(name, &[".csv", ".tsv"])
}

/// Whether a file of this name may be anything.
pub fn is_plain(name: &str) -> bool {
    ends_with(name, &[".txt"])
}

/// Whether a file is read as a table: by its name or, where that tells nothing, by its first line.
pub fn holds_table(name: &str, text: &str) -> bool {
    is_table(name) || is_plain(name) && names_columns(first_line(text.trim_start()))
}

fn ends_with(name: &str, ends: &[&str]) -> bool {
    let name = name.to_lowercase();
    ends.iter().any(|end| name.ends_with(end))
}

fn names_columns(line: &str) -> bool {
    line.contains(['\t', ','])
        && !line.starts_with(['{', '['])
        && serde_json::from_str::<Value>(line).is_err()
}

/// The rows of a table one by one, so that a long one can be read in portions.
pub fn rows(text: &str) -> impl Iterator<Item = Row> + '_ {
    let mut records = Records::new(text);
    let (Columns { names, mut problem }, open) = match records.next() {
        Some(Ok(heads)) => (Columns::of(&heads), None),
        Some(Err(text)) => (Columns::default(), Some(Row::broken(text, OPEN.into()))),
        None => (Columns::default(), None),
    };
    let rows = records.map(move |record| match (record, problem.take()) {
        (Err(text), _) => Row::broken(text, OPEN.into()),
        (Ok(fields), Some(problem)) => Row::broken(&fields.join(", "), problem),
        (Ok(fields), None) => record_row(&names, fields),
    });
    open.into_iter().chain(rows)
}

/// What the first line says.
#[derive(Default)]
struct Columns {
    /// Empty for a column that isn't read.
    names: Vec<String>,
    /// What is wrong with them; the first row tells it.
    problem: Option<String>,
}

impl Columns {
    /// Of columns of one name the first is read.
    fn of(heads: &[String]) -> Self {
        let (mut seen, mut columns) = (BTreeSet::new(), Self::default());
        for name in heads.iter().map(|head| column(head)) {
            if name.is_empty() || seen.insert(name.clone()) {
                columns.names.push(name);
                continue;
            }
            columns.names.push(String::new());
            if !KNOWN.contains(&&*name) {
                continue;
            }
            columns.problem.get_or_insert_with(|| {
                format!(
                    "two columns are named {name:?}, of which the first is read: rename one and \
                     open the file again"
                )
            });
        }
        columns
    }
}

/// A column's name; one that the engine reads may be in capitals.
fn column(head: &str) -> String {
    let name = head.trim();
    let known = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    known.unwrap_or(name).to_string()
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

    fn read(text: &str) -> Vec<String> {
        rows(text).map(|row| row.line()).collect()
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
        assert_eq!(read(text), expected.map(|row| row.to_string()));
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
        let all: Vec<Row> = rows("prompt,chosen\na,b,c\n").collect();
        assert_eq!(all[0].line(), "a, b, c");
        assert!(all[0].problem.as_ref().is_some_and(|problem| problem.starts_with("3 fields")));
    }

    #[test]
    fn names_that_the_engine_reads_may_be_in_capitals() {
        let text = "Prompt, Chosen ,REJECTED,Note\na,b,c,d\n";
        let expected = json!({"prompt": "a", "chosen": "b", "rejected": "c", "Note": "d"});
        assert_eq!(read(text), [expected.to_string()]);
        let rated = json!({"prompt": "a", "completion": "b", "label": true});
        assert_eq!(read("Prompt;Completion;Label\na;b;TRUE\n"), [rated.to_string()]);
    }

    #[test]
    fn a_name_given_twice_is_told_of_at_the_first_row() {
        let all: Vec<Row> = rows("prompt,text,Text\na,b,c\nd,e,f\n").collect();
        let problem = all[0].problem.as_deref().unwrap_or_default();
        assert!(problem.starts_with("two columns are named \"text\""), "{problem}");
        assert_eq!(all[0].line(), "a, b, c");
        assert_eq!(all[1], Row::new(json!({"prompt": "d", "text": "e"})));
        // Columns without names are none.
        assert!(rows("prompt,,\na,b,c\n").all(|row| row.problem.is_none()));
    }

    #[test]
    fn quotes_that_never_close_are_told_of_in_the_first_line_too() {
        let all: Vec<Row> = rows("prompt,\"chosen\na,b\n").collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].problem.as_deref(), Some(OPEN));
    }

    #[test]
    fn a_plain_text_is_a_table_by_its_first_line() {
        assert!(holds_table("x.csv", "{}"));
        assert!(holds_table("x.TXT", "prompt\tchosen\ta b\n{}\n"));
        assert!(holds_table("x.txt", "\"prompt\",\"chosen\"\r\na,b"));
        assert!(!holds_table("x.txt", "{\"prompt\": \"a, b\"}\n"));
        // Broken, and still meant as JSON.
        assert!(!holds_table("x.txt", "{\"prompt\": \"a\", \n"));
        assert!(!holds_table("x.txt", "words\na, b\n"));
        assert!(!holds_table("x.jsonl", "prompt,chosen\n"));
    }
}
