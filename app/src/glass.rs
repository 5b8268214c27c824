//! The loss under glass: a row of the data, what policy and reference find of it, and every number
//! on the way from there to the loss and its gradient.
//!
//! Formulas are said once (`expr`) and computed, differentiated and shown from that. All but
//! [`Glass`] is pure; the numbers it starts from are the engine's.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{FailureKind, InspectedCompletion};

use crate::controller::Controller;
use crate::state::Status;

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

    /// Whether steps were done since the last look, and it is to be repeated.
    pub fn is_behind(self, controller: Controller) -> bool {
        let state = controller.state;
        let step = state.step.get_untracked();
        let behind =
            self.last.with_untracked(|last| last.as_ref().is_some_and(|it| it.step != step));
        let wanted = self.open.get_untracked() && self.follow.get_untracked();
        let loading = state.status.get_untracked() == Status::Loading;
        behind && wanted && !loading && !self.busy.get_untracked()
    }

    async fn look_at(self, controller: Controller, row: usize) {
        let Some(json) = controller.sheet.row_json(row) else {
            return self.error.set(Some(format!("The data has no row {}.", row + 1)));
        };
        // Before the answer: a step done meanwhile asks for another look.
        let step = controller.state.step.get_untracked();
        match controller.inspect(json.clone()).await {
            Ok(completions) => {
                self.error.set(None);
                let text = RowText::of(&json);
                self.last.set(Some(Look { row, step, text, completions }));
            }
            Err(failure) => {
                // Or it would fail again at each step.
                self.follow.set(false);
                if failure.kind != FailureKind::Cancelled {
                    let hint = failure.hint.map(|hint| format!(" {hint}")).unwrap_or_default();
                    self.error.set(Some(failure.message + &hint));
                }
            }
        }
    }
}

#[cfg(test)]
mod testing;
