//! The worker may die at any time: another takes its place, gets the same files, and the run can
//! go on from its last checkpoint.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Failure, FailureKind};

use super::Controller;
use crate::state::{State, Status};

const TICK: Duration = Duration::from_secs(1);
/// Silence that the user is told of. A step on the CPU can take this long.
const NOTICE_SECS: f64 = 60.0;
/// Silence after which the engine is taken for dead.
const DEAD_SECS: f64 = 600.0;

impl Controller {
    /// Ends an engine that doesn't answer and starts another.
    pub fn restart_engine(self) {
        self.revive(Failure::new(FailureKind::Cancelled, "The engine was started again."));
    }

    /// Starts another engine after the old one failed; the run can then be resumed.
    pub(super) fn revive(self, failure: Failure) {
        // Until somebody goes on with it, another tab may.
        self.runs.leave(self.desk.with_value(|desk| desk.run));
        let again = self.desk.try_update_value(|desk| std::mem::replace(&mut desk.reviving, true));
        if again == Some(true) {
            return self.fail(failure.with_hint("Reload the page to try again."));
        }
        let before = self.state.status.get_untracked();
        let opened = self.desk.with_value(|desk| desk.opened);
        let ran = before.is_running() || matches!(before, Status::Failed | Status::Done);
        self.state.status.set(Status::Loading);
        self.state.note.set("The engine stopped. Starting another…".into());
        spawn_local(async move {
            let reopened = self.reopen().await;
            self.desk.update_value(|desk| desk.reviving = false);
            match reopened {
                Ok(()) => {
                    self.settle();
                    if ran || !opened {
                        self.state.status.set(Status::Failed);
                    }
                    self.state.error.set(Some(advised(failure, &self.state)));
                }
                Err(other) => self.fail(other),
            }
        });
    }

    /// Neither offers nor promises any more that the run goes on here.
    pub(super) fn forgo_resume(self) {
        let Some(step) = self.state.checkpoint.get_untracked() else { return };
        self.state.checkpoint.set(None);
        self.state.error.update(|error| {
            if let Some(failure) = error {
                take_back(failure, step);
            }
        });
    }

    /// Another engine with the device, model and data that the old one had.
    pub(super) async fn reopen(self) -> Result<(), Failure> {
        self.greet().await?;
        let (model, train, heldout) = self
            .desk
            .with_value(|desk| (desk.model.clone(), desk.train.clone(), desk.heldout.clone()));
        if !model.is_empty() {
            self.send_model(&model).await?;
        }
        if let Some(file) = train {
            self.send_data(Some(&file), false).await?;
        }
        if let Some(file) = heldout {
            self.send_data(Some(&file), true).await?;
        }
        let judge = self.desk.with_value(|desk| desk.judge.clone());
        if !judge.is_empty() {
            self.open_judge(judge).await?;
        }
        Ok(())
    }

    /// Whether the engine has been silent for longer than its steps explain.
    pub fn is_suspiciously_quiet(self) -> bool {
        let quiet_secs = f64::from(self.state.quiet_secs.get());
        let training = self.state.status.get() == Status::Training;
        training && quiet_secs > patience(&self.state, NOTICE_SECS)
    }

    /// Counts seconds without a word while a run goes on. Counting ticks rather than reading a
    /// clock, a computer that slept isn't mistaken for an engine that died.
    pub(super) fn watch_silence(self) {
        let tick = move || {
            if self.state.status.get_untracked() != Status::Training {
                return;
            }
            self.state.quiet_secs.update(|secs| *secs += 1);
            if f64::from(self.state.quiet_secs.get_untracked()) > patience(&self.state, DEAD_SECS) {
                let message = "The engine stopped answering.";
                self.revive(Failure::new(FailureKind::DeviceLost, message));
            }
        };
        set_interval(tick, TICK);
    }
}

/// At least `floor` seconds, more where steps are slow.
fn patience(state: &State, floor: f64) -> f64 {
    floor.max(state.log.with_untracked(|log| log.slowest_secs) * floor / 10.0)
}

fn advised(failure: Failure, state: &State) -> Failure {
    // A run that is over has nothing to go on with.
    let is_over = state.summary.with_untracked(Option::is_some);
    failure.with_hint(hint(state.checkpoint.get_untracked().filter(|_| !is_over)))
}

fn hint(checkpoint: Option<u32>) -> String {
    match checkpoint {
        Some(step) => format!("Resume goes on from step {step}."),
        None => "Another engine is ready; nothing that you opened is lost.".into(),
    }
}

/// Takes back that a run can go on from this step; any other hint stays.
fn take_back(failure: &mut Failure, step: u32) {
    if failure.hint == Some(hint(Some(step))) {
        failure.hint = Some(hint(None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_cannot_go_on_here_any_more_is_promised_no_resume() {
        let died = Failure::new(FailureKind::DeviceLost, "The engine stopped answering.");
        let mut failure = died.clone().with_hint(hint(Some(20)));
        take_back(&mut failure, 20);
        assert_eq!(failure, died.clone().with_hint(hint(None)));
        let other = died.with_hint("Reload the page to try again.");
        failure.clone_from(&other);
        take_back(&mut failure, 20);
        assert_eq!(failure, other);
    }
}
