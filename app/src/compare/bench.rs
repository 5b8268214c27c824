//! What the Compare page remembers, and the one thing that it may be busy with: whoever compares
//! puts weights on the open model, so two can't at once.

use leptos::prelude::*;
use temper_protocol::{Failure, FailureKind};

use super::blind::Match;
use super::slots::Chosen;

/// Which part of the page asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Win rates.
    Wins,
    /// Reward and distance.
    Frontier,
    /// The blind comparison.
    Blind,
}

/// What is going on.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Who asked.
    pub panel: Panel,
    /// In a few words: what is being done.
    pub what: String,
    /// Texts written, judged or measured.
    pub done: u32,
    /// Of how many.
    pub total: u32,
}

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The runs that are looked at.
    pub chosen: RwSignal<Chosen>,
    /// The metric whose curves are drawn.
    pub metric: RwSignal<String>,
    /// What is going on.
    pub work: RwSignal<Option<Work>>,
    /// What went wrong last, and where.
    pub failure: RwSignal<Option<(Panel, Failure)>>,
    /// The last result in words, and where.
    pub result: RwSignal<Option<(Panel, String)>>,
    /// The blind comparison.
    pub blind: RwSignal<Option<Match>>,
    stopped: StoredValue<bool>,
}

impl Bench {
    /// Nothing chosen, nothing going on.
    pub fn new() -> Self {
        Self {
            chosen: RwSignal::new(Chosen::default()),
            metric: RwSignal::new(String::new()),
            work: RwSignal::new(None),
            failure: RwSignal::new(None),
            result: RwSignal::new(None),
            blind: RwSignal::new(None),
            stopped: StoredValue::new(false),
        }
    }

    /// Whether something is going on.
    pub fn is_busy(self) -> bool {
        self.work.with(Option::is_some)
    }

    /// Ends what is going on after the texts that are under way.
    pub fn stop(self) {
        self.stopped.set_value(true);
        self.say("Stopping…");
    }

    /// Whether it shall end.
    pub(super) fn is_stopped(self) -> bool {
        self.stopped.get_value()
    }

    /// Begins, unless something else goes on.
    pub(super) fn begin(self, panel: Panel, total: u32) -> bool {
        if self.work.with_untracked(Option::is_some) {
            return false;
        }
        self.stopped.set_value(false);
        self.failure.set(None);
        self.result.set(None);
        self.work.set(Some(Work { panel, what: "Getting ready…".into(), done: 0, total }));
        true
    }

    /// What is being done now.
    pub(super) fn say(self, what: &str) {
        self.work.update(|work| {
            if let Some(work) = work {
                work.what = what.to_string();
            }
        });
    }

    /// So many more are done.
    pub(super) fn advance(self, count: usize) {
        self.work.update(|work| {
            if let Some(work) = work {
                work.done = work.done.saturating_add(count as u32).min(work.total);
            }
        });
    }

    /// Ends; what was stopped needs no word.
    pub(super) fn end(self, panel: Panel, ended: Result<String, Failure>) {
        self.work.set(None);
        match ended {
            Ok(words) if words.is_empty() => {}
            Ok(words) => self.result.set(Some((panel, words))),
            Err(failure) if failure.kind == FailureKind::Cancelled => {}
            Err(failure) => self.failure.set(Some((panel, failure))),
        }
    }
}
