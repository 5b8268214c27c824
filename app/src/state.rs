//! All that the page shows, as signals, and how a run's events change it.

use std::mem::discriminant;
use std::time::Duration;

use leptos::prelude::*;
use temper_protocol::{
    DataReport, DeviceInfo, Event, Failure, Method, ModelInfo, Phase, RunId, Sample, Summary,
    Warning,
};

use crate::metrics::{Logged, MetricsLog};
use crate::pace::{self, Pace};
use crate::records::RunRecord;

/// Metrics are drawn at most this often, however fast the steps are.
const REDRAW: Duration = Duration::from_millis(100);

/// What the page is doing, in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Something is missing: a model or data.
    #[default]
    Idle,
    /// Starting the engine, or reading files.
    Loading,
    /// A run can start.
    Ready,
    /// A run is going on.
    Training,
    /// A run waits.
    Paused,
    /// The last run ended well.
    Done,
    /// The last run, or the start of the page, didn't.
    Failed,
}

impl Status {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether a run is under way.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Training | Self::Paused)
    }

    /// Whether files and settings can't be changed now.
    pub fn is_busy(self) -> bool {
        self.is_running() || self == Self::Loading
    }
}

/// The signals; a copy is as good as the original.
#[derive(Clone, Copy)]
pub struct State {
    /// In one word.
    pub status: RwSignal<Status>,
    /// In a sentence: what is being done right now.
    pub note: RwSignal<String>,
    /// What went wrong last, until it is dismissed.
    pub error: RwSignal<Option<Failure>>,
    /// The open device.
    pub device: RwSignal<Option<DeviceInfo>>,
    /// The open model.
    pub model: RwSignal<Option<ModelInfo>>,
    /// Whether the user brought it.
    pub own_model: RwSignal<bool>,
    /// Training rows.
    pub train: RwSignal<Option<DataReport>>,
    /// Held-out rows.
    pub heldout: RwSignal<Option<DataReport>>,
    /// The method of the last run that was started.
    pub ran: RwSignal<Method>,
    /// The run whose weights can be taken home.
    pub kept: RwSignal<Option<RunId>>,
    /// What the run is busy with.
    pub phase: RwSignal<Option<Phase>>,
    /// Self-play: the round, and how many there are at most.
    pub round: RwSignal<Option<(u32, u32)>>,
    /// Steps done.
    pub step: RwSignal<u32>,
    /// Steps in all.
    pub total: RwSignal<u32>,
    /// All logged lines.
    pub log: RwSignal<MetricsLog>,
    /// Completions sampled while training.
    pub samples: RwSignal<Vec<Sample>>,
    /// What the user should know.
    pub warnings: RwSignal<Vec<Warning>>,
    /// How the last run ended.
    pub summary: RwSignal<Option<Summary>>,
    /// Step of the last checkpoint of this run.
    pub checkpoint: RwSignal<Option<u32>>,
    /// Seconds since the engine last said anything during a run.
    pub quiet_secs: RwSignal<u32>,
    /// What the clock says of the run.
    pub pace: StoredValue<Pace>,
    /// Lines that wait for the next redraw.
    waiting: StoredValue<Vec<Logged>>,
}

impl State {
    /// An empty page; `method` is what it will run first.
    pub fn new(method: Method) -> Self {
        Self {
            status: RwSignal::new(Status::Idle),
            note: RwSignal::new(String::new()),
            error: RwSignal::new(None),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            own_model: RwSignal::new(false),
            train: RwSignal::new(None),
            heldout: RwSignal::new(None),
            ran: RwSignal::new(method),
            kept: RwSignal::new(None),
            phase: RwSignal::new(None),
            round: RwSignal::new(None),
            step: RwSignal::new(0),
            total: RwSignal::new(0),
            log: RwSignal::new(MetricsLog::default()),
            samples: RwSignal::new(Vec::new()),
            warnings: RwSignal::new(Vec::new()),
            summary: RwSignal::new(None),
            checkpoint: RwSignal::new(None),
            quiet_secs: RwSignal::new(0),
            pace: StoredValue::new(Pace::default()),
            waiting: StoredValue::new(Vec::new()),
        }
    }

    /// Whether model and data are there.
    pub fn has_all(&self) -> bool {
        self.model.with(Option::is_some) && self.train.with(Option::is_some)
    }

    /// Whether a run that didn't come to its end can go on from a checkpoint.
    pub fn can_resume(&self) -> bool {
        let left = self.checkpoint.get().is_some() && self.summary.with(Option::is_none);
        left && !self.status.get().is_busy() && self.has_all()
    }

    /// Whether the last run's weights can be taken home now.
    pub fn can_keep(&self) -> bool {
        self.kept.get().is_some() && !self.status.get().is_busy()
    }

    /// Gets ready for a run's events; a resumed run keeps what was logged before.
    pub fn begin_run(&self, method: Method, total: u32, resume: bool) {
        self.status.set(Status::Training);
        self.ran.set(method);
        self.note.set(String::new());
        self.error.set(None);
        self.phase.set(None);
        self.round.set(None);
        self.summary.set(None);
        self.total.set(total);
        self.quiet_secs.set(0);
        self.pace.set_value(Pace::default());
        // Those of the checkpoint, whatever was shown last.
        let done = self.checkpoint.get_untracked().filter(|_| resume);
        self.step.set(done.unwrap_or(0));
        if !resume {
            self.waiting.set_value(Vec::new());
            self.log.set(MetricsLog::default());
            self.samples.set(Vec::new());
            self.warnings.set(Vec::new());
            self.checkpoint.set(None);
        }
    }

