//! Runs that begin elsewhere than at the form's button: from an experiment's page, from another
//! run's checkpoint, from an address, or where a closed page left off.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Branch, Command, Failure, Method, Reply, RunId};

use super::{Controller, unexpected};
use crate::form::Values;
use crate::route::{Page, Place};
use crate::{methods, records};

impl Controller {
    /// Fills the form, shows the Train page and starts. Changes are `table.key` and value.
    pub fn experiment(self, method: Method, changes: &[(&str, &str)]) {
        let changes = changes.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        let changes: Vec<_> = changes.collect();
        self.route.go(Place::of(Page::Train));
        if self.state.status.get_untracked().is_busy() {
            let message = "Another run is still going on.";
            let failure = Failure::bad_input(message).with_hint("Stop it, then start this one.");
            self.state.error.set(Some(failure));
            return;
        }
        self.while_loading("Reading the data for this method…", async move {
            self.fill(method, &changes).await?;
            self.start_now().await
        });
    }

    /// The run of the first minute: the default method, on what is open.
    pub fn first_run(self) {
        if self.state.status.get_untracked().is_busy() || !untrack(|| self.state.has_all()) {
            return;
        }
        self.while_loading("Getting ready…", async move {
            if self.form.method.get_untracked() != methods::DEFAULT {
                self.fill(methods::DEFAULT, &[]).await?;
            }
            self.start_now().await
        });
    }

    /// Takes over the settings of an address.
    pub(super) fn follow_address(self) {
        let query = self.route.place.with_untracked(|place| place.query.clone());
        let named = query.iter().find(|(key, _)| key == "method");
        if let Some(method) = named.and_then(|(_, name)| methods::by_name(name)) {
            self.form.show(method);
        }
        self.form.change(&query);
        self.route.followed.set(true);
    }

    /// Keeps the address's settings those of the form, while the Train page is shown.
    pub(super) fn keep_address(self) {
        Effect::new(move |_| {
            let values = self.form.values.get();
            if self.route.page() == Page::Train && self.route.followed.get() {
                self.route.note(in_address(&values));
            }
        });
    }

    /// Starts the form's run with the weights of a checkpoint.
    pub fn start_branch(self, from: Branch) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        match self.config() {
            Ok(config) => self.start(config, Some(from)),
            Err(failure) => self.form.wrong.set(Some(failure)),
        }
    }

    /// Goes on with a run that a closed page left at a checkpoint.
    pub fn resume_record(self, run: RunId) {
        let found = self.runs.all.with_untracked(|all| records::find(all, run).cloned());
        let Some(record) = found else { return };
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.route.go(Place::of(Page::Train));
        self.while_loading("Reading what the run left…", async move {
            let (method, config) = (record.config.method, record.config.clone());
            self.fill(method, &[]).await?;
            self.form.adopt(&config);
            self.state.recall(&record);
            self.go_on(record.id, config);
            Ok(())
        });
    }

    /// Removes a run's record and its weights.
    pub fn forget_run(self, run: RunId) {
        self.runs.forget(run);
        spawn_local(async move {
            if let Err(failure) = self.forget_weights(run).await {
                self.tell(failure);
            }
        });
    }

    async fn forget_weights(self, run: RunId) -> Result<(), Failure> {
        match self.call(Command::Forget { run }, &[]).await?.reply {
            Reply::Forgotten => Ok(()),
            other => Err(unexpected(&other)),
        }
    }
}

/// What a link needs to give the same form: the method, where it isn't the first, and changes.
fn in_address(values: &Values) -> Vec<(String, String)> {
    let method = values.method();
    let named = (method != methods::DEFAULT).then(|| ("method".into(), method.name().into()));
    named.into_iter().chain(values.changes()).collect()
}
