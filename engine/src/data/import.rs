//! A data file, JSONL or JSON, to rows and a report of what became of each.

use serde_json::Value;
use temper_protocol::{DataReport, DroppedRow, RowReason};

use super::shape::{self, Place, Row};
use super::{CompletionRow, Content, DataError, PairRow, PromptRow, RowKind, Rows};

/// A row's JSON with its line, or why it is none.
pub(super) type Record = Result<(u32, Value), DataError>;

/// Pairs that TRL takes apart at once.
const UNPAIRED_AT_ONCE: usize = 1000;
/// How many rows the report shows.
const PREVIEW_ROWS: usize = 5;
/// The longest text that the report shows, characters.
const PREVIEW_LENGTH: usize = 2000;

/// Reads rows of the wanted kind from a file's bytes: one JSON object a line, a JSON array of
/// them, or an object that holds the array as `data` or `rows`.
///
/// Rows that a method can't learn from (chosen equal to rejected, an empty completion) are left
/// out and reported; a row that can't be understood is an error.
///
/// # Errors
/// The first line that isn't JSON, or row of an unknown shape, a wrong type or the wrong kind; a
/// file without usable rows.
pub fn import(file: &str, bytes: &[u8], kind: RowKind) -> Result<(Rows, DataReport), DataError> {
    let records = records_of(file, bytes)?;
    let total = records.len();
    let mut dropped = Vec::new();
    let rows = read_rows(file, records, kind, &mut dropped)?;
    match dropped.first() {
        Some(&DroppedRow { line, reason }) if rows.is_empty() => {
            Err(DataError::NoneUsable { file: file.to_string(), rows: total, line, reason })
        }
        _ => {
            let report = DataReport {
                file: file.to_string(),
                rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                dropped,
                preview: preview(&rows),
            };
            Ok((rows, report))
        }
    }
}

/// Rows of the wanted kind, but for those that a method can't learn from.
///
/// # Errors
/// As [`import`].
pub(super) fn read_rows(
    file: &str,
    records: Vec<(u32, Value)>,
    kind: RowKind,
    dropped: &mut Vec<DroppedRow>,
) -> Result<Rows, DataError> {
    if kind == RowKind::Prompts {
        return Ok(Rows::Prompts(prompts(file, records)?));
    }
    let read = |(line, value): (u32, Value)| shape::read(Place { file, line }, &value);
    let rows = records.into_iter().map(read);
    Ok(match kind {
        RowKind::Pairs => Rows::Pairs(pairs(file, rows, dropped)?),
        RowKind::Rated => Rows::Completions(rated(file, rows, dropped)?),
        RowKind::Completions | RowKind::Prompts => Rows::Completions(completions(rows, dropped)?),
    })
}

fn pairs(
    file: &str,
    rows: impl Iterator<Item = Result<Row, DataError>>,
    dropped: &mut Vec<DroppedRow>,
) -> Result<Vec<PairRow>, DataError> {
    let mut kept = Vec::new();
    for row in rows {
        let row = match row? {
            Row::Pair(row) => row,
            Row::Completion(row) => {
                return Err(DataError::NotPairs { file: file.to_string(), line: row.line });
            }
        };
        match row.unusable() {
            Some(reason) => dropped.push(DroppedRow { line: row.line, reason }),
            None => kept.push(row),
        }
    }
    Ok(kept)
}

fn completions(
    rows: impl Iterator<Item = Result<Row, DataError>>,
    dropped: &mut Vec<DroppedRow>,
) -> Result<Vec<CompletionRow>, DataError> {
    let mut kept = Vec::new();
    for row in rows {
        let row = match row? {
            Row::Completion(row) => row,
            Row::Pair(row) => one_side(&row, row.chosen.clone(), None),
        };
        keep(&mut kept, row, dropped);
    }
    Ok(kept)
}

/// Completions with a label each. A pair gives one that was liked and one that wasn't; the latter
/// come after all others of a thousand, as in TRL: side by side in a micro-batch, KTO would take
/// the one for the other's mismatch.
fn rated(
    file: &str,
    rows: impl Iterator<Item = Result<Row, DataError>>,
    dropped: &mut Vec<DroppedRow>,
) -> Result<Vec<CompletionRow>, DataError> {
    let (mut kept, mut rejected) = (Vec::new(), Vec::new());
    let mut pairs = 0;
    for row in rows {
        let row = row?;
        if matches!(row, Row::Pair(_)) {
            if pairs == UNPAIRED_AT_ONCE {
                kept.append(&mut rejected);
                pairs = 0;
            }
            pairs += 1;
        }
        match row {
            Row::Completion(row) if row.label.is_none() => {
                return Err(DataError::NoLabel { file: file.to_string(), line: row.line });
            }
            Row::Completion(row) => keep(&mut kept, row, dropped),
            Row::Pair(row) if row.chosen == row.rejected => {
                let (line, reason) = (row.line, RowReason::IdenticalPair);
                dropped.push(DroppedRow { line, reason });
            }
            Row::Pair(row) => {
                keep(&mut kept, one_side(&row, row.chosen.clone(), Some(true)), dropped);
                keep(&mut rejected, one_side(&row, row.rejected.clone(), Some(false)), dropped);
            }
        }
    }
    kept.append(&mut rejected);
    Ok(kept)
}

