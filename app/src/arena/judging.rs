//! Somebody else says which of two answers is better: a rule, or a second model.
//!
//! It asks a few comparisons at a time, so that the page stays in hand, a stop comes soon, and
//! what was judged before a failure is kept.

mod comparing;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use temper_protocol::{Failure, ModelInfo, Preference, Referee};
use web_sys::File;

use super::collector::fits;
use super::judged::{Judged, Making, rows};
use super::report::{Report, decides};
use super::row::{self, Kind};
use super::sampling::Sampling;
use crate::controller::Controller;
use crate::words;

/// The rows' file.
const FILE: &str = "judged.jsonl";

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The open pairs, whose labels are known.
    Open,
    /// Two samples of each prompt.
    Sampled,
}

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct Judging {
    /// Who judges.
    pub by: RwSignal<Referee>,
    /// The second model.
    pub model: RwSignal<Option<ModelInfo>>,
    /// Whether it is being read.
    pub opening: RwSignal<bool>,
    /// What is judged.
    pub task: RwSignal<Task>,
    /// At most this many pairs or prompts, by the task.
    pub at_most: [RwSignal<u32>; 2],
    /// Comparisons done and in all, while it goes on.
    pub progress: RwSignal<Option<(usize, usize)>>,
    /// All verdicts.
    pub judged: RwSignal<Vec<Judged>>,
    /// What they are of.
    pub of: RwSignal<Task>,
    /// Prompts of which nothing could be compared.
    pub left_out: RwSignal<u32>,
    /// What went wrong.
    pub failure: RwSignal<Option<Failure>>,
    /// Whether a row says how probable its preference is.
    pub soft: RwSignal<bool>,
    /// How near to ½ a pair is left out.
    pub abstain: RwSignal<f64>,
    /// Whether the rows are among the open ones.
    pub added: RwSignal<bool>,
    sampling: Sampling,
    stopping: StoredValue<bool>,
}

impl Judging {
    /// Nothing judged yet.
    pub fn new(sampling: Sampling) -> Self {
        Self {
            by: RwSignal::new(Referee::Gold),
            model: RwSignal::new(None),
            opening: RwSignal::new(false),
            task: RwSignal::new(Task::Open),
            at_most: [100, 20].map(RwSignal::new),
            progress: RwSignal::new(None),
            judged: RwSignal::new(Vec::new()),
            of: RwSignal::new(Task::Open),
            left_out: RwSignal::new(0),
            failure: RwSignal::new(None),
            soft: RwSignal::new(false),
            abstain: RwSignal::new(0.0),
            added: RwSignal::new(false),
            sampling,
            stopping: StoredValue::new(false),
        }
    }

    /// How many are judged at most, for the chosen task.
    pub fn limit(self) -> RwSignal<u32> {
        let [pairs, prompts] = self.at_most;
        match self.task.get() {
            Task::Open => pairs,
            Task::Sampled => prompts,
        }
    }

    /// Reads the model that judges.
    pub fn open(self, controller: Controller, files: Vec<File>) {
        if files.is_empty() || self.opening.get_untracked() || self.is_going_on() {
            return;
        }
        self.opening.set(true);
        self.failure.set(None);
        spawn_local(async move {
            match controller.open_judge(files).await {
                Ok(info) => self.model.set(Some(info)),
                Err(failure) => self.failure.set(Some(failure)),
            }
            self.opening.set(false);
        });
    }

    /// Which model judges, in words.
    pub fn told(self) -> String {
        match (self.opening.get(), self.model.get()) {
            (true, _) => "Reading the model that judges…".to_string(),
            (false, Some(info)) => format!("{}: {}", info.name, words::model(&info)),
            (false, None) => "No model that judges is open.".to_string(),
        }
    }

    /// Judges; what was judged before is forgotten.
    pub fn start(self, controller: Controller) {
        if self.is_going_on() || untrack(|| self.obstacle(controller)).is_some() {
            return;
        }
        // Whoever is chosen while it goes on.
        let (task, by) = (self.task.get_untracked(), self.by.get_untracked());
        self.of.set(task);
        self.judged.set(Vec::new());
        self.left_out.set(0);
        self.failure.set(None);
        self.added.set(false);
        self.stopping.set_value(false);
        self.progress.set(Some((0, 0)));
        spawn_local(async move {
            let outcome = match task {
                Task::Open => self.judge_open(controller, by).await,
                Task::Sampled => self.judge_sampled(controller, by).await,
            };
            if let Err(failure) = outcome {
                self.failure.set(Some(failure));
            }
            self.progress.set(None);
        });
    }

    /// Ends after the comparisons that are going on.
    pub fn stop(self) {
        self.stopping.set_value(true);
    }

    /// Why it can't start now, if so.
    pub fn obstacle(self, controller: Controller) -> Option<&'static str> {
        let state = controller.state;
        if state.status.get().is_running() {
            Some("A run is going on. The judge works once it has ended.")
        } else if state.status.get().is_busy() || self.opening.get() {
            Some("Something is being read. The judge can start right after it.")
        } else if state.model.with(Option::is_none) {
            Some("There is no model yet.")
        } else if self.by.get() == Referee::Judge && self.model.with(Option::is_none) {
            Some("Open a model that judges first.")
        } else {
            None
        }
    }

    /// How far the verdicts can be trusted.
    pub fn report(self) -> Report {
        let labelled = self.of.get() == Task::Open;
        let preferences: Vec<Preference> =
            self.judged.with(|all| all.iter().map(|judged| judged.preference).collect());
        Report::of(&preferences, labelled, self.abstain.get())
    }

    /// How many rows the verdicts make.
    pub fn decided(self) -> usize {
        let abstain = self.abstain.get();
        self.judged
            .with(|all| all.iter().filter(|judged| decides(&judged.preference, abstain)).count())
    }

    /// Those to be looked at, the first few, and how many there are: where the data has labels
    /// the ones that the referee sees otherwise, else all that it decides.
    pub fn remarkable(self, first: usize) -> (Vec<Judged>, usize) {
        let (abstain, labelled) = (self.abstain.get(), self.of.get() == Task::Open);
        self.judged.with(|all| {
            let is_shown = |judged: &&Judged| {
                decides(&judged.preference, abstain) && !(labelled && judged.is_first())
            };
            let shown = || all.iter().filter(is_shown);
            (shown().take(first).cloned().collect(), shown().count())
        })
    }

    /// Whether its rows can stand among the open ones.
    pub fn fits(self, controller: Controller) -> bool {
        fits(controller, Kind::Pairs)
    }

    /// Adds its rows to the open ones.
    pub fn add(self, controller: Controller) {
        let rows = self.rows(controller);
        if !rows.is_empty() && !self.added.get_untracked() {
            controller.sheet.add(rows);
            self.added.set(true);
        }
    }

    /// Its rows take the place of the open ones.
    pub fn learn_alone(self, controller: Controller) {
        controller.sheet.open(FILE.to_string(), &self.jsonl(controller));
        self.added.set(true);
    }

    /// The file's name that its rows are kept under.
    pub fn file_name(self) -> &'static str {
        FILE
    }

    /// Its rows, one a line.
    pub fn jsonl(self, controller: Controller) -> String {
        row::jsonl(&self.rows(controller))
    }

    fn rows(self, controller: Controller) -> Vec<Value> {
        let making = Making {
            abstain: self.abstain.get_untracked(),
            soft: self.soft.get_untracked(),
            chat: controller.is_chat(),
        };
        self.judged.with_untracked(|all| rows(all, making))
    }

    fn is_going_on(self) -> bool {
        self.progress.with_untracked(Option::is_some)
    }
}
