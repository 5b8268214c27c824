//! Starting a run, hearing of it, and taking its weights home.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::{
    Action, Branch, Command, Event, Failure, FailureKind, Method, ModelInfo, Reply, RunConfig,
    RunId,
};

use super::{Controller, unexpected};
use crate::download;
use crate::records::{self, Outcome, RewardModel, RunRecord};
use crate::state::Status;

impl Controller {
    /// Starts the run that the form describes.
    pub fn start_from_form(self) {
        if self.state.status.get_untracked().is_busy() || !untrack(|| self.state.has_all()) {
            return;
        }
        self.start_form(None);
    }

    /// The same, or with a checkpoint's weights. What the form has wrong is said first; then rows
    /// that the engine hasn't read are read.
    pub(super) fn start_form(self, from: Option<Branch>) {
        let config = match self.config() {
            Ok(config) => config,
            Err(failure) => return self.form.wrong.set(Some(failure)),
        };
        match [self.sheet, self.heldout].iter().any(|sheet| sheet.is_unread()) {
            true => self.while_loading("Reading the rows…", self.start_now(from)),
            false => self.start(config, from),
        }
    }

    /// Has the engine read the rows that are shown, then starts the form's run on them.
    pub(super) async fn start_now(self, from: Option<Branch>) -> Result<(), Failure> {
        self.commit_sheets().await?;
        self.start(self.config()?, from);
        Ok(())
    }

    /// Goes on: with a paused run, or from the last checkpoint of one that failed.
    pub fn resume(self) {
        if self.state.status.get_untracked() == Status::Paused {
            return self.act(Action::Resume, "");
        }
        if !untrack(|| self.state.can_resume()) {
            return;
        }
        let last = self.desk.with_value(|desk| (desk.run, desk.started.clone()));
        if let (run, Some(config)) = last {
            self.go_on(run, config);
        }
    }

    /// Starts a new run: as the model came, or with a checkpoint's weights.
    pub(super) fn start(self, config: RunConfig, from: Option<Branch>) {
        // Unique among all tabs, for a run's files are kept by its number.
        let run = (js_sys::Math::random() * f64::from(u32::MAX)) as RunId;
        self.runs.begin(self.record(run, &config, from));
        self.launch(run, config, false, from);
    }

    /// Goes on with a run from its last checkpoint.
    pub(super) fn go_on(self, run: RunId, config: RunConfig) {
        self.launch(run, config, true, None);
    }

    fn launch(self, run: RunId, config: RunConfig, resume: bool, from: Option<Branch>) {
        self.desk.update_value(|desk| {
            desk.run = run;
            desk.next_seq = 0;
            desk.started = Some(config.clone());
            desk.helm.wait();
        });
        self.runs.current.set(Some(run));
        self.form.wrong.set(None);
        self.state.begin_run(config.method, planned_steps(&config), resume);
        let command = Command::Start { run, config: Box::new(config), resume, from };
        spawn_local(async move {
            let started = self.call_held(run, command).await;
            let held = self.desk.try_update_value(|desk| desk.helm.pass()).flatten();
            match started {
                // The engine forgets the run before, and takes off what the model wore.
                Ok(_) => {
                    self.state.kept.set(None);
                    self.runs.worn.set(None);
                    if let Some(action) = held {
                        self.send(run, action).await;
                    }
                }
                Err(failure) => {
                    self.fail(failure);
                    match resume {
                        // What couldn't go on now, say without its judge, can go on later.
                        true => self.runs.leave(run),
                        false => self.runs.capture(&self.state),
                    }
                }
            }
        });
    }

    fn record(self, id: RunId, config: &RunConfig, from: Option<Branch>) -> RunRecord {
        let model = untrack(|| self.open_name());
        let name = self.runs.all.with_untracked(|all| records::next_name(all, config.method));
        RunRecord {
            id,
            name,
            began: js_sys::Date::now(),
            config: config.clone(),
            outcome: Outcome::Going,
            model,
            data: config.data.train.clone(),
            from,
            ..RunRecord::empty(config.method)
        }
    }

