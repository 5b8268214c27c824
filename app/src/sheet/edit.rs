//! Changes of rows, each of which can be taken back where it loses something.

use leptos::prelude::*;
use temper_protocol::{RowKind, RowProblem};

use super::row::Row;
use super::spelling::{blank, spelled};
use super::{Aside, Draft, Sheet};

impl Sheet {
    /// Puts another row in the place of one; false where that isn't there any more.
    pub fn replace(self, index: usize, before: &Row, row: Row) -> bool {
        let is_there =
            self.rows.with_untracked(|rows| rows.get(index).is_some_and(|it| it.is_same(before)));
        if is_there {
            self.rows.update(|rows| rows[index] = row);
            self.touch();
        }
        is_there
    }

    /// What couldn't be saved, once, where its row is still there.
    pub fn take_unsaved(self) -> Option<(usize, Draft)> {
        let unsaved = self.unsaved.try_update_value(Option::take).flatten();
        unsaved.filter(|(index, draft)| {
            let is_there = |row: &Row| row.is_same(draft.before());
            self.rows.with_untracked(|rows| rows.get(*index).is_some_and(is_there))
        })
    }

    /// Adds a row to be filled in; gives its index.
    pub fn add_blank(self, kind: RowKind) -> usize {
        self.add(vec![blank(kind)]);
        self.rows.with_untracked(Vec::len).saturating_sub(1)
    }

    /// Leaves a row out.
    pub fn leave_out(self, index: usize) {
        if index < self.rows.with_untracked(Vec::len) {
            self.leave_out_where(|at, _| at == index);
        }
    }

    /// Leaves out all rows with a problem.
    pub fn leave_out_troubled(self) {
        self.leave_out_where(|_, row| row.problem.is_some());
    }

    fn leave_out_where(self, is_out: impl Fn(usize, &Row) -> bool) {
        let out = self.rows.try_update(|rows| split(rows, is_out)).unwrap_or_default();
        if !out.is_empty() {
            self.removed.update(|removed| removed.push(out));
            self.touch();
        }
    }

    /// How many rows were left out last.
    pub fn left_out(self) -> usize {
        self.removed.with(|removed| removed.last().map_or(0, Vec::len))
    }

    /// Puts the rows that were left out last back where they were.
    pub fn bring_back(self) {
        let Some(back) = self.removed.try_update(Vec::pop).flatten() else { return };
        self.rows.update(|rows| *rows = merged(std::mem::take(rows), back));
        self.touch();
    }

    /// Puts the edited rows back that other rows took the place of.
    pub fn bring_back_aside(self) {
        let Some(Aside { name, own, rows }) = self.aside.try_update(Option::take).flatten() else {
            return;
        };
        self.put(&name, rows);
        self.own.set(own);
        self.touch();
    }

    /// Notes at the rows what is wrong with them, as the engine found.
    pub fn mark(self, problems: &[RowProblem]) {
        self.rows.update(|rows| {
            clear(rows);
            for problem in problems {
                // Rows are written a line each.
                let index = usize::try_from(problem.line).unwrap_or(0).checked_sub(1);
                let row = index.and_then(|index| rows.get_mut(index));
                // A text that is no JSON wasn't shown to the engine.
                if let Some(row) = row.filter(|row| row.is_json()) {
                    row.problem = Some(problem.message.clone());
                }
            }
        });
    }

    /// How many rows have a problem.
    pub fn troubled(self) -> usize {
        self.rows.with(|rows| rows.iter().filter(|row| row.problem.is_some()).count())
    }

    /// The engine has read the rows as they were at this turn.
    pub fn accept(self, turn: u32) {
        self.refused.set(None);
        self.own_open.set_value(self.own.get_untracked());
        if turn == self.turn() {
            self.changed.set(false);
        }
        if self.rows.with_untracked(|rows| rows.iter().any(|row| row.problem.is_some())) {
            self.rows.update(|rows| clear(rows));
        }
    }
}

/// Appends rows, in the spelling of those that are there.
pub(super) fn extend(rows: &mut Vec<Row>, more: Vec<serde_json::Value>) {
    let as_messages = rows.first().is_some_and(Row::is_in_messages);
    rows.extend(more.into_iter().map(|row| Row::new(spelled(row, as_messages))));
}

/// Forgets what was wrong, but not that a text is no JSON.
fn clear(rows: &mut [Row]) {
    for row in rows.iter_mut().filter(|row| row.is_json()) {
        row.problem = None;
    }
}

/// Takes rows out, with their indices in order.
fn split(rows: &mut Vec<Row>, is_out: impl Fn(usize, &Row) -> bool) -> Vec<(usize, Row)> {
    let all = std::mem::take(rows);
    let mut out = Vec::new();
    for (at, row) in all.into_iter().enumerate() {
        if is_out(at, &row) {
            out.push((at, row));
        } else {
            rows.push(row);
        }
    }
    out
}

/// Puts rows back at the indices they had, given in order.
fn merged(rows: Vec<Row>, back: Vec<(usize, Row)>) -> Vec<Row> {
    let mut all = Vec::with_capacity(rows.len() + back.len());
    let mut back = back.into_iter().peekable();
    for row in rows {
        while let Some((_, missing)) = back.next_if(|(at, _)| *at == all.len()) {
            all.push(missing);
        }
        all.push(row);
    }
    all.extend(back.map(|(_, row)| row));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(names: &[&str]) -> Vec<Row> {
        names.iter().map(|name| Row::new(json!({"prompt": name}))).collect()
    }

    #[test]
    fn rows_that_are_left_out_go_back_where_they_were() {
        let all = rows(&["a", "b", "c", "d", "e"]);
        for mask in 0..32_usize {
            let mut kept = all.clone();
            let out = split(&mut kept, |at, _| (mask >> at) & 1 == 1);
            assert_eq!(kept.len() + out.len(), 5);
            assert_eq!(merged(kept, out), all, "{mask:b}");
        }
    }

    #[test]
    fn rows_go_back_beside_rows_that_came_meanwhile() {
        let mut kept = rows(&["a", "b", "c"]);
        let out = split(&mut kept, |at, _| at == 1);
        kept.extend(rows(&["d"]));
        assert_eq!(merged(kept, out), rows(&["a", "b", "c", "d"]));
    }

    #[test]
    fn new_rows_are_spelled_as_those_that_are_there() {
        let mut all = vec![Row::new(json!({"prompt": [{"role": "user", "content": "a"}]}))];
        extend(&mut all, vec![json!({"prompt": "b"})]);
        assert_eq!(all[1].line(), r#"{"prompt":[{"role":"user","content":"b"}]}"#);
        let mut all = rows(&["a"]);
        extend(&mut all, vec![json!({"prompt": "b"})]);
        assert_eq!(all, rows(&["a", "b"]));
    }
}
