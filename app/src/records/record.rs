//! What is kept of one run, and the rules of keeping: names, order, what a resumed run takes over.

use serde::{Deserialize, Serialize};
use temper_protocol::config::{
    DataConfig, LoopConfig, ModelConfig, OptimizerConfig, Order, SampleConfig, ScheduleConfig,
};
use temper_protocol::{Branch, Method, Referee, RunConfig, RunId, Sample, Summary, Warning};

use crate::compare::Tally;
use crate::methods;
use crate::metrics::MetricsLog;
use crate::state::Status;

/// How a run ended, or that it didn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on, or was interrupted: then no tab has it.
    Going,
    /// It took its last step.
    Done,
    /// The user ended it early; its weights are kept.
    Stopped,
    /// An error ended it.
    Failed,
}

/// All that is kept of a run but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its number; its weights are kept by the same.
    pub id: RunId,
    /// For people.
    pub name: String,
    /// When it began, milliseconds since 1970.
    pub began: f64,
    /// Its settings.
    pub config: RunConfig,
    /// How it ended.
    pub outcome: Outcome,
    /// The model that was open.
    pub model: String,
    /// The training data that was open.
    pub data: String,
    /// The checkpoint that it began with, where it is a branch.
    #[serde(default)]
    pub from: Option<Branch>,
    /// All logged lines.
    pub log: MetricsLog,
    /// Completions sampled while training.
    pub samples: Vec<Sample>,
    /// What the user should have known.
    pub warnings: Vec<Warning>,
    /// Steps at which a checkpoint was written.
    pub checkpoints: Vec<u32>,
    /// What the engine said at its end.
    pub summary: Option<Summary>,
    /// What it won against others, oldest first.
    #[serde(default)]
    pub win_rates: Vec<WinRate>,
    /// What it writes on held-out prompts, measured last.
    #[serde(default)]
    pub measured: Option<Measured>,
}

/// How often what a run writes was found better than what another wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WinRate {
    /// The other run; `None` is the model as it came.
    pub against: Option<RunId>,
    /// Who decided.
    pub by: Referee,
    /// How often.
    pub tally: Tally,
    /// When, milliseconds since 1970.
    pub at: f64,
}

/// What a run writes, measured on held-out prompts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// How many prompts.
    pub prompts: u32,
    /// Mean score of the model as it came, by the rule of the default model's reviews: 0,
    /// displeased, to 1, pleased, as `objective/scores` has it.
    pub before: f64,
    /// The run's.
    pub after: f64,
    /// Mean log-ratio of its own completions over the reference: an estimate of the KL, nats.
    pub kl: f64,
    /// Standard error of that mean.
    pub kl_stderr: f64,
    /// When, milliseconds since 1970.
    pub at: f64,
}

impl RunRecord {
    /// A run of a method of which nothing else is known.
    pub fn empty(method: Method) -> Self {
        Self {
            id: 0,
            name: String::new(),
            began: 0.0,
            config: bare(method),
            outcome: Outcome::Going,
            model: String::new(),
            data: String::new(),
            from: None,
            log: MetricsLog::default(),
            samples: Vec::new(),
            warnings: Vec::new(),
            checkpoints: Vec::new(),
            summary: None,
            win_rates: Vec::new(),
            measured: None,
        }
    }

    /// Whether it came to its end, and so has left weights.
    pub fn has_weights(&self) -> bool {
        let is_over = matches!(self.outcome, Outcome::Done | Outcome::Stopped);
        is_over && self.summary.is_some()
    }

    /// Whether its weights can write: they are kept, and aren't a reward model's.
    pub fn can_write(&self) -> bool {
        self.has_weights() && self.config.method != Method::Reward
    }

    /// Steps done.
    pub fn steps(&self) -> u32 {
        let logged = self.log.lines().last().map_or(0, |line| line.metrics().step);
        self.summary.as_ref().map_or(logged, |summary| summary.steps)
    }
}

/// The method's settings at their defaults, with no model and no data.
fn bare(method: Method) -> RunConfig {
    RunConfig {
        method,
        seed: 42,
        model: ModelConfig { path: String::new(), adapter: None },
        lora: None,
        data: DataConfig {
            train: String::new(),
            eval: None,
            order: Order::default(),
            max_length: Some(1024),
        },
        sft: None,
        reward: None,
        dpo: None,
        cpo: None,
        simpo: None,
        orpo: None,
        slic: None,
        kto: None,
        ppo: None,
        rloo: None,
        online_dpo: None,
        spin: None,
        sppo: None,
        score: None,
        optimizer: OptimizerConfig::default(),
        schedule: ScheduleConfig::default(),
        run_loop: LoopConfig::default(),
        sample: SampleConfig::default(),
    }
}

/// The record of a run.
pub fn find(all: &[RunRecord], id: RunId) -> Option<&RunRecord> {
    all.iter().find(|record| record.id == id)
}

/// The next run's name by its method: `DPO 1`, `DPO 2`.
pub fn next_name(all: &[RunRecord], method: Method) -> String {
    let short = methods::short(method);
    let number = |record: &RunRecord| record.name.strip_prefix(short)?.trim().parse::<u32>().ok();
    let last = all.iter().filter_map(number).max().unwrap_or(0);
    format!("{short} {}", last.saturating_add(1))
}

/// Puts a run's record among the others. One that goes on keeps its name, its beginning, and what
/// was measured of it.
pub(super) fn take_in(all: &mut Vec<RunRecord>, mut record: RunRecord) {
    if let Some(at) = all.iter().position(|old| old.id == record.id) {
        let old = all.remove(at);
        (record.name, record.began, record.from) = (old.name, old.began, old.from);
        (record.win_rates, record.measured) = (old.win_rates, old.measured);
        record.checkpoints = old.checkpoints;
        if record.log.is_empty() {
            (record.log, record.samples, record.warnings) = (old.log, old.samples, old.warnings);
        }
    }
    if record.name.trim().is_empty() {
        record.name = next_name(all, record.config.method);
    }
    all.push(record);
    newest_first(all);
}

