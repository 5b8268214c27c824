//! Runs and the other tabs of this browser: a run goes on in one tab at a time.

use leptos::prelude::*;
use temper_protocol::{Command, Failure, RunId};

use super::Controller;
use crate::compare::Player;
use crate::engine_client::Answer;
use crate::records::{Outcome, RunRecord, find};
use crate::tabs::Holder;

impl Controller {
    /// Keeps this tab and the others from getting in each other's way.
    pub(super) fn watch_tabs(self) {
        self.runs.listen();
        Effect::new(move |_| self.give_up_run());
        Effect::new(move |_| self.give_up_weights());
    }

    /// A run whose engine died here, and that another tab goes on with or has ended, is that tab's;
    /// one that was forgotten is nobody's.
    fn give_up_run(self) {
        let current = self.runs.current.get();
        if self.state.status.get().is_busy() {
            return;
        }
        let Some(run) = current else { return self.forgo_resume() };
        let holder = self.runs.tabs.holder(run);
        let outcome = self.runs.all.with(|all| find(all, run).map(|record| record.outcome));
        let ended_here = self.state.summary.with_untracked(Option::is_some);
        if outcome.is_some_and(|outcome| is_anothers(holder, outcome, ended_here)) {
            self.runs.current.set(None);
            self.forgo_resume();
            // That it failed is no longer true of it.
            self.settle();
        }
    }

    /// A run's weights go with its record, whichever tab forgets it.
    fn give_up_weights(self) {
        let kept = self.state.kept.get();
        if self.runs.all.with(|all| still_kept(kept, all)) != kept {
            self.state.kept.set(None);
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

/// Whether another tab goes on with a run that this one began, or ended it unseen.
fn is_anothers(holder: Holder, outcome: Outcome, ended_here: bool) -> bool {
    match (holder, outcome) {
        (Holder::Elsewhere, Outcome::Going) => true,
        (Holder::Nobody, Outcome::Done | Outcome::Stopped) => !ended_here,
        _ => false,
    }
}

fn still_kept(kept: Option<RunId>, all: &[RunRecord]) -> Option<RunId> {
    kept.filter(|run| find(all, *run).is_some())
}

#[cfg(test)]
mod tests {
    use temper_protocol::Method;

    use super::*;

    #[test]
    fn weights_are_kept_as_long_as_their_record() {
        let all = [7, 9].map(|id| RunRecord { id, ..RunRecord::empty(Method::Dpo) });
        assert_eq!(still_kept(Some(7), &all), Some(7));
        assert_eq!(still_kept(Some(7), &all[1..]), None);
        assert_eq!(still_kept(None, &all), None);
    }

    #[test]
    fn a_run_that_another_tab_took_or_ended_is_that_tabs() {
        assert!(is_anothers(Holder::Elsewhere, Outcome::Going, false));
        for outcome in [Outcome::Done, Outcome::Stopped] {
            assert!(is_anothers(Holder::Nobody, outcome, false), "{outcome:?}");
            assert!(!is_anothers(Holder::Nobody, outcome, true), "its end was here");
        }
    }

    #[test]
    fn a_run_that_can_go_on_here_stays() {
        for holder in [Holder::Nobody, Holder::Here] {
            assert!(!is_anothers(holder, Outcome::Going, false), "{holder:?}");
            assert!(!is_anothers(holder, Outcome::Failed, false), "{holder:?}");
        }
    }
}