fn keep(rows: &mut Vec<CompletionRow>, row: CompletionRow, dropped: &mut Vec<DroppedRow>) {
    match row.unusable() {
        Some(reason) => dropped.push(DroppedRow { line: row.line, reason }),
        None => rows.push(row),
    }
}

fn one_side(row: &PairRow, completion: Content, label: Option<bool>) -> CompletionRow {
    CompletionRow {
        line: row.line,
        prompt: row.prompt.clone(),
        completion,
        label,
        completion_mask: None,
        extra: row.extra.clone(),
    }
}

fn prompts(file: &str, records: Vec<(u32, Value)>) -> Result<Vec<PromptRow>, DataError> {
    let read = |(line, value): (u32, Value)| shape::prompt(Place { file, line }, value);
    records.into_iter().map(read).collect()
}

/// Every row of a file with its line; at least one.
pub(super) fn records_of(file: &str, bytes: &[u8]) -> Result<Vec<(u32, Value)>, DataError> {
    each_record(file, bytes)?.into_iter().collect()
}

/// Every row of a file, broken ones too; at least one.
///
/// # Errors
/// A file that is empty, or broken as a whole.
pub(super) fn each_record(file: &str, bytes: &[u8]) -> Result<Vec<Record>, DataError> {
    let records = records(file, text(file, bytes)?)?;
    match records.is_empty() {
        true => Err(DataError::Empty { file: file.to_string() }),
        false => Ok(records),
    }
}

/// The file as text, without the mark that Windows puts at its start.
fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        DataError::Utf8 { file: file.to_string(), line: line_number(line) }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Every row with its line; in an array, its place counted from 1.
fn records(file: &str, text: &str) -> Result<Vec<Record>, DataError> {
    let start = text.trim_start();
    let first_line = start.lines().next().unwrap_or("");
    let whole = match serde_json::from_str::<Value>(first_line) {
        Ok(value) => value.is_array() || rows_key(&value).is_some(),
        // It goes on after its first line, unless that is a broken row.
        Err(_) => true,
    };
    let spread = first_line.trim_end().ends_with(['{', '[']);
    match serde_json::from_str::<Value>(text) {
        Ok(value) if whole => array(file, value),
        Err(error) if start.starts_with('[') || spread => Err(broken(file, 0, &error)),
        _ => Ok(lines(file, text)),
    }
}

fn lines(file: &str, text: &str) -> Vec<Record> {
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| match serde_json::from_str(line) {
        Ok(value) => Ok((line_number(at + 1), value)),
        Err(error) => Err(broken(file, at, &error)),
    };
    numbered.map(read).collect()
}

fn array(file: &str, value: Value) -> Result<Vec<Record>, DataError> {
    let key = rows_key(&value);
    let rows = match (value, key) {
        (Value::Array(rows), _) => rows,
        (Value::Object(mut keys), Some(key)) => match keys.remove(key) {
            Some(Value::Array(rows)) => rows,
            _ => Vec::new(),
        },
        // One row, over several lines.
        (row, _) => vec![row],
    };
    if rows.is_empty() {
        return Err(DataError::Empty { file: file.to_string() });
    }
    Ok((1..).map(line_number).zip(rows).map(Ok).collect())
}

/// Under which key an object holds the rows, if it does.
fn rows_key(value: &Value) -> Option<&'static str> {
    ["data", "rows"].into_iter().find(|key| value.get(key).is_some_and(Value::is_array))
}

/// The parser counts lines from where it began, `lines_before` lines into the file.
fn broken(file: &str, lines_before: usize, error: &serde_json::Error) -> DataError {
    let message = error.to_string();
    // Its words end with a place that we tell ourselves.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
    DataError::Json {
        file: file.to_string(),
        line: line_number(lines_before + error.line()),
        column: line_number(error.column()),
        message: message.to_string(),
    }
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn preview(rows: &Rows) -> Vec<[String; 3]> {
    let short = |content: &Content| clip(content.preview());
    match rows {
        Rows::Pairs(rows) => rows
            .iter()
            .take(PREVIEW_ROWS)
            .map(|row| [short(&row.prompt), short(&row.chosen), short(&row.rejected)])
            .collect(),
        Rows::Completions(rows) => rows
            .iter()
            .take(PREVIEW_ROWS)
            .map(|row| {
                let rating = match row.label {
                    Some(true) => "liked".to_string(),
                    Some(false) => "not liked".to_string(),
                    None => String::new(),
                };
                [short(&row.prompt), short(&row.completion), rating]
            })
            .collect(),
        Rows::Prompts(rows) => rows
            .iter()
            .take(PREVIEW_ROWS)
            .map(|row| [short(&row.prompt), String::new(), String::new()])
            .collect(),
    }
}

fn clip(text: String) -> String {
    match text.char_indices().nth(PREVIEW_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