/// Adds what was read from the disk; what is there already is newer.
pub(super) fn merge(all: &mut Vec<RunRecord>, read: Vec<RunRecord>) {
    for record in read {
        if all.iter().all(|old| old.id != record.id) {
            all.push(record);
        }
    }
    newest_first(all);
}

/// Puts what another tab wrote of a run in the place of what was known, or among the others.
pub(super) fn replace(all: &mut Vec<RunRecord>, record: RunRecord) {
    all.retain(|old| old.id != record.id);
    all.push(record);
    newest_first(all);
}

fn newest_first(all: &mut [RunRecord]) {
    all.sort_by(|a, b| b.began.total_cmp(&a.began));
}

/// How a run stands, by what the page shows. One that is over stays so until it goes on: what fails
/// later isn't the run.
pub(super) fn outcome(before: Outcome, status: Status, stopped: Option<bool>) -> Outcome {
    match (status, stopped) {
        (Status::Training | Status::Paused, _) => Outcome::Going,
        _ if before != Outcome::Going => before,
        (Status::Done, Some(true)) => Outcome::Stopped,
        (Status::Done, _) => Outcome::Done,
        (Status::Failed, _) => Outcome::Failed,
        (Status::Idle | Status::Loading | Status::Ready, _) => before,
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::StepMetrics;

    use super::*;
    use crate::metrics::Logged;

    fn record(id: RunId, began: f64, name: &str) -> RunRecord {
        RunRecord { id, began, name: name.into(), ..RunRecord::empty(Method::Dpo) }
    }

    fn log() -> MetricsLog {
        let values = vec![("loss".to_string(), 0.5)];
        let line = StepMetrics { step: 7, epoch: 0.25, values, secs: 0.5 };
        MetricsLog::from(vec![Logged::Step(line)])
    }

    #[test]
    fn names_count_on_by_method() {
        let all = [record(1, 1.0, "DPO 1"), record(2, 2.0, "DPO 4"), record(3, 3.0, "my best")];
        assert_eq!(next_name(&all, Method::Dpo), "DPO 5");
        assert_eq!(next_name(&all, Method::Kto), "KTO 1");
        assert_eq!(next_name(&all, Method::Reward), "Reward model 1");
        // "Online DPO 2" is no run of DPO.
        let other = [record(1, 1.0, "Online DPO 2")];
        assert_eq!(next_name(&other, Method::Dpo), "DPO 1");
    }

    #[test]
    fn a_run_that_goes_on_keeps_what_is_known_of_it() {
        let mut all = vec![record(9, 90.0, "other"), record(7, 70.0, "mine")];
        all[1].log = log();
        all[1].checkpoints = vec![5];
        take_in(&mut all, record(7, 99.0, ""));
        assert_eq!(all.len(), 2);
        let kept = &all[1];
        assert_eq!((kept.id, kept.began, kept.name.as_str()), (7, 70.0, "mine"));
        assert_eq!((kept.steps(), kept.checkpoints.clone()), (7, vec![5]));
        take_in(&mut all, record(8, 100.0, ""));
        assert_eq!((all[0].id, all[0].name.as_str()), (8, "DPO 1"));
    }

    #[test]
    fn what_is_there_wins_over_the_disk() {
        let mut all = vec![record(2, 20.0, "now")];
        merge(&mut all, vec![record(1, 10.0, "a"), record(3, 30.0, "c"), record(2, 20.0, "old")]);
        let names: Vec<&str> = all.iter().map(|record| record.name.as_str()).collect();
        assert_eq!(names, ["c", "now", "a"]);
    }

    #[test]
    fn what_another_tab_wrote_takes_the_place_of_what_was_known() {
        let mut all = vec![record(3, 30.0, "c"), record(2, 20.0, "b")];
        replace(&mut all, record(2, 20.0, "renamed"));
        replace(&mut all, record(4, 25.0, "new"));
        let names: Vec<&str> = all.iter().map(|record| record.name.as_str()).collect();
        assert_eq!(names, ["c", "new", "renamed"]);
    }

    #[test]
    fn a_run_that_is_over_stays_so() {
        use Outcome::{Done, Failed, Going, Stopped};
        assert_eq!(outcome(Going, Status::Done, Some(true)), Stopped);
        assert_eq!(outcome(Going, Status::Done, Some(false)), Done);
        assert_eq!(outcome(Going, Status::Failed, None), Failed);
        assert_eq!(outcome(Going, Status::Loading, None), Going);
        assert_eq!(outcome(Done, Status::Failed, Some(false)), Done);
        assert_eq!(outcome(Failed, Status::Training, None), Going);
    }

    #[test]
    fn a_record_is_read_back_and_an_older_one_too() {
        let mut written = record(7, 70.0, "mine");
        written.log = log();
        written.from = Some(Branch { run: 3, step: 20 });
        let mut value = serde_json::to_value(&written).unwrap();
        assert_eq!(serde_json::from_value::<RunRecord>(value.clone()).unwrap(), written);
        let object = value.as_object_mut().unwrap();
        for key in ["win_rates", "measured"] {
            object.remove(key).unwrap();
        }
        assert_eq!(serde_json::from_value::<RunRecord>(value).unwrap(), written);
        assert!(serde_json::from_str::<RunRecord>("{\"id\": 7}").is_err());
    }
}
