//! What the browser's disk didn't take: it is said in words for as long as that is so, and written
//! again soon, for by then there may be room.

use std::collections::BTreeMap;
use std::time::Duration;

use leptos::{ev, prelude::*};
use temper_protocol::RunId;
use wasm_bindgen::JsValue;

use super::{Runs, find};
use crate::js;

/// What the disk didn't take waits for this long.
const AGAIN: Duration = Duration::from_secs(5);

impl Runs {
    /// Writes what the disk didn't take: now and then, when the page is left, and when it is looked
    /// at again.
    pub(super) fn write_again(self) {
        let again = move || {
            let unkept: Vec<RunId> =
                self.unkept.with_untracked(|all| all.keys().copied().collect());
            unkept.into_iter().for_each(|id| self.save(id));
        };
        set_interval(again, AGAIN);
        window_event_listener(ev::visibilitychange, move |_| again());
    }

    /// Notes whether the disk took what there was of a run.
    pub(super) fn note_written(self, id: RunId, written: Result<(), JsValue>) {
        let why = written.err().map(|thrown| js::words(&thrown));
        if self.unkept.with_untracked(|all| all.get(&id) != why.as_ref()) {
            self.unkept.update(|all| note(all, id, why));
        }
    }

    /// Whether the disk has a record of this run, but not its newest.
    pub(super) fn is_behind(self, id: RunId) -> bool {
        self.was_on_disk(id) && self.unkept.with_untracked(|all| all.contains_key(&id))
    }

    /// What isn't kept, in a sentence; none where all is.
    pub fn unkept(self) -> Option<String> {
        let any_kept = self.on_disk.with_value(|known| !known.is_empty());
        self.unkept.with(|unkept| {
            let why = unkept.values().next()?;
            let name = |id| self.all.with(|all| find(all, id).map(|record| record.name.clone()));
            let names: Vec<String> = unkept.keys().copied().filter_map(name).collect();
            Some(told(&names, why, any_kept))
        })
    }
}

fn note(all: &mut BTreeMap<RunId, String>, id: RunId, why: Option<String>) {
    match why {
        Some(why) => _ = all.insert(id, why),
        None => _ = all.remove(&id),
    }
}

/// A run without a name here was forgotten; a disk that never kept anything may not be there.
fn told(names: &[String], why: &str, any_kept: bool) -> String {
    if !any_kept {
        return format!("Runs are remembered only until this page is closed: {why}.");
    }
    let what = match names.is_empty() {
        true => "That a run was forgotten".to_string(),
        false => format!("What is new of {}", names.join(", ")),
    };
    format!("{what} isn't kept yet, and is lost if this page is closed: {why}. It is tried again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_unkept_until_it_is_written() {
        let mut all = BTreeMap::new();
        note(&mut all, 7, Some("no room".into()));
        note(&mut all, 9, Some("no room".into()));
        note(&mut all, 7, Some("no disk".into()));
        note(&mut all, 9, None);
        assert_eq!(all, BTreeMap::from([(7, "no disk".to_string())]));
    }

    #[test]
    fn what_the_disk_did_not_take_is_told_with_the_reason() {
        let names = ["DPO 1", "KTO 1"].map(String::from);
        assert_eq!(
            told(&names, "No room", true),
            "What is new of DPO 1, KTO 1 isn't kept yet, and is lost if this page is closed: No \
             room. It is tried again."
        );
        assert!(told(&[], "No room", true).starts_with("That a run was forgotten isn't kept yet"));
    }

    /// A private window's notice doesn't change with every run, so dismissing it once is enough.
    #[test]
    fn where_nothing_was_ever_kept_no_run_is_named() {
        let names = ["DPO 1".to_string()];
        let told_of = |names: &[String]| told(names, "there is no disk", false);
        assert_eq!(told_of(&names), told_of(&[]));
        assert!(!told_of(&names).contains("DPO 1"));
    }
}
