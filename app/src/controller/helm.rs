//! Steering a run. The engine hears nothing of one that it hasn't begun, so what is asked before
//! that waits.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Action, Command, RunId};

use super::Controller;

/// Whether the engine hears what is asked of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Helm {
    /// It does.
    #[default]
    Heard,
    /// The run's start isn't answered yet; what was asked last waits for it.
    Waiting(Option<Action>),
}

impl Helm {
    /// A run is about to start.
    pub(super) fn wait(&mut self) {
        *self = Self::Waiting(None);
    }

    /// The start is answered: what waited for that.
    pub(super) fn pass(&mut self) -> Option<Action> {
        match std::mem::take(self) {
            Self::Heard => None,
            Self::Waiting(held) => held,
        }
    }

    /// What can be sent at once; else it waits.
    fn ask(&mut self, action: Action) -> Option<Action> {
        match self {
            Self::Heard => Some(action),
            Self::Waiting(held) => {
                *held = Some(action);
                None
            }
        }
    }
}

impl Controller {
    /// Waits after the step that is going on.
    pub fn pause(self) {
        self.act(Action::Pause, "Pausing after this step…");
    }

    /// Ends after the step that is going on; its weights are kept.
    pub fn stop(self) {
        self.act(Action::Stop, "Stopping after this step…");
    }

    pub(super) fn act(self, action: Action, note: &'static str) {
        if !self.state.status.get_untracked().is_running() {
            return;
        }
        self.state.note.set(note.into());
        let run = self.desk.with_value(|desk| desk.run);
        let now = self.desk.try_update_value(|desk| desk.helm.ask(action)).flatten();
        if let Some(action) = now {
            spawn_local(self.send(run, action));
        }
    }

    pub(super) async fn send(self, run: RunId, action: Action) {
        let Err(failure) = self.call(Command::Control { run, action }, &[]).await else { return };
        let is_current = self.desk.with_value(|desk| desk.run) == run;
        // One that ended meanwhile has nothing left to be asked.
        if is_current && self.state.status.get_untracked().is_running() {
            self.state.note.set(String::new());
            self.tell(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_last_before_a_run_has_begun_waits_for_it() {
        let mut helm = Helm::default();
        helm.wait();
        assert_eq!([Action::Pause, Action::Stop].map(|action| helm.ask(action)), [None, None]);
        assert_eq!((helm.pass(), helm.pass()), (Some(Action::Stop), None));
        assert_eq!(helm.ask(Action::Pause), Some(Action::Pause), "it has begun");
    }

    #[test]
    fn what_waited_for_one_run_is_not_asked_of_the_next() {
        let mut helm = Helm::default();
        helm.wait();
        helm.ask(Action::Stop);
        helm.wait();
        assert_eq!(helm.pass(), None);
    }
}
