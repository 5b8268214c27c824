//! A run's rows as TRL reads them: those that it learned from, in the order in which it did.

use std::path::Path;
use std::slice;

use serde_json::{Map, Value};
use temper_engine::data::sampler::Sampler;
use temper_engine::data::{self, CompletionRow, Content, DataError, EncodeReport, PairRow, Rows};
use temper_protocol::{Failure, FailureKind, Location, LoopConfig, Method, RunConfig};

use super::trl::Source;
use crate::output;
use temper::data_file::read_rows;
use temper::files::bad_path;

/// The rows of a file.
#[derive(Debug)]
pub struct Table {
    /// A JSON object each.
    pub rows: Vec<Value>,
    /// Texts whose prompt has other tokens alone than before its completion.
    pub mismatched: usize,
}

/// A row that the run would read.
struct Row {
    line: u32,
    report: EncodeReport,
    keys: Map<String, Value>,
}

/// Reads a file that `run.toml` names under `key`, and leaves out what the run did.
///
/// # Errors
/// It is gone or can't be read, holds no usable row, or rows that TRL can't take.
pub fn read(source: &Source, key: &str, path: &str) -> Result<Table, Failure> {
    let named = |failure: Failure| failure.with_hint(format!("run.toml names it as {key}"));
    let bytes = read_rows(Path::new(path)).map_err(named)?;
    let (rows, report) = data::import(path, &bytes, source.run.config.method.row_kind())?;
    output::tell_left_out(path, &report.dropped);
    let reader = Reader { source, path, margins: has_margins(&rows) };
    let rows: Vec<Row> = match &rows {
        Rows::Pairs(rows) => rows.iter().map(|row| reader.pair(row)).collect::<Result<_, _>>()?,
        Rows::Completions(rows) => {
            rows.iter().map(|row| reader.completion(row)).collect::<Result<_, _>>()?
        }
        Rows::Prompts(_) => Vec::new(),
    };
    let kept: Vec<Row> = rows.into_iter().filter(|row| row.report.dropped.is_empty()).collect();
    reader.check_layout(&kept)?;
    let mismatched = kept.iter().map(|row| row.report.prefix_mismatch.len()).sum();
    Ok(Table { rows: kept.into_iter().map(|row| Value::Object(row.keys)).collect(), mismatched })
}

/// The rows as the run's first epoch took them.
pub fn in_order(table: Table, config: &RunConfig) -> Table {
    let count = table.rows.len();
    // A micro-batch of all rows is the order of an epoch.
    let batch_size = u32::try_from(count).unwrap_or(u32::MAX);
    let whole = LoopConfig { batch_size, ..LoopConfig::default() };
    let order = Sampler::new(count, config.data.order, config.seed, &whole).step(0).concat();
    let rows = order.into_iter().map(|at| table.rows[at].clone()).collect();
    Table { rows, ..table }
}

/// What a file's rows are read with.
struct Reader<'a> {
    source: &'a Source,
    path: &'a str,
    /// Whether one of them says how much better its chosen completion is.
    margins: bool,
}

