//! Which files are tables, and their rows as the page keeps rows.

use serde_json::Value;
use temper_protocol::table::{self, Broken};

use super::read::first_line;
use super::row::Row;

pub use temper_protocol::table::is_table;

/// Whether a file of this name may be anything.
pub fn is_plain(name: &str) -> bool {
    name.to_lowercase().ends_with(".txt")
}

/// Whether a file is read as a table: by its name or, where that tells nothing, by its first line.
pub fn holds_table(name: &str, text: &str) -> bool {
    is_table(name) || is_plain(name) && names_columns(first_line(text.trim_start()))
}

fn names_columns(line: &str) -> bool {
    line.contains(['\t', ','])
        && !line.starts_with(['{', '['])
        && serde_json::from_str::<Value>(line).is_err()
}

/// The rows of a table one by one, so that a long one can be read in portions.
pub fn rows(text: &str) -> impl Iterator<Item = Row> + '_ {
    table::rows(text).map(|(_, row)| match row {
        Ok(value) => Row::new(value),
        Err(Broken { text, problem }) => Row::broken(&text, problem),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_what_is_wrong_with_them() {
        let all: Vec<Row> = rows("prompt,chosen\na,b,c\nd,e\n").collect();
        assert_eq!(all[0].shown(), "a, b, c");
        assert!(all[0].problem.as_ref().is_some_and(|problem| problem.starts_with("3 fields")));
        let expected = serde_json::json!({"prompt": "d", "chosen": "e"});
        assert_eq!(all[1], Row::new(expected));
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
