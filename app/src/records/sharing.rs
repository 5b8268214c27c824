//! Records on a disk that several tabs read and write. Whoever writes one reads it first, with no
//! other tab in between, and then tells the others to read it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::RunId;
use wasm_bindgen::JsValue;

use super::change::united;
use super::{Change, Outcome, RunRecord, Runs, find, record, storage};
use crate::js;
use crate::tabs::Tabs;

/// How often a tab looks whether another one still has its run: one that dies says nothing.
const TICK: Duration = Duration::from_secs(1);

impl Runs {
    /// Follows what other tabs do.
    pub fn listen(self) {
        self.tabs.listen(move |run| {
            spawn_local(async move {
                self.look().await;
                self.hear(run).await;
            });
        });
        let look = move || {
            if self.tabs.any_elsewhere() {
                spawn_local(self.look());
            }
        };
        set_interval(look, TICK);
        self.write_again();
    }

    /// Reads the records of earlier visits and of other tabs; those that can't be read are passed
    /// over.
    pub async fn load(self) {
        self.tabs.look().await;
        match storage::read_all().await {
            Ok(texts) => {
                let read = texts.iter().filter_map(|text| serde_json::from_str(text).ok());
                let read: Vec<RunRecord> = read.collect();
                let ids = read.iter().map(|record| record.id);
                self.on_disk.update_value(|known| known.extend(ids));
                self.all.update(|all| record::merge(all, read));
            }
            // What can't be written either is told of in the page.
            Err(thrown) => {
                leptos::logging::warn!("Earlier runs can't be read: {}.", js::words(&thrown));
            }
        }
    }

    /// Takes a run up for this tab, with all that another tab wrote of it; whether no other has it.
    pub async fn take_up(self, id: RunId) -> bool {
        self.leaving.update_value(|leaving| _ = leaving.remove(&id));
        if self.tabs.holds(id) {
            return true;
        }
        let is_mine = self.tabs.hold(id).await;
        // Of a new run there is nothing to read, and nothing to wait for.
        if is_mine && self.was_on_disk(id) {
            self.reread(id).await;
        }
        is_mine
    }

    /// Notes that a run that this tab has taken up goes on from now.
    pub fn goes_on(self, id: RunId) {
        if self.is_over(id) {
            self.edit(id, |record| record.outcome = Outcome::Going);
            self.save(id);
        }
        self.tabs.tell(id);
    }

    /// Lets other tabs have a run once its record is written.
    pub fn leave(self, id: RunId) {
        if self.tabs.holds(id) {
            self.leaving.update_value(|leaving| _ = leaving.insert(id));
            self.save(id);
        }
    }

    /// Writes one file after another, each with its record as it is by then.
    pub(super) fn save(self, id: RunId) {
        self.waiting.update_value(|waiting| _ = waiting.insert(id));
        let busy = self.writing.try_update_value(|writing| std::mem::replace(writing, true));
        if busy != Some(false) {
            return;
        }
        spawn_local(async move {
            while let Some(id) = self.waiting.with_value(|waiting| waiting.first().copied()) {
                let written = self.write(id).await;
                self.note_written(id, written);
                self.let_go(id);
            }
            self.writing.set_value(false);
        });
    }

    /// Lets go of a run that is to be left, now that nothing of it waits any more. One whose last
    /// steps the disk didn't take stays this tab's: what another one has is taken from the disk.
    fn let_go(self, id: RunId) {
        let is_left = self.leaving.with_value(|leaving| leaving.contains(&id));
        if is_left && !self.is_waiting(id) && !self.is_behind(id) {
            self.leaving.update_value(|leaving| _ = leaving.remove(&id));
            self.tabs.let_go(id);
        }
    }

    fn is_waiting(self, id: RunId) -> bool {
        self.waiting.with_value(|waiting| waiting.contains(&id))
    }

