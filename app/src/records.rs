//! The record of every run: settings, curves, samples and how it ended. Each is one file on the
//! browser's own disk for this page, so that runs can be compared after a reload, and gone on with.

mod change;
mod record;
mod reward_models;
mod sharing;
mod standing;
mod storage;
mod unkept;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use temper_protocol::RunId;

use crate::compare::Bench;
use crate::state::{State, Status};
use crate::tabs::Tabs;

pub use change::Change;
pub use record::{Measured, Outcome, RunRecord, WinRate, find, next_name};
pub use reward_models::{RewardModel, needing, reward_models};
pub use standing::Standing;

/// A run that goes on is saved at most this often, milliseconds.
const SAVE_EVERY: f64 = 5000.0;
/// The longer its log, the longer it takes to write, and the less often it is: milliseconds a line.
const SAVE_EVERY_LINE: f64 = 20.0;

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
    /// Which tab has which run.
    pub tabs: Tabs,
    /// Records whose files are to be written, or removed where the record is gone.
    waiting: StoredValue<BTreeSet<RunId>>,
    writing: StoredValue<bool>,
    /// What was added to records and isn't on the disk yet.
    changes: StoredValue<Vec<(RunId, Change)>>,
    /// Runs whose records have a file, as far as this tab knows.
    on_disk: StoredValue<BTreeSet<RunId>>,
    /// Runs that are let go of once their records are written.
    leaving: StoredValue<BTreeSet<RunId>>,
    /// Runs of which the disk didn't take what is new, and why.
    unkept: RwSignal<BTreeMap<RunId, String>>,
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
            tabs: Tabs::new(),
            waiting: StoredValue::new(BTreeSet::new()),
            writing: StoredValue::new(false),
            changes: StoredValue::new(Vec::new()),
            on_disk: StoredValue::new(BTreeSet::new()),
            leaving: StoredValue::new(BTreeSet::new()),
            unkept: RwSignal::new(BTreeMap::new()),
            saved_at: StoredValue::new(0.0),
        }
    }

    /// A run starts, or goes on: then the record of its number is replaced.
    pub fn begin(self, record: RunRecord) {
        let id = record.id;
        self.all.update(|all| record::take_in(all, record));
        self.current.set(Some(id));
        self.save(id);
    }

    /// Copies what is shown of the current run into its record and saves it: when the run ends,
    /// pauses or has a new checkpoint, else now and then.
    pub fn capture(self, state: &State) {
        let Some(id) = self.current.get_untracked() else { return };
        let is_due = self
            .all
            .with_untracked(|all| find(all, id).is_some_and(|record| self.is_due(record, state)));
        if is_due {
            self.capture_now(state);
        }
    }

    /// The same, due or not. A run that this tab doesn't have is another's.
    pub fn capture_now(self, state: &State) {
        let Some(id) = self.current.get_untracked().filter(|id| self.tabs.holds(*id)) else {
            return;
        };
        state.flush();
        self.saved_at.set_value(js_sys::Date::now());
        self.edit(id, |record| take(record, state));
        match self.is_over(id) {
            true => self.leave(id),
            false => self.save(id),
        }
        if state.summary.with_untracked(Option::is_some) {
            self.worn.set(Some(id));
        }
    }

    fn is_due(self, record: &RunRecord, state: &State) -> bool {
        let is_new = |step: &u32| !record.checkpoints.contains(step);
        let lines = state.log.with_untracked(|log| log.lines().len());
        let every = SAVE_EVERY.max(lines as f64 * SAVE_EVERY_LINE);
        outcome(record, state) != record.outcome
            || state.checkpoint.get_untracked().as_ref().is_some_and(is_new)
            // Until it goes on nothing comes of it: its record is whole.
            || state.status.get_untracked() == Status::Paused
            || (record.outcome == Outcome::Going
                && js_sys::Date::now() - self.saved_at.get_value() >= every)
    }

    /// Adds something to any run's record and saves it.
    pub fn change(self, id: RunId, change: Change) {
        self.edit(id, |record| change.apply(record));
        self.changes.update_value(|all| all.push((id, change)));
        self.save(id);
    }

    fn is_over(self, id: RunId) -> bool {
        let is_over = |record: &RunRecord| record.outcome != Outcome::Going;
        self.all.with_untracked(|all| find(all, id).is_some_and(is_over))
    }

    fn edit(self, id: RunId, edit: impl FnOnce(&mut RunRecord)) {
        self.all.update(|all| {
            if let Some(record) = all.iter_mut().find(|record| record.id == id) {
                edit(record);
            }
        });
    }

    /// Removes a record.
    pub fn forget(self, id: RunId) {
        self.leave_out(id);
        self.save(id);
    }

    /// How a run stands whose record says this.
    pub fn standing(self, id: RunId, outcome: Outcome) -> Standing {
        standing::standing(outcome, self.tabs.holder(id))
    }

    /// The newest run that a closed page left at a checkpoint, no other tab has taken up, and isn't
    /// one of these.
    pub fn interrupted(self, but: &BTreeSet<RunId>) -> Option<RunRecord> {
        let was_left = |record: &&RunRecord| self.can_go_on(record) && !but.contains(&record.id);
        self.all.with(|all| all.iter().find(was_left).cloned())
    }

    /// Whether a run was left at a checkpoint and can be taken up here.
    pub fn can_go_on(self, record: &RunRecord) -> bool {
        self.standing(record.id, record.outcome) == Standing::Interrupted
            && Some(record.id) != self.current.get()
            && !record.checkpoints.is_empty()
    }

    /// The names of the runs that go on in other tabs, newest first.
    pub fn elsewhere(self) -> Vec<String> {
        let is_there =
            |record: &&RunRecord| self.standing(record.id, record.outcome) == Standing::Elsewhere;
        self.all.with(|all| all.iter().filter(is_there).map(|record| record.name.clone()).collect())
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

#[cfg(test)]
mod tests {
    use temper_protocol::{Event, Method};

    use super::*;

    #[test]
    fn a_paused_run_is_captured_at_once() {
        Owner::new().with(|| {
            let (runs, state) = (Runs::new(), State::new(Method::Dpo));
            state.fold(Event::Paused { step: 7 });
            assert!(runs.is_due(&RunRecord::empty(Method::Dpo), &state));
        });
    }
}
