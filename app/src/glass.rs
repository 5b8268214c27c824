//! The loss under glass: a row of the data, what policy and reference find of it, and every number
//! on the way from there to the loss and its gradient.
//!
//! Formulas are said once (`expr`) and computed, differentiated and shown from that. All but
//! [`Glass`] is pure; the numbers it starts from are the engine's.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{FailureKind, InspectedCompletion};

use crate::controller::Controller;
use crate::insight;
use crate::state::Status;

mod against;
mod dual;
mod expr;
mod mathml;
mod measured;
mod methods;
mod pair;
mod plot;
mod reading;
mod reference_free;
mod rollout;
mod row;
mod single;
mod symbol;
mod symbols;

pub use against::Against;
pub use mathml::{definition, numbers, sign, symbols as in_symbols};
pub use methods::{Around, Dials, needs_no_row, read};
pub use plot::{Mark, Plot};
pub use reading::{Formula, Priced, Reading};
pub use row::RowText;
pub use symbol::Symbol;

/// A row as it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Which row of the data, counted from 0.
    pub row: usize,
    /// Steps done by then.
    pub step: u32,
    /// What the reference was.
    pub against: Against,
    /// The row as the engine was given it.
    pub json: String,
    /// The row as text.
    pub text: RowText,
    /// What policy and reference find of it.
    pub completions: Vec<InspectedCompletion>,
}

/// What stays when the page changes; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Glass {
    /// Whether the panel is unfolded.
    pub open: RwSignal<bool>,
    /// The row under glass, counted from 0.
    pub row: RwSignal<usize>,
    /// Whether to look again as training goes on.
    pub follow: RwSignal<bool>,
    /// The last look.
    pub last: RwSignal<Option<Look>>,
    /// Whether a look is under way.
    pub busy: RwSignal<bool>,
    /// Why the last look failed.
    pub error: RwSignal<Option<String>>,
    /// The term that is pointed at.
    pub lit: RwSignal<Option<String>>,
    /// What a person sets.
    pub dials: RwSignal<Dials>,
}

impl Glass {
    /// Nothing looked at yet.
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(true),
            row: RwSignal::new(0),
            follow: RwSignal::new(true),
            last: RwSignal::new(None),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            lit: RwSignal::new(None),
            dials: RwSignal::new(Dials::default()),
        }
    }

    /// Looks at the row under glass; at another one after that, where it changed meanwhile.
    pub fn look(self, controller: Controller) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            loop {
                let row = self.row.get_untracked();
                self.look_at(controller, row).await;
                if self.row.get_untracked() == row {
                    break;
                }
            }
            self.busy.set(false);
        });
    }

    /// Puts another row under glass, so many farther, and looks at it; round at both ends.
    pub fn turn(self, controller: Controller, by: isize) {
        let rows = untrack(|| controller.sheet.len()) as isize;
        if rows > 0 {
            let row = (self.row.get_untracked() as isize + by).rem_euclid(rows);
            self.row.set(row as usize);
            self.look(controller);
        }
    }

    /// Looks again where steps were done since the last look, or the data have another row in its
    /// place. Numbers of a row that is gone don't stay, whether or not it is looked at again.
    pub fn keep_up(self, controller: Controller) {
        let state = controller.state;
        let loading = state.status.get_untracked() == Status::Loading;
        if !self.open.get_untracked() || loading || self.busy.get_untracked() {
            return;
        }
        let rows = untrack(|| controller.sheet.len());
        if self.row.get_untracked() >= rows.max(1) {
            self.row.set(0);
        }
        let looked = self.last.with_untracked(|last| {
            let look = last.as_ref()?;
            let same = controller.sheet.row_json(look.row).as_ref() == Some(&look.json);
            let step = state.step.get_untracked();
            Some((same, look.step != step || look.against != against(controller)))
        });
        let Some((same, behind)) = looked else { return };
        let can_look = rows > 0 && state.model.with_untracked(Option::is_some);
        let follows = self.follow.get_untracked() && can_look;
        if !same && !follows {
            self.last.set(None);
            self.error.set(None);
        } else if follows && (behind || !same) {
            self.look(controller);
        }
    }

    /// Drops the last look where it was at another row than this one.
    fn forget_other(self, json: &str) {
        if self.last.with_untracked(|last| last.as_ref().is_some_and(|look| look.json != json)) {
            self.last.set(None);
        }
    }

    async fn look_at(self, controller: Controller, row: usize) {
        let Some(json) = controller.sheet.row_json(row) else {
            return self.error.set(Some(format!("The data has no row {}.", row + 1)));
        };
        // Before the answer: a step done meanwhile asks for another look.
        let step = controller.state.step.get_untracked();
        let against = against(controller);
        match controller.inspect(json.clone()).await {
            Ok(completions) => {
                self.error.set(None);
                let text = RowText::of(&json);
                self.last.set(Some(Look { row, step, against, json, text, completions }));
            }
            Err(failure) => {
                self.forget_other(&json);
                if failure.kind != FailureKind::Cancelled {
                    // Or it would fail again at each step.
                    self.follow.set(false);
                    let hint = failure.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
                    self.error.set(Some(failure.message + &hint));
                }
            }
        }
    }
}

/// What the engine measures against now.
fn against(controller: Controller) -> Against {
    let state = controller.state;
    if !state.status.get_untracked().is_running() {
        return Against::Came;
    }
    untrack(|| Against::of_run(state.ran.get(), insight::round(state)))
}

#[cfg(test)]
mod testing;
