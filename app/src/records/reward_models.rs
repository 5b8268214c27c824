//! The reward models among the runs, from which one is chosen to score others.

use temper_protocol::{Method, RunId, ScoreSource};

use super::record::{Outcome, RunRecord};
use crate::format::{percent, plural};
use crate::metrics::{HELD_OUT, MetricsLog};

/// A reward model that was trained here.
#[derive(Clone, Debug, PartialEq)]
pub struct RewardModel {
    /// By whose number the engine finds it.
    pub run: RunId,
    /// Its name and how good it is.
    pub title: String,
}

impl RewardModel {
    /// As a list offers it.
    pub fn of(record: &RunRecord) -> Self {
        Self { run: record.id, title: title(record) }
    }
}

/// The records of those whose adapter goes on a model of this name, in their order.
pub fn reward_models<'a>(
    all: &'a [RunRecord],
    model: &'a str,
) -> impl Iterator<Item = &'a RunRecord> {
    all.iter().filter(move |record| {
        let is_adapter = record.config.method == Method::Reward && record.config.lora.is_some();
        is_adapter && record.has_weights() && record.model == model
    })
}

/// The run without an end that is scored by this reward model, and so can't go on without it.
pub fn needing(all: &[RunRecord], reward_model: RunId) -> Option<&RunRecord> {
    let scorer = reward_model.to_string();
    all.iter().filter(|record| record.outcome == Outcome::Going).find(|record| {
        record.config.score.as_ref().is_some_and(|score| {
            score.by == ScoreSource::RewardModel && score.adapter.as_ref() == Some(&scorer)
        })
    })
}

/// `Reward model 2: 60 steps, 97 % of held-out pairs right`
fn title(record: &RunRecord) -> String {
    let steps = plural(record.steps(), "step", "steps");
    let right = right(&record.log).map(|right| format!(", {right} right")).unwrap_or_default();
    format!("{}: {steps}{right}", record.name)
}

/// The last accuracy that was logged; the one on held-out pairs where there is one.
fn right(log: &MetricsLog) -> Option<String> {
    let last = |key: &str| log.series(key).last().map(|point| percent(point.1));
    let heldout = last(&format!("{HELD_OUT}accuracy"));
    heldout
        .map(|share| format!("{share} of held-out pairs"))
        .or_else(|| Some(format!("{} of its pairs", last("accuracy")?)))
}

#[cfg(test)]
mod tests {
    use temper_protocol::{LoraConfig, ScoreConfig, StepMetrics, Summary};

    use super::*;
    use crate::metrics::Logged;

    fn line(key: &str, value: f64) -> StepMetrics {
        StepMetrics { step: 60, epoch: 1.0, values: vec![(key.into(), value)], secs: 1.0 }
    }

    fn record(id: RunId, method: Method) -> RunRecord {
        let mut record = RunRecord::empty(method);
        (record.id, record.name, record.model) = (id, format!("Run {id}"), "tiny".into());
        record.outcome = Outcome::Done;
        record.config.lora = Some(LoraConfig::default());
        record.log = MetricsLog::from(vec![Logged::Step(line("accuracy", 0.5))]);
        let weights = "adapter".to_string();
        record.summary = Some(Summary { steps: 60, stopped: false, weights, secs: 9.0 });
        record
    }

    fn found(all: &[RunRecord]) -> Vec<RunId> {
        reward_models(all, "tiny").map(|record| record.id).collect()
    }

    #[test]
    fn only_finished_reward_models_of_the_open_model_are_found() {
        let mut all = [4, 3, 2, 1].map(|id| record(id, Method::Reward));
        assert_eq!(found(&all), [4, 3, 2, 1]);
        (all[0].outcome, all[0].summary) = (Outcome::Failed, None);
        all[1].model = "another".into();
        all[2].config.lora = None;
        assert_eq!(found(&all), [1]);
        assert_eq!(found(&[record(5, Method::Dpo)]), [0; 0]);
    }

    #[test]
    fn a_run_without_an_end_needs_its_own_reward_model() {
        let mut all = [record(9, Method::Ppo), record(4, Method::Reward)];
        assert_eq!(needing(&all, 4), None, "its scorer is the gold reward");
        let by = ScoreSource::RewardModel;
        let score = ScoreConfig { by, adapter: Some("4".into()), ..ScoreConfig::default() };
        (all[0].config.score, all[0].outcome) = (Some(score), Outcome::Going);
        assert_eq!(needing(&all, 4).map(|record| record.id), Some(9));
        assert_eq!(needing(&all, 3), None);
        all[0].outcome = Outcome::Done;
        assert_eq!(needing(&all, 4), None);
    }

    #[test]
    fn a_title_tells_how_good_it_is() {
        let mut record = record(7, Method::Reward);
        assert_eq!(title(&record), "Run 7: 60 steps, 50 % of its pairs right");
        record.log.push(Logged::Evaluation(line("eval_accuracy", 0.94)));
        assert_eq!(title(&record), "Run 7: 60 steps, 94 % of held-out pairs right");
        record.log = MetricsLog::default();
        assert_eq!(title(&record), "Run 7: 60 steps");
    }
}
