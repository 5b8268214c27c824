//! Runs and the other tabs of this browser: a run goes on in one tab at a time.

use leptos::prelude::*;
use temper_protocol::{Command, Failure, RunId};

use super::Controller;
use crate::compare::Player;
use crate::engine_client::Answer;
use crate::records::{Outcome, find};
use crate::tabs::Holder;

impl Controller {
    /// Keeps this tab and the others from getting in each other's way.
    pub(super) fn watch_tabs(self) {
        self.runs.listen();
        Effect::new(move |_| self.give_up_run());
    }

    /// A run whose engine died here, and that another tab goes on with, is that tab's; one that
    /// was forgotten is nobody's.
    fn give_up_run(self) {
        let is_busy = self.state.status.get().is_busy();
        let Some(run) = self.runs.current.get() else {
            if !is_busy {
                self.state.checkpoint.set(None);
            }
            return;
        };
        if is_busy || self.runs.tabs.holder(run) != Holder::Elsewhere {
            return;
        }
        let outcome =
            self.runs.all.with_untracked(|all| find(all, run).map(|record| record.outcome));
        if outcome == Some(Outcome::Going) {
            self.runs.current.set(None);
            self.state.checkpoint.set(None);
        }
    }

    /// Takes a run up for this tab, for as long as something is done with it.
    ///
    /// # Errors
    /// Another tab has it.
    pub(super) async fn take_up(self, run: RunId) -> Result<(), Failure> {
        if self.runs.take_up(run).await {
            return Ok(());
        }
        let name = self.runs.all.with_untracked(|all| Player::Run(run).name(all));
        let message = format!("{name} is going on in another tab.");
        Err(Failure::bad_input(message).with_hint("Wait for its end, or stop it there."))
    }

    /// Has the engine start a run, or go on with it, unless another tab has it.
    pub(super) async fn call_held(self, run: RunId, command: Command) -> Result<Answer, Failure> {
        self.take_up(run).await?;
        self.runs.goes_on(run);
        self.call(command, &[]).await
    }
}
