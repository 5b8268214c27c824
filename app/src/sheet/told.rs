//! What the rows' file is called for the engine, and what the engine says of it in the words of
//! the page: a table or Parquet reaches the engine as JSON lines, a file that the user has never
//! seen.

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind};

use super::parquet::is_called_parquet;
use super::row::{BROKEN_KEYS, Row};
use super::table::is_plain;
use super::{Sheet, is_table};

/// The name of the rows' file, given that of the file they came from: always one of JSON.
pub fn file_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, _)) if is_no_json(name) => format!("{stem}.jsonl"),
        _ if name.is_empty() => "rows.jsonl".into(),
        _ => name.to_string(),
    }
}

fn is_no_json(name: &str) -> bool {
    is_table(name) || is_plain(name) || is_called_parquet(name)
}

impl Sheet {
    /// A failure of the engine's that may be about this sheet's file, told of the file that was
    /// opened and by the numbers that its rows have on the page.
    pub fn in_rows(self, failure: Failure) -> Failure {
        self.name
            .with_untracked(|name| self.rows.with_untracked(|rows| in_rows(failure, name, rows)))
    }
}

/// The same, given the name of the file that was opened, and its rows. A failure about any other
/// file stays as it is.
fn in_rows(mut failure: Failure, name: &str, rows: &[Row]) -> Failure {
    let written = file_name(name);
    let FailureKind::BadInput(place) = &mut failure.kind else { return failure };
    if name.is_empty() || place.file.as_ref() != Some(&written) {
        return failure;
    }
    let Some(rest) = failure.message.strip_prefix(&written) else { return failure };
    // Rows are written a line each.
    let problem = place.line.and_then(|number| unread(rows, number));
    // The user has seen a file of JSON, but not how a broken row is written.
    let is_unseen = problem.is_some() && rest.contains(&BROKEN_KEYS.join(", "));
    if written == name && !is_unseen {
        return failure;
    }
    place.file = Some(name.to_string());
    failure.message = match (place.line.take(), problem) {
        (None, _) => format!("{name}{rest}"),
        (Some(number), Some(problem)) => format!("{name}, row {number}: {problem}"),
        (Some(number), None) => {
            let [line, row] = ["line", "row"].map(|what| format!(", {what} {number}"));
            format!("{name}{}", rest.replacen(&line, &row, 1))
        }
    };
    failure
}

/// Why a row is no JSON, which the page knows better than the engine.
fn unread(rows: &[Row], number: u32) -> Option<&str> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    rows.get(index).filter(|row| !row.is_json())?.problem.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use temper_protocol::Location;

    fn failure(file: &str, line: Option<u32>, message: &str) -> Failure {
        let place = Location { file: Some(file.into()), line, key: None };
        Failure::new(FailureKind::BadInput(place), message)
    }

    fn rows() -> Vec<Row> {
        let row = Row::new(json!({"prompt": "a"}));
        vec![row.clone(), Row::broken("a, b, c", "3 fields".into()), row]
    }

    fn told(file: &str, line: Option<u32>, message: &str) -> String {
        in_rows(failure(file, line, message), "x.csv", &rows()).message
    }

    #[test]
    fn what_is_no_json_is_sent_as_json_and_other_names_stay() {
        assert_eq!(file_name("a.b.CSV"), "a.b.jsonl");
        assert_eq!(file_name("x.txt"), "x.jsonl");
        assert_eq!(file_name("x.parquet"), "x.jsonl");
        assert_eq!(file_name("x.json"), "x.json");
        assert_eq!(file_name(""), "rows.jsonl");
    }

    #[test]
    fn a_failure_about_a_table_names_the_table_and_the_row() {
        let message = "x.jsonl, line 3: no prompt; this method answers prompts";
        let failure = in_rows(failure("x.jsonl", Some(3), message), "x.csv", &rows());
        assert_eq!(failure.message, "x.csv, row 3: no prompt; this method answers prompts");
        let FailureKind::BadInput(place) = failure.kind else { panic!("{}", failure.message) };
        assert_eq!((place.file.as_deref(), place.line), (Some("x.csv"), None));

        let none = "x.jsonl: none of the 3 rows can be used; the first, line 1: empty completion";
        let expected = "x.csv: none of the 3 rows can be used; the first, row 1: empty completion";
        assert_eq!(told("x.jsonl", Some(1), none), expected);
        assert_eq!(told("x.jsonl", None, "x.jsonl: no rows"), "x.csv: no rows");
    }

    #[test]
    fn what_a_row_lacks_is_told_in_the_pages_own_words() {
        let message = "x.jsonl, line 2, column 1: not valid JSON: expected value";
        assert_eq!(told("x.jsonl", Some(2), message), "x.csv, row 2: 3 fields");
        // Of a file of JSON, that of a row which isn't written as it came.
        let message = "x.jsonl, line 2: a row with broken, problem; expected prompt";
        let of_lines = |line| in_rows(failure("x.jsonl", Some(line), message), "x.jsonl", &rows());
        assert_eq!(of_lines(2).message, "x.jsonl, row 2: 3 fields");
        assert_eq!(of_lines(1).message, message);
    }

    #[test]
    fn failures_about_other_files_stay() {
        let message = "held.jsonl, line 2: no label";
        assert_eq!(told("held.jsonl", Some(2), message), message);
        let of_lines = failure("x.jsonl", Some(2), "x.jsonl, line 2: no label");
        assert_eq!(in_rows(of_lines.clone(), "x.jsonl", &rows()), of_lines);
        let lost = Failure::new(FailureKind::DeviceLost, "x.jsonl");
        assert_eq!(in_rows(lost.clone(), "x.csv", &rows()), lost);
    }
}
