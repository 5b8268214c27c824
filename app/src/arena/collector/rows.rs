//! Where the collected rows go: among the open ones, in their place, or into a file.

use leptos::prelude::*;
use serde_json::Value;

use super::Collector;
use crate::arena::ledger::Ledger;
use crate::arena::row::{self, Kind};
use crate::controller::Controller;

impl Collector {
    /// Whether its rows can stand among the open ones.
    pub fn fits(self, controller: Controller) -> bool {
        fits(controller, self.kind)
    }

    /// The file's name that its rows are kept under.
    pub fn file_name(self) -> &'static str {
        match self.kind {
            Kind::Pairs => "arena.jsonl",
            Kind::Ratings => "ratings.jsonl",
        }
    }

    /// All of its rows, one a line.
    pub fn jsonl(self) -> String {
        self.ledger.with_untracked(|ledger| row::jsonl(&ledger.rows()))
    }

    /// Adds what isn't among the open rows yet.
    pub fn add_waiting(self, controller: Controller) {
        let waiting = self.ledger.with_untracked(Ledger::waiting);
        if !waiting.is_empty() && untrack(|| self.fits(controller)) {
            controller.sheet.add(waiting);
            self.ledger.update(Ledger::mark_added);
        }
    }

    /// Its rows take the place of the open ones.
    pub fn learn_alone(self, controller: Controller) {
        controller.sheet.open(self.file_name().to_string(), &self.jsonl());
        self.ledger.update(Ledger::mark_added);
    }
}

/// Whether rows of a kind can stand among the open ones. A file is of one kind: its first row's.
pub fn fits(controller: Controller, kind: Kind) -> bool {
    let sheet = controller.sheet;
    let rows = sheet.len();
    rows == 0 || sheet.row_json(0).is_some_and(|line| row::kind(&line) == Some(kind))
}

/// Takes the last such row out of the open ones.
pub fn take_back(controller: Controller, row: &Value) {
    let sheet = controller.sheet;
    let wanted = row::plain(row);
    let is_it = |at: &usize| {
        let line = sheet.row_json(*at).and_then(|line| serde_json::from_str::<Value>(&line).ok());
        line.is_some_and(|it| row::plain(&it) == wanted)
    };
    let rows = untrack(|| sheet.len());
    if let Some(at) = (0..rows).rev().find(is_it) {
        sheet.leave_out(at);
    }
}