    /// Shows what is kept of a run that a closed page left, so that it can go on.
    pub fn recall(&self, record: &RunRecord) {
        self.ran.set(record.config.method);
        self.waiting.set_value(Vec::new());
        self.log.set(record.log.clone());
        self.samples.set(record.samples.clone());
        self.warnings.set(record.warnings.clone());
        self.checkpoint.set(record.checkpoints.last().copied());
    }

    /// Takes in one event of the run.
    pub fn fold(&self, event: Event) {
        self.pace.update_value(|it| it.hear(&event, pace::now()));
        match event {
            Event::Phase(phase) => self.enter(phase),
            // Where it is too much, the run's failure says so.
            Event::Memory(_) => {}
            Event::Step(metrics) => self.log_line(Logged::Step(metrics)),
            Event::Evaluation(metrics) => self.log_line(Logged::Evaluation(metrics)),
            Event::Sample(sample) => self.samples.update(|samples| keep(samples, sample)),
            Event::Warning(warning) => self.warnings.update(|warnings| warn(warnings, warning)),
            Event::Checkpointed(info) => {
                // What is kept with it must be complete.
                self.flush();
                self.checkpoint.set(Some(info.step));
            }
            Event::Paused { step } => self.rest(Status::Paused, step),
            Event::Resumed { step } => self.rest(Status::Training, step),
            Event::Finished(summary) => {
                let steps = summary.steps;
                self.phase.set(None);
                self.summary.set(Some(summary));
                self.rest(Status::Done, steps);
            }
            Event::Failed(failure) => {
                self.flush();
                self.note.set(String::new());
                self.phase.set(None);
                if failure.checkpoint.is_some() {
                    self.checkpoint.set(failure.checkpoint);
                }
                self.error.set(Some(failure));
                self.status.set(Status::Failed);
            }
        }
    }

    fn enter(&self, phase: Phase) {
        match phase {
            Phase::Training { total } => self.total.set(total),
            Phase::Iteration { iteration, total } => self.round.set(Some((iteration, total))),
            _ => {}
        }
        self.phase.set(Some(phase));
    }

    /// Shows all that is logged before the new status, so that "done" finds it complete.
    fn rest(&self, status: Status, step: u32) {
        self.flush();
        self.note.set(String::new());
        self.step.set(step);
        self.status.set(status);
    }

    fn log_line(&self, line: Logged) {
        let first = self.waiting.try_update_value(|waiting| {
            waiting.push(line);
            waiting.len() == 1
        });
        if first == Some(true) {
            let state = *self;
            set_timeout(move || state.flush(), REDRAW);
        }
    }

    /// Shows the lines that wait for the next redraw.
    pub fn flush(&self) {
        let lines = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        let Some(last) = lines.last() else { return };
        self.step.set(last.metrics().step);
        self.log.update(|log| lines.into_iter().for_each(|line| log.push(line)));
    }
}

/// A resumed run draws samples again; the new one takes the old one's place.
fn keep(samples: &mut Vec<Sample>, sample: Sample) {
    samples.retain(|old| (old.step, old.index) != (sample.step, sample.index));
    samples.push(sample);
}

/// What a run may say at every step is kept once, as it was said last.
fn warn(warnings: &mut Vec<Warning>, warning: Warning) {
    let repeats = matches!(
        warning,
        Warning::NoEos { .. } | Warning::EarlyStop { .. } | Warning::SamplesDropped { .. }
    );
    if repeats {
        let kind = discriminant(&warning);
        warnings.retain(|old| discriminant(old) != kind);
    }
    // A run that goes on reads its rows anew, and says the same of them.
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_at_every_step_is_shown_once() {
        let mut warnings = Vec::new();
        let label = true;
        for warning in
            [Warning::NoEos { step: 1 }, Warning::OneClass { label }, Warning::NoEos { step: 2 }]
        {
            warn(&mut warnings, warning);
        }
        assert_eq!(warnings, [Warning::OneClass { label }, Warning::NoEos { step: 2 }]);
    }

    #[test]
    fn what_a_resumed_run_says_again_is_shown_once() {
        let mut warnings = Vec::new();
        let label = false;
        for _ in 0..2 {
            warn(&mut warnings, Warning::OneClass { label });
        }
        assert_eq!(warnings, [Warning::OneClass { label }]);
    }

    #[test]
    fn a_sample_drawn_again_replaces_the_first() {
        let sample = |step, completion: &str| Sample {
            step,
            index: 0,
            prompt: "p".into(),
            completion: completion.into(),
        };
        let mut samples = Vec::new();
        for (step, text) in [(0, "before"), (10, "first"), (10, "again")] {
            keep(&mut samples, sample(step, text));
        }
        assert_eq!(samples, [sample(0, "before"), sample(10, "again")]);
    }

    #[test]
    fn a_run_that_failed_is_not_about_to_pause() {
        Owner::new().with(|| {
            let state = State::new(Method::Dpo);
            state.note.set("Pausing after this step…".into());
            state.fold(Event::Failed(Failure::bad_input("No rows.")));
            assert_eq!(state.note.get_untracked(), "");
            assert_eq!(state.status.get_untracked(), Status::Failed);
        });
    }

    #[test]
    fn only_a_run_or_loading_is_busy() {
        let busy = [Status::Loading, Status::Training, Status::Paused];
        for status in [Status::Idle, Status::Ready, Status::Done, Status::Failed] {
            assert!(!status.is_busy() && !busy.contains(&status));
        }
        assert!(busy.iter().all(|status| status.is_busy()));
    }
}
