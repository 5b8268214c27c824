//! The rows of a data file as the page holds and edits them. The engine reads them as a file
//! again before a run: see `controller/sheets.rs`.
//!
//! Rows stay the JSON that they came as, in any spelling that the engine reads; what isn't JSON
//! stays as text, to be repaired.

mod cell;
mod decode;
mod disk;
mod draft;
mod edit;
mod finder;
mod keep;
mod parquet;
mod pause;
mod read;
mod remarks;
mod row;
mod spelling;
mod stats;
mod table;
mod told;
mod write;

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use temper_protocol::Failure;
use web_sys::File;

use finder::Finder;
use pause::Pause;
use stats::{MEASURED, Stats, Tally};

pub use cell::{Field, Shape};
pub use disk::text;
pub use draft::{Draft, Parts};
pub use remarks::{Fact, facts};
pub use row::Row;
pub use spelling::spelled;
pub use table::is_table;

/// One file's rows; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// The file's name.
    pub name: RwSignal<String>,
    /// All rows.
    pub rows: RwSignal<Vec<Row>>,
    /// Edited since the engine last read it.
    pub changed: RwSignal<bool>,
    /// Whether the rows came from a file of the user's.
    pub own: RwSignal<bool>,
    /// Whether they were edited on an earlier visit.
    pub recalled: RwSignal<bool>,
    /// Why the engine can't read them: it still holds the rows from before.
    pub refused: RwSignal<Option<Failure>>,
    /// Why the browser can't keep the edits.
    pub unkept: RwSignal<Option<String>>,
    /// Whether something is typed over a row that isn't saved yet.
    pub typing: StoredValue<bool>,
    /// What was typed over a row and couldn't be saved, when the table was left.
    pub unsaved: StoredValue<Option<(usize, Draft)>>,
    /// Edited rows that others took the place of.
    pub aside: RwSignal<Option<Aside>>,
    /// What the rows are like, once that was counted.
    pub stats: RwSignal<Option<Stats>>,
    /// The rows that are looked for.
    pub finder: Finder,
    /// Rows that were left out, with their indices, last one last.
    removed: RwSignal<Vec<Vec<(usize, Row)>>>,
    /// Whether they differ from the file that was opened.
    edited: RwSignal<bool>,
    /// Of what the engine holds, what `own` says of the rows.
    own_open: StoredValue<bool>,
    /// Where edits are kept.
    shelf: StoredValue<Option<&'static str>>,
    /// The page's own rows.
    home: StoredValue<Option<File>, LocalStorage>,
    has_home: RwSignal<bool>,
    /// Another number for every change of the rows.
    turn: StoredValue<u32>,
    /// The change that was kept last.
    kept_turn: StoredValue<u32>,
    /// Whether rows are being kept.
    keeping: StoredValue<bool>,
    /// When the kept file was written that this tab knows of, milliseconds since 1970.
    kept_at: StoredValue<f64>,
}