impl Reader<'_> {
    fn method(&self) -> Method {
        self.source.run.config.method
    }

    fn pair(&self, row: &PairRow) -> Result<Row, Failure> {
        let reward = self.method() == Method::Reward;
        if reward && row.preference.probability != 1.0 {
            return Err(self.refused(row.line, "probability: TRL's reward trainer reads none"));
        }
        let mut keys = Map::new();
        // The head reads a whole conversation: there, a prompt is no part of its own.
        if !(reward && is_nothing(&row.prompt)) {
            keys.insert("prompt".into(), self.prompt(row.line, &row.prompt)?);
        }
        keys.insert("chosen".into(), self.words(row.line, &row.chosen)?);
        keys.insert("rejected".into(), self.words(row.line, &row.rejected)?);
        if reward && self.margins {
            keys.insert("margin".into(), f64::from(row.preference.margin).into());
        }
        extend(&mut keys, &row.extra);
        let report = self.encode_pair(row).map_err(|error| error.in_file(self.path))?;
        Ok(Row { line: row.line, report, keys })
    }

    fn encode_pair(&self, row: &PairRow) -> Result<EncodeReport, DataError> {
        let (rows, text) = (slice::from_ref(row), Some(&self.source.text));
        let (_, report) = match self.method() {
            Method::Reward => data::encode_whole_pairs(rows, text, self.source.longest)?,
            _ => data::encode_pairs(rows, text, self.source.longest)?,
        };
        Ok(report)
    }

    fn completion(&self, row: &CompletionRow) -> Result<Row, Failure> {
        let mut keys = Map::new();
        let said = self.words(row.line, &row.completion)?;
        if self.method() == Method::Sft && is_nothing(&row.prompt) {
            keys.insert("messages".into(), said);
        } else {
            keys.insert("prompt".into(), self.prompt(row.line, &row.prompt)?);
            keys.insert("completion".into(), said);
        }
        if let (Method::Kto, Some(label)) = (self.method(), row.label) {
            keys.insert("label".into(), label.into());
        }
        extend(&mut keys, &row.extra);
        let only = self.method() != Method::Sft || self.source.run.sft().completion_only_loss;
        let (rows, text) = (slice::from_ref(row), Some(&self.source.text));
        let encoded = data::encode_completions(rows, text, self.source.longest, only);
        let (_, report) = encoded.map_err(|error| error.in_file(self.path))?;
        Ok(Row { line: row.line, report, keys })
    }

    fn prompt(&self, line: u32, prompt: &Content) -> Result<Value, Failure> {
        match is_nothing(prompt) {
            true => Err(self.refused(line, "no prompt, which TRL wants beside messages")),
            false => self.words(line, prompt),
        }
    }

    fn words(&self, line: u32, content: &Content) -> Result<Value, Failure> {
        match content {
            Content::Ids(_) => Err(self.refused(line, "token ids: TRL's command line reads words")),
            Content::Text(_) | Content::Messages(_) => Ok(content.to_json()),
        }
    }

    /// TRL judges all rows by the first.
    fn check_layout(&self, rows: &[Row]) -> Result<(), Failure> {
        let Some(first) = rows.first() else {
            return Err(bad_path(Path::new(self.path), "no usable row is left"));
        };
        let expected = layout(&first.keys);
        let Some(other) = rows.iter().find(|row| layout(&row.keys) != expected) else {
            return Ok(());
        };
        let found = layout(&other.keys);
        let why = format!(
            "a row of {found}, where line {} is one of {expected}: TRL reads rows of one layout",
            first.line
        );
        Err(self.refused(other.line, &why))
    }

    fn refused(&self, line: u32, why: &str) -> Failure {
        let (file, message) = (self.path.to_owned(), format!("{}, line {line}: {why}", self.path));
        let location = Location { file: Some(file), line: Some(line), key: None };
        Failure::new(FailureKind::BadInput(location), message)
    }
}

/// A conversation without a message. An empty text is one that TRL can read.
fn is_nothing(prompt: &Content) -> bool {
    matches!(prompt, Content::Messages(messages) if messages.is_empty())
}

fn has_margins(rows: &Rows) -> bool {
    match rows {
        Rows::Pairs(rows) => rows.iter().any(|row| row.preference.margin != 0.0),
        Rows::Completions(_) | Rows::Prompts(_) => false,
    }
}

/// What the chat template reads beside the messages.
fn extend(keys: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        let value = match key.as_str() {
            // A column has one type and tools have many, so TRL reads them from text too.
            "tools" => Value::String(value.to_string()),
            _ => value.clone(),
        };
        keys.insert(key.clone(), value);
    }
}

/// A row's keys and what kind of value each has; `tools` may be missing from some.
fn layout(keys: &Map<String, Value>) -> String {
    let kinds = keys.iter().filter(|(key, _)| *key != "tools").map(|(key, value)| match value {
        Value::String(_) => format!("{key} (text)"),
        Value::Array(_) => format!("{key} (messages)"),
        Value::Object(inner) => {
            format!("{key} ({})", inner.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
        _ => key.clone(),
    });
    kinds.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn rows_are_of_one_layout_where_keys_and_kinds_are_the_same() {
        let text = keys(json!({ "prompt": "a", "completion": "b", "label": true }));
        let other = keys(json!({ "prompt": "c", "completion": "", "label": false, "tools": "[]" }));
        assert_eq!(layout(&text), layout(&other));
        let messages = keys(json!({ "prompt": [], "completion": [], "label": true }));
        assert_ne!(layout(&text), layout(&messages));
        let [a, b] = ["x", "y"].map(|option| {
            keys(json!({ "messages": [], "chat_template_kwargs": { option: true } }))
        });
        assert_ne!(layout(&a), layout(&b));
    }

    #[test]
    fn tools_become_text() {
        let mut row = Map::new();
        let extra = keys(json!({ "tools": [{ "a": 1 }], "chat_template_kwargs": { "b": 2 } }));
        extend(&mut row, &extra);
        assert_eq!(row["tools"], "[{\"a\":1}]");
        assert_eq!(row["chat_template_kwargs"], json!({ "b": 2 }));
    }
}
