//! What the tabs of one browser know of each other, for they share the page's disk. While a run
//! goes on in a tab, the tab has a lock of the browser's by the run's number, and by a model's name
//! while it downloads that: the others can see it without asking, and a tab that dies has none.
//! What tabs say to each other only tells when it is worth looking.

mod line;
mod locks;

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use temper_protocol::RunId;

use line::Line;

pub use locks::Lock;

/// What a run's lock is called, before its number.
const RUN: &str = "temper-run-";
/// What a download's lock is called, before its model.
const DOWNLOAD: &str = "temper-download-";
/// The lock of whoever reads records to change them.
const RECORDS: &str = "temper-records";

/// Who has a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// No tab.
    Nobody,
    /// This one.
    Here,
    /// Another one.
    Elsewhere,
}

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Tabs {
    /// Runs that this tab has, or is about to have.
    here: RwSignal<BTreeSet<RunId>>,
    /// Runs that another tab had when this one looked last.
    elsewhere: RwSignal<BTreeSet<RunId>>,
    locks: StoredValue<BTreeMap<RunId, Lock>, LocalStorage>,
    line: StoredValue<Option<Line>, LocalStorage>,
}

impl Tabs {
    /// A tab that has nothing and knows of no other.
    pub fn new() -> Self {
        Self {
            here: RwSignal::new(BTreeSet::new()),
            elsewhere: RwSignal::new(BTreeSet::new()),
            locks: StoredValue::new_local(BTreeMap::new()),
            line: StoredValue::new_local(None),
        }
    }

    /// Has the listener hear of which run another tab has changed something.
    pub fn listen(self, heard: impl Fn(RunId) + 'static) {
        // Without a line, a reload shows what other tabs did.
        self.line.set_value(Line::open(heard).ok());
    }

    /// Tells the other tabs that something of a run has changed: who has it, or its record.
    pub fn tell(self, run: RunId) {
        self.line.with_value(|line| {
            if let Some(line) = line {
                line.tell(run);
            }
        });
    }

    /// Who has a run.
    pub fn holder(self, run: RunId) -> Holder {
        // Both are read, so that a change of either is followed.
        let here = self.here.with(|here| here.contains(&run));
        let elsewhere = self.elsewhere.with(|elsewhere| elsewhere.contains(&run));
        match (here, elsewhere) {
            (true, _) => Holder::Here,
            (false, true) => Holder::Elsewhere,
            (false, false) => Holder::Nobody,
        }
    }

    /// Whether this tab has it.
    pub fn holds(self, run: RunId) -> bool {
        self.here.with_untracked(|here| here.contains(&run))
    }

    /// Whether another tab had any run when this one looked last.
    pub fn any_elsewhere(self) -> bool {
        self.elsewhere.with_untracked(|elsewhere| !elsewhere.is_empty())
    }

    /// Takes a run for this tab, until it lets go or dies; whether no other tab has it.
    pub async fn hold(self, run: RunId) -> bool {
        self.here.update(|here| _ = here.insert(run));
        match locks::take(&name(run)).await {
            Ok(Some(lock)) => {
                // A lock that nobody waits for any more is dropped, and free.
                if self.holds(run) {
                    self.locks.update_value(|locks| _ = locks.insert(run, lock));
                }
                true
            }
            Ok(None) => {
                self.here.update(|here| _ = here.remove(&run));
                self.look().await;
                false
            }
            // Where there are no locks, there is no disk that tabs could share.
            Err(_) => true,
        }
    }

    /// Lets other tabs have a run.
    pub fn let_go(self, run: RunId) {
        if !self.holds(run) {
            return;
        }
        self.locks.update_value(|locks| _ = locks.remove(&run));
        self.here.update(|here| _ = here.remove(&run));
        self.tell(run);
    }

    /// Looks which runs other tabs have; those that none has any more.
    pub async fn look(self) -> Vec<RunId> {
        // What this tab lets go of meanwhile may still be in the answer.
        let mut mine = self.here.get_untracked();
        let Ok(names) = locks::names().await else { return Vec::new() };
        mine.append(&mut self.here.get_untracked());
        let (before, now) = (self.elsewhere.get_untracked(), others(&names, &mine));
        let free = before.difference(&now).copied().collect();
        if before != now {
            self.elsewhere.set(now);
        }
        free
    }

    /// Waits until no other tab reads records to change them; dropped, it is the next one's turn.
    pub async fn turn() -> Option<Lock> {
        locks::wait(RECORDS).await.ok().flatten()
    }

    /// Takes the files that are kept of a model for this tab, until the lock is dropped; none where
    /// another tab has them.
    pub async fn download(model: &str) -> Option<Lock> {
        // Where there are no locks, there is no disk that tabs could share.
        let taken = locks::take(&format!("{DOWNLOAD}{model}")).await;
        taken.unwrap_or_else(|_| Some(Lock::default()))
    }
}

fn name(run: RunId) -> String {
    format!("{RUN}{run}")
}

/// The runs among the names of locks that aren't this tab's.
fn others(names: &[String], mine: &BTreeSet<RunId>) -> BTreeSet<RunId> {
    let runs = names.iter().filter_map(|name| name.strip_prefix(RUN)?.parse().ok());
    runs.filter(|run| !mine.contains(run)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_other_tabs_are_told_by_their_names() {
        let download = format!("{DOWNLOAD}owner/name/8");
        let names =
            [name(7), name(4_000_000_000), RECORDS.into(), name(9), format!("{RUN}x"), download];
        let mine = BTreeSet::from([9, 11]);
        assert_eq!(others(&names, &mine), BTreeSet::from([7, 4_000_000_000]));
        assert_eq!(others(&[], &mine), BTreeSet::new());
    }
}