    /// The repository's or the folder's name where it has one: all folders' files are called the same.
    pub fn open_name(self) -> String {
        let model = self.state.model;
        let of_files = || model.with(|model| model.as_ref().map(|model| model.name.clone()));
        self.hub.opened.get().or_else(of_files).unwrap_or_default()
    }

    /// Whether a record names the open model, by its repository's or folder's name or by that of its
    /// files.
    pub fn has_open(self, model: &str) -> bool {
        let of_files = |open: &Option<ModelInfo>| open.as_ref().is_some_and(|it| it.name == model);
        // Both are read, so that a change of either is followed.
        let (named, by_files) = (self.open_name() == model, self.state.model.with(of_files));
        named || by_files
    }

    /// The reward models that were trained here on the open model, newest first.
    pub fn reward_models(self) -> Vec<RewardModel> {
        let model = self.open_name();
        self.runs.all.with(|all| records::reward_models(all, &model).map(RewardModel::of).collect())
    }

    /// The run of the newest of them.
    pub fn newest_reward_model(self) -> Option<RunId> {
        let model = self.open_name();
        let newest = |all: &Vec<RunRecord>| Some(records::reward_models(all, &model).next()?.id);
        self.runs.all.with(newest)
    }

    pub(super) fn hear_event(self, run: RunId, seq: u32, event: Event) {
        let (current, expected) = self.desk.with_value(|desk| (desk.run, desk.next_seq));
        if run != current {
            return;
        }
        if seq != expected {
            leptos::logging::warn!("event {seq} of run {run} came where {expected} was due");
        }
        self.desk.update_value(|desk| desk.next_seq = seq.wrapping_add(1));
        let lost = match &event {
            Event::Failed(failure) => lost_device(failure).then(|| failure.clone()),
            _ => None,
        };
        if matches!(event, Event::Finished(_)) {
            self.state.kept.set(Some(run));
        }
        self.state.fold(event);
        // It knows itself how often is enough.
        self.runs.capture(&self.state);
        if let Some(failure) = lost {
            self.revive(failure);
        }
    }

    /// Has the browser save the weights of the last run that ended well.
    pub fn download(self) {
        let Some(run) = self.state.kept.get_untracked() else { return };
        self.take_home(run, archive(self.state.ran.get_untracked()).into());
    }

    /// The same with any run's.
    pub fn download_run(self, run: RunId) {
        let named = |record: &RunRecord| {
            let name = record.name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-");
            format!("{name}-{}", archive(record.config.method))
        };
        let archive = self.runs.all.with_untracked(|all| records::find(all, run).map(named));
        self.take_home(run, archive.unwrap_or_default());
    }

    fn take_home(self, run: RunId, archive: String) {
        self.state.note.set("Packing the weights…".into());
        spawn_local(async move {
            if let Err(failure) = self.export(run, &archive).await {
                self.tell(failure);
            }
            self.state.note.set(String::new());
        });
    }

    async fn export(self, run: RunId, archive: &str) -> Result<(), Failure> {
        let answer = self.call(Command::Export { run }, &[]).await?;
        match answer.reply {
            Reply::Files(names) => download::save_archive(archive, &names, &answer.blobs).await,
            other => Err(unexpected(&other)),
        }
    }
}

fn archive(method: Method) -> &'static str {
    match method {
        Method::Reward => "temper-reward-model.zip",
        _ => "temper-adapter.zip",
    }
}

/// Steps in all, until the engine tells.
fn planned_steps(config: &RunConfig) -> u32 {
    let rounds = match config.method {
        Method::Spin => config.spin.as_ref().map(|spin| spin.iterations),
        Method::Sppo => config.sppo.as_ref().map(|sppo| sppo.iterations),
        _ => None,
    };
    config.run_loop.max_steps.unwrap_or(0).saturating_mul(rounds.unwrap_or(1))
}

/// Whether only another engine can go on after this. A `Bug` ends the engine by itself, and a run
/// that would run out of memory hasn't begun.
fn lost_device(failure: &Failure) -> bool {
    failure.kind == FailureKind::DeviceLost
}
