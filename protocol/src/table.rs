//! A table to rows: its first record names the columns, and each after that is a row. Page and
//! command line read tables alike; the engine knows JSON alone.

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

mod csv;

use csv::Records;

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

/// A record that is no row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What it says.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The line that a row begins on, counted from 1, and the row: a JSON object.
pub type TableRow = (u32, Result<Value, Broken>);

/// Whether a file of this name is a table.
pub fn is_table(name: &str) -> bool {
    let name = name.to_lowercase();
    [".csv", ".tsv"].iter().any(|end| name.ends_with(end))
}

/// The rows of a table one by one, so that a long one can be read in portions.
pub fn rows(text: &str) -> impl Iterator<Item = TableRow> + '_ {
    let mut records = Records::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    let (Columns { names, mut problem }, open) = match records.next() {
        Some((_, Ok(heads))) => (Columns::of(&heads), None),
        Some((line, Err(text))) => (Columns::default(), Some((line, Err(unclosed(text))))),
        None => (Columns::default(), None),
    };
    let rows = records.map(move |(line, record)| match (record, problem.take()) {
        (Err(text), _) => (line, Err(unclosed(text))),
        (Ok(fields), Some(problem)) => (line, Err(Broken { text: fields.join(", "), problem })),
        (Ok(fields), None) => (line, row(&names, fields)),
    });
    open.into_iter().chain(rows)
}

fn unclosed(text: &str) -> Broken {
    Broken { text: text.into(), problem: OPEN.into() }
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

fn row(names: &[String], fields: Vec<String>) -> Result<Value, Broken> {
    if fields.len() > names.len() {
        let problem =
            format!("{} fields, but the first line names {} columns", fields.len(), names.len());
        return Err(Broken { text: fields.join(", "), problem });
    }
    let named = names.iter().zip(fields).filter(|(name, _)| !name.is_empty());
    let keys: Map<String, Value> =
        named.filter_map(|(name, field)| Some((name.clone(), typed(name, field)?))).collect();
    Ok(Value::Object(keys))
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
        rows(text).map(|(_, row)| row.unwrap().to_string()).collect()
    }

    /// Text and problem of the first row, which begins on this line.
    fn broken(table: &str, on: u32) -> (String, String) {
        match rows(table).next() {
            Some((line, Err(Broken { text, problem }))) if line == on => (text, problem),
            other => panic!("{other:?} isn't broken on line {on}"),
        }
    }

    #[test]
    fn a_mark_at_the_start_is_no_part_of_a_name() {
        assert_eq!(read("\u{feff}prompt\na\n"), [json!({"prompt": "a"}).to_string()]);
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
        let (text, problem) = broken("prompt,chosen\na,b,c\n", 2);
        assert_eq!(text, "a, b, c");
        assert!(problem.starts_with("3 fields"), "{problem}");
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
        let table = "prompt,text,Text\na,b,c\nd,e,f\n";
        let (text, problem) = broken(table, 2);
        assert!(problem.starts_with("two columns are named \"text\""), "{problem}");
        assert_eq!(text, "a, b, c");
        assert_eq!(rows(table).nth(1), Some((3, Ok(json!({"prompt": "d", "text": "e"})))));
        // Columns without names are none.
        assert!(rows("prompt,,\na,b,c\n").all(|(_, row)| row.is_ok()));
    }

    #[test]
    fn quotes_that_never_close_are_told_of_in_the_first_line_too() {
        assert_eq!(rows("prompt,\"chosen\na,b\n").count(), 1);
        assert_eq!(broken("prompt,\"chosen\na,b\n", 1).1, OPEN);
    }
}
