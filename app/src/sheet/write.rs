//! Rows as a file, for the engine, for the user, and to be kept.

use leptos::prelude::*;
use temper_protocol::Failure;
use web_sys::File;

use super::pause::Pause;
use super::row::Row;
use super::{Sheet, told};
use crate::download;

/// Rows written between two looks at the clock.
const PORTION: usize = 500;

impl Sheet {
    /// All rows as a file of JSON lines.
    ///
    /// # Errors
    /// Where the browser refuses.
    pub fn file(self) -> Result<File, Failure> {
        let text = self.rows.with_untracked(|rows| lines(rows, Row::line));
        download::file(&self.file_name(), &[text])
    }

    /// The same, with pauses in which the page draws.
    ///
    /// # Errors
    /// Where the browser refuses.
    pub async fn written(self) -> Result<File, Failure> {
        self.written_by(Row::line).await
    }

    /// The same with an empty line for what is no JSON, so that the engine can check the others.
    ///
    /// # Errors
    /// Where the browser refuses.
    pub async fn readable(self) -> Result<File, Failure> {
        self.written_by(Row::readable_line).await
    }

    async fn written_by(self, line: fn(&Row) -> String) -> Result<File, Failure> {
        let portion = |number: usize| {
            self.rows
                .with_untracked(|rows| rows.chunks(PORTION).nth(number).map(|it| lines(it, line)))
        };
        loop {
            let turn = self.turn();
            let mut parts = Vec::new();
            let mut pause = Pause::new();
            while let Some(part) = portion(parts.len()) {
                parts.push(part);
                pause.when_due().await;
                if turn != self.turn() {
                    break;
                }
            }
            // Rows that changed meanwhile are written anew.
            if turn == self.turn() {
                return download::file(&self.file_name(), &parts);
            }
        }
    }

    /// The name of the rows' file: always one of JSON.
    pub(super) fn file_name(self) -> String {
        self.name.with_untracked(|name| told::file_name(name))
    }
}

/// Rows as lines.
fn lines(rows: &[Row], line: fn(&Row) -> String) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    /// At the head of a file each of these was taken for another format, and others were lost.
    #[test]
    fn rows_come_back_as_they_were_whichever_is_the_first() {
        let mut rows = vec![
            Row::broken("[sic] a, b, c, d", "4 fields, but the first line names 3 columns".into()),
            Row::of_text("{\"prompt\": {"),
            Row::of_text("{\"data\": ["),
            Row::of_text("{}}"),
            Row::of_text("[1,2]"),
            Row::broken("a\r\nb\n{", "a quoted field is never closed".into()),
            Row::broken(" ", "1 fields".into()),
            Row::new(json!({"prompt": "p\n", "chosen": "[c", "rejected": "r {"})),
        ];
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let text = lines(&rows, Row::line);
            assert_eq!(text.lines().count(), rows.len());
            assert_eq!(read::lines(&text).collect::<Vec<_>>(), rows);
            assert_eq!(read::rows("x.jsonl", &text).collect::<Vec<_>>(), rows);
        }
    }
}
