//! Runs that begin elsewhere than at the form's button: from an experiment's page, from another
//! run's checkpoint, or where a closed page left off.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{Branch, Command, DataReport, Failure, Method, Reply, RunId};

use super::{Controller, unexpected};
use crate::form::Values;
use crate::records::{Outcome, RunRecord};
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
            self.fill(Values::with(method, &changes)).await?;
            self.start_now(None).await
        });
    }

    /// The run of the first minute: the default method, on what is open.
    pub fn first_run(self) {
        if self.state.status.get_untracked().is_busy() || !untrack(|| self.state.has_all()) {
            return;
        }
        let is_default = self.form.method.get_untracked() == methods::DEFAULT;
        if is_default && let Err(failure) = self.config() {
            // It is said, and mended, where the fields are.
            self.route.go(Place::of(Page::Train));
            return self.form.wrong.set(Some(failure));
        }
        self.while_loading("Getting ready…", async move {
            if !is_default {
                self.fill(Values::of(methods::DEFAULT)).await?;
            }
            self.start_now(None).await
        });
    }

    /// Starts the form's run with the weights of a checkpoint.
    pub fn start_branch(self, from: Branch) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.start_form(Some(from));
    }

    /// Goes on with a run that a closed page left at a checkpoint.
    pub fn resume_record(self, run: RunId) {
        if self.state.status.get_untracked().is_busy() {
            return;
        }
        self.route.go(Place::of(Page::Train));
        self.while_loading("Reading what the run left…", async move {
            self.take_up(run).await?;
            let resumed = self.resume_held(run).await;
            if resumed.is_err() {
                self.runs.leave(run);
            }
            resumed
        });
    }

    /// What must be opened before a run can go on, in words.
    pub fn missing_for(self, record: &RunRecord) -> Vec<String> {
        let rows = |report: &Option<DataReport>| {
            report.as_ref().is_some_and(|report| report.file == record.data)
        };
        let missing = [
            (!self.has_open(&record.model)).then(|| format!("the model {}", record.model)),
            (!self.state.train.with(rows)).then(|| format!("the rows of {}", record.data)),
        ];
        missing.into_iter().flatten().collect()
    }

    /// The same with a run that no other tab can take up meanwhile.
    async fn resume_held(self, run: RunId) -> Result<(), Failure> {
        let found = self.runs.all.with_untracked(|all| records::find(all, run).cloned());
        let left = found.filter(|record| record.outcome == Outcome::Going);
        let Some(record) = left else {
            return Err(Failure::bad_input("Another tab has ended this run, or removed it."));
        };
        self.fill(Values::of(record.config.method)).await?;
        self.form.adopt(&record.config);
        self.state.recall(&record);
        self.go_on(run, record.config);
        Ok(())
    }

    /// Removes a run's record and its weights.
    pub fn forget_run(self, run: RunId) {
        spawn_local(async move {
            if let Err(failure) = self.forget(run).await {
                self.tell(failure);
            }
        });
    }

    async fn forget(self, run: RunId) -> Result<(), Failure> {
        let needing = |all: &Vec<_>| records::needing(all, run).map(|record| record.name.clone());
        if let Some(name) = self.runs.all.with_untracked(needing) {
            let message = format!("{name} isn't over and is scored by this reward model.");
            return Err(Failure::bad_input(message)
                .with_hint("Go on with it to its end, or remove it first."));
        }
        self.take_up(run).await?;
        self.runs.forget(run);
        let forgotten = self.forget_weights(run).await;
        // Only once its record is gone too may another tab look at it.
        self.runs.leave(run);
        forgotten
    }

    async fn forget_weights(self, run: RunId) -> Result<(), Failure> {
        match self.call(Command::Forget { run }, &[]).await?.reply {
            Reply::Forgotten => Ok(()),
            other => Err(unexpected(&other)),
        }
    }
}