/// Rows that were put aside.
#[derive(Clone, Debug)]
pub struct Aside {
    /// Their file's name.
    pub name: String,
    /// Whether it was the user's.
    pub own: bool,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Sheet {
    /// A sheet without rows.
    pub fn new() -> Self {
        Self {
            name: RwSignal::new(String::new()),
            rows: RwSignal::new(Vec::new()),
            changed: RwSignal::new(false),
            own: RwSignal::new(false),
            recalled: RwSignal::new(false),
            refused: RwSignal::new(None),
            unkept: RwSignal::new(None),
            typing: StoredValue::new(false),
            unsaved: StoredValue::new(None),
            aside: RwSignal::new(None),
            stats: RwSignal::new(None),
            finder: Finder::new(),
            removed: RwSignal::new(Vec::new()),
            edited: RwSignal::new(false),
            own_open: StoredValue::new(false),
            shelf: StoredValue::new(None),
            home: StoredValue::new_local(None),
            has_home: RwSignal::new(false),
            turn: StoredValue::new(0),
            kept_turn: StoredValue::new(0),
            keeping: StoredValue::new(false),
            kept_at: StoredValue::new(0.0),
        }
    }

    /// Prompt, chosen and rejected of all rows that are pairs, as text.
    pub fn pairs(self) -> Vec<[String; 3]> {
        self.rows.with_untracked(|rows| rows.iter().filter_map(Row::pair).collect())
    }

    /// Distinct prompts in their order, as text.
    pub fn prompts(self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        self.rows.with_untracked(|rows| {
            let prompts = rows.iter().filter_map(Row::prompt);
            prompts.filter(|prompt| seen.insert(prompt.clone())).collect()
        })
    }

    /// How many rows there are.
    pub fn len(self) -> usize {
        self.rows.with(Vec::len)
    }

    /// One row as its JSON line; what is no JSON as it is.
    pub fn row_json(self, index: usize) -> Option<String> {
        self.rows.with_untracked(|rows| rows.get(index).map(Row::shown))
    }

    /// Appends rows, in the spelling of those that are there: where these are messages, texts
    /// become messages.
    pub fn add(self, rows: Vec<Value>) {
        if rows.is_empty() {
            return;
        }
        self.rows.update(|all| edit::extend(all, rows));
        self.touch();
    }

    /// Replaces all rows by a file's text: JSON lines, a JSON array, or CSV.
    pub fn open(self, name: String, text: &str) {
        self.put(&name, read::rows(&name, text).collect());
        self.touch();
    }

    /// The same for a file that the engine is about to read, with pauses in which the page draws.
    pub async fn fill(self, name: &str, text: &str) {
        self.take_in(name, read::rows(name, text)).await;
    }

    /// The same for lines that the page wrote: their format is known, not guessed.
    async fn refill(self, lines: &str) {
        self.take_in("", read::lines(lines)).await;
    }

    async fn take_in(self, name: &str, from: impl Iterator<Item = Row>) {
        let mut rows = Vec::new();
        let mut pause = Pause::new();
        for row in from {
            rows.push(row);
            pause.when_due().await;
        }
        self.put(name, rows);
    }

    /// Without rows, and with nothing to keep.
    pub fn clear(self) {
        self.put("", Vec::new());
        self.own.set(false);
        self.forget_kept();
    }

    /// Puts other rows in; edited ones are put aside.
    fn put(self, name: &str, rows: Vec<Row>) {
        let before = self.rows.try_update(|all| std::mem::replace(all, rows));
        let before = before.filter(|rows| self.edited.get_untracked() && !rows.is_empty());
        if let Some(rows) = before {
            let (name, own) = (self.name.get_untracked(), self.own.get_untracked());
            self.aside.set(Some(Aside { name, own, rows }));
        }
        self.name.set(name.to_string());
        self.removed.set(Vec::new());
        self.finder.reset();
        self.refused.set(None);
        for flag in [self.edited, self.changed, self.recalled] {
            flag.set(false);
        }
        self.next_turn();
    }

    /// Counts what the rows are like, in portions; a change of the rows ends it.
    pub fn measure(self) {
        let turn = self.turn();
        spawn_local(async move {
            let mut tally = Tally::default();
            let mut pause = Pause::new();
            let rows = self.rows.with_untracked(Vec::len);
            for at in 0..rows.min(MEASURED) {
                self.rows.with_untracked(|rows| {
                    if let Some(row) = rows.get(at) {
                        tally.add(row);
                    }
                });
                pause.when_due().await;
                if turn != self.turn() {
                    return;
                }
            }
            self.stats.set((rows > 0).then(|| tally.stats(rows)));
        });
    }

    /// Whether what the engine holds came from a file of the user's.
    pub fn is_own_open(self) -> bool {
        self.own_open.get_value()
    }

    /// Whether the engine holds other rows than these: they were edited since, or refused.
    pub fn is_unread(self) -> bool {
        self.changed.get_untracked() || self.refused.with_untracked(Option::is_some)
    }

    /// The number of the rows' last change.
    pub fn turn(self) -> u32 {
        self.turn.get_value()
    }

    fn next_turn(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
    }

    /// The rows were edited.
    fn touch(self) {
        self.next_turn();
        self.changed.set(true);
        self.edited.set(true);
        self.keep_soon();
    }
}