    async fn write(self, id: RunId) -> Result<(), JsValue> {
        let _turn = Tabs::turn().await;
        let disk = storage::read(id).await;
        // From here to the writing nothing waits, so nothing changes in between.
        self.waiting.update_value(|waiting| _ = waiting.remove(&id));
        let Some(mine) = self.all.with_untracked(|all| find(all, id).cloned()) else {
            storage::remove(id).await?;
            self.on_disk.update_value(|known| _ = known.remove(&id));
            self.tabs.tell(id);
            return Ok(());
        };
        let disk = disk?;
        if disk.is_none() && self.is_gone(id) {
            self.leave_out(id);
            return Ok(());
        }
        let changes = self.take_changes(id);
        let united = united(mine, &disk.unwrap_or_default(), self.tabs.holds(id), &changes);
        let written = self.put(united, id).await;
        if written.is_err() {
            // They are still to be written, when it is tried again.
            let again = changes.into_iter().map(|change| (id, change));
            self.changes.update_value(|all| all.splice(0..0, again).for_each(drop));
        }
        written
    }

    /// Shows a record and writes it.
    async fn put(self, record: RunRecord, id: RunId) -> Result<(), JsValue> {
        let text = serde_json::to_string(&record);
        self.show(record);
        let text = text.map_err(|error| JsValue::from_str(&error.to_string()))?;
        storage::write(id, &text).await?;
        self.on_disk.update_value(|known| _ = known.insert(id));
        self.tabs.tell(id);
        Ok(())
    }

    fn take_changes(self, id: RunId) -> Vec<Change> {
        let take = |all: &mut Vec<(RunId, Change)>| {
            all.extract_if(.., |(of, _)| *of == id).map(|(_, change)| change).collect()
        };
        self.changes.try_update_value(take).unwrap_or_default()
    }

    /// Whether a run whose file isn't there was forgotten by another tab: it was there before.
    fn is_gone(self, id: RunId) -> bool {
        !self.tabs.holds(id) && self.was_on_disk(id)
    }

    pub(super) fn was_on_disk(self, id: RunId) -> bool {
        self.on_disk.with_value(|known| known.contains(&id))
    }

    /// Looks who has what; what nobody has any more is read as it was left.
    async fn look(self) {
        for run in self.tabs.look().await {
            self.hear(run).await;
        }
    }

    /// Another tab has changed something of a run. Of one that this tab has, this tab knows best.
    async fn hear(self, run: RunId) {
        if !self.tabs.holds(run) {
            self.reread(run).await;
        }
    }

    /// Takes over a run's record from the disk, unless what is here is still to be written.
    async fn reread(self, id: RunId) {
        let _turn = Tabs::turn().await;
        let disk = storage::read(id).await;
        if self.is_waiting(id) {
            return;
        }
        match disk {
            Ok(Some(text)) => {
                if let Ok(mut record) = serde_json::from_str::<RunRecord>(&text) {
                    self.on_disk.update_value(|known| _ = known.insert(id));
                    self.changes.with_value(|all| add(all, &mut record));
                    self.show(record);
                }
            }
            // Forgotten by another tab, maybe just before this one took it up.
            Ok(None) if self.was_on_disk(id) => self.leave_out(id),
            // A disk that can't be read now says nothing of what is on it.
            Ok(None) | Err(_) => {}
        }
    }

    /// Puts a record among those that are shown.
    fn show(self, record: RunRecord) {
        let is_new = self.all.with_untracked(|all| find(all, record.id) != Some(&record));
        if is_new {
            self.all.update(|all| record::replace(all, record));
        }
    }

    /// Takes a run out of all that shows it.
    pub(super) fn leave_out(self, id: RunId) {
        self.on_disk.update_value(|known| _ = known.remove(&id));
        self.changes.update_value(|all| all.retain(|(of, _)| *of != id));
        self.all.update(|all| all.retain(|record| record.id != id));
        self.shown.update(|shown| _ = shown.remove(&id));
        self.bench.chosen.update(|chosen| chosen.leave(id));
        for signal in [self.current, self.worn] {
            if signal.get_untracked() == Some(id) {
                signal.set(None);
            }
        }
    }
}

/// Adds what the disk hasn't taken yet to a record that was read from it.
fn add(changes: &[(RunId, Change)], record: &mut RunRecord) {
    let run = record.id;
    for (_, change) in changes.iter().filter(|(id, _)| *id == run) {
        change.apply(record);
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;

    #[test]
    fn a_name_that_is_still_to_be_written_survives_another_tabs_writing() {
        let mut record = RunRecord { id: 7, name: "DPO 1".into(), ..RunRecord::empty(Method::Dpo) };
        let changes = [(7, "mine"), (9, "another's")];
        let changes = changes.map(|(id, name)| (id, Change::Name(name.into())));
        add(&changes, &mut record);
        assert_eq!(record.name, "mine");
    }
}
