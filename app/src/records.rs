//! The record of every run: settings, curves, samples and how it ended. Each is one file on the
//! browser's own disk for this page, so that runs can be compared after a reload, and gone on with.

mod record;
mod storage;

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::RunId;
use wasm_bindgen::JsValue;

use crate::compare::Bench;
use crate::js;
use crate::state::State;

pub use record::{Measured, Outcome, RunRecord, WinRate, find, next_name};

/// A run that goes on is saved at most this often, milliseconds.
const SAVE_EVERY: f64 = 5000.0;

/// The records' signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Runs {
    /// Newest first. The run that goes on is among them, as it was captured last.
    pub all: RwSignal<Vec<RunRecord>>,
    /// The run that the page's state shows.
    pub current: RwSignal<Option<RunId>>,
    /// Drawn beside it in the Train page's charts.
    pub shown: RwSignal<BTreeSet<RunId>>,
    /// Whose weights the open model wears; `None` is the model as it came.
    pub worn: RwSignal<Option<RunId>>,
    /// What the Compare page remembers and is busy with.
    pub bench: Bench,
    /// Records whose files are to be written, or removed where the record is gone.
    waiting: StoredValue<BTreeSet<RunId>>,
    writing: StoredValue<bool>,
    /// Whether somebody was told that the disk takes nothing.
    told: StoredValue<bool>,
    saved_at: StoredValue<f64>,
}

impl Runs {
    /// No records yet.
    pub fn new() -> Self {
        Self {
            all: RwSignal::new(Vec::new()),
            current: RwSignal::new(None),
            shown: RwSignal::new(BTreeSet::new()),
            worn: RwSignal::new(None),
            bench: Bench::new(),
            waiting: StoredValue::new(BTreeSet::new()),
            writing: StoredValue::new(false),
            told: StoredValue::new(false),
            saved_at: StoredValue::new(0.0),
        }
    }

    /// Reads the records of earlier visits; those that can't be read are passed over.
    pub async fn load(self) {
        match storage::read_all().await {
            Ok(texts) => {
                let read = texts.iter().filter_map(|text| serde_json::from_str(text).ok());
                let read: Vec<RunRecord> = read.collect();
                self.all.update(|all| record::merge(all, read));
            }
            Err(thrown) => self.tell(&thrown),
        }
    }

    /// A run starts, or goes on: then the record of its number is replaced.
    pub fn begin(self, record: RunRecord) {
        let id = record.id;
        self.all.update(|all| record::take_in(all, record));
        self.current.set(Some(id));
        // A run begins with the model as it came.
        self.worn.set(None);
        self.save(id);
    }

    /// Copies what is shown of the current run into its record and saves it: when the run ends or
    /// has a new checkpoint, else now and then.
    pub fn capture(self, state: &State) {
        let Some(id) = self.current.get_untracked() else { return };
        let is_due = self
            .all
            .with_untracked(|all| find(all, id).is_some_and(|record| self.is_due(record, state)));
        if !is_due {
            return;
        }
        self.saved_at.set_value(js_sys::Date::now());
        self.change(id, |record| take(record, state));
        if state.summary.with_untracked(Option::is_some) {
            self.worn.set(Some(id));
        }
    }

    fn is_due(self, record: &RunRecord, state: &State) -> bool {
        let is_new = |step: &u32| !record.checkpoints.contains(step);
        outcome(record, state) != record.outcome
            || state.checkpoint.get_untracked().as_ref().is_some_and(is_new)
            || (record.outcome == Outcome::Going
                && js_sys::Date::now() - self.saved_at.get_value() >= SAVE_EVERY)
    }

    /// Changes a record and saves it.
    pub fn change(self, id: RunId, change: impl FnOnce(&mut RunRecord)) {
        self.all.update(|all| {
            if let Some(record) = all.iter_mut().find(|record| record.id == id) {
                change(record);
            }
        });
        self.save(id);
    }

    /// Removes a record.
    pub fn forget(self, id: RunId) {
        self.all.update(|all| all.retain(|record| record.id != id));
        self.shown.update(|shown| _ = shown.remove(&id));
        self.bench.chosen.update(|chosen| chosen.leave(id));
        for signal in [self.current, self.worn] {
            if signal.get_untracked() == Some(id) {
                signal.set(None);
            }
        }
        self.save(id);
    }

    /// The newest run that a closed page left at a checkpoint.
    pub fn interrupted(self) -> Option<RunRecord> {
        let current = self.current.get();
        let was_left = |record: &&RunRecord| {
            record.outcome == Outcome::Going
                && Some(record.id) != current
                && !record.checkpoints.is_empty()
        };
        self.all.with(|all| all.iter().find(was_left).cloned())
    }

    /// Writes one file after another, each with its record as it is by then.
    fn save(self, id: RunId) {
        self.waiting.update_value(|waiting| _ = waiting.insert(id));
        let busy = self.writing.try_update_value(|writing| std::mem::replace(writing, true));
        if busy != Some(false) {
            return;
        }
        spawn_local(async move {
            while let Some(id) = self.waiting.try_update_value(BTreeSet::pop_first).flatten() {
                if let Err(thrown) = self.write(id).await {
                    self.tell(&thrown);
                }
            }
            self.writing.set_value(false);
        });
    }

    async fn write(self, id: RunId) -> Result<(), JsValue> {
        let text = self.all.with_untracked(|all| find(all, id).map(serde_json::to_string));
        match text {
            Some(Ok(text)) => storage::write(id, &text).await,
            Some(Err(error)) => Err(JsValue::from_str(&error.to_string())),
            None => storage::remove(id).await,
        }
    }

    /// Once: the page goes on without a disk.
    fn tell(self, thrown: &JsValue) {
        let again = self.told.try_update_value(|told| std::mem::replace(told, true));
        if again == Some(false) {
            let why = js::words(thrown);
            leptos::logging::warn!("Runs are remembered until the page is closed: {why}.");
        }
    }
}

fn outcome(record: &RunRecord, state: &State) -> Outcome {
    let stopped = state.summary.with_untracked(|summary| summary.as_ref().map(|it| it.stopped));
    record::outcome(record.outcome, state.status.get_untracked(), stopped)
}

fn take(record: &mut RunRecord, state: &State) {
    record.outcome = outcome(record, state);
    record.log = state.log.get_untracked();
    record.samples = state.samples.get_untracked();
    record.warnings = state.warnings.get_untracked();
    record.summary = state.summary.get_untracked();
    let known = |step: &u32| record.checkpoints.contains(step);
    let step = state.checkpoint.get_untracked().filter(|step| !known(step));
    record.checkpoints.extend(step);
}
