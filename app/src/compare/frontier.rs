//! Reward against distance from the reference: what a run gained, and how far it went for it.

use temper_protocol::{RunId, ScoreSource};

use crate::chart::{Axis, thin};
use crate::metrics::{HELD_OUT, Logged};
use crate::records::RunRecord;

const SCORE: &str = "objective/scores";
const KL: &str = "objective/kl";
/// A path with more points is a scribble.
const POINTS: usize = 60;

/// Where a run's last point is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Measured here, on so many held-out prompts.
    Measured(u32),
    /// The run's own last evaluation.
    HeldOut,
    /// Its last logged step.
    Logged,
}

/// A run's way: pairs of KL, nats a completion, and mean score.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The run.
    pub id: RunId,
    /// Its name.
    pub name: String,
    /// Over its steps.
    pub path: Vec<(f64, f64)>,
    /// Where it ended.
    pub end: (f64, f64),
    /// Where that is from.
    pub source: Source,
    /// Who scored, in a word: scores of different ones don't compare.
    pub scored_by: &'static str,
}

impl Walk {
    /// Where the run has both figures.
    pub fn of(record: &RunRecord) -> Option<Self> {
        let logged = points(record, "", |line| matches!(line, Logged::Step(_)));
        let heldout = points(record, HELD_OUT, |line| matches!(line, Logged::Evaluation(_)));
        let measured = record.measured.filter(|measured| measured.kl.is_finite());
        let (end, source) = match (measured, heldout.last(), logged.last()) {
            (Some(it), ..) => ((it.kl, it.after), Source::Measured(it.prompts)),
            (None, Some(&end), _) => (end, Source::HeldOut),
            (None, None, Some(&end)) => (end, Source::Logged),
            (None, None, None) => return None,
        };
        let by = scorer(record);
        // Measured scores are the rule's; the path may be in another currency.
        let path = match measured {
            Some(_) if by != GOLD => Vec::new(),
            _ if logged.is_empty() => heldout,
            _ => logged,
        };
        let scored_by = if measured.is_some() { GOLD } else { by };
        let path = thin(&path, POINTS);
        Some(Self { id: record.id, name: record.name.clone(), path, end, source, scored_by })
    }
}

/// The rule of the default model's reviews.
const GOLD: &str = "the lesson's rule";

fn scorer(record: &RunRecord) -> &'static str {
    match record.config.score.as_ref().map(|score| score.by) {
        None | Some(ScoreSource::Gold) => GOLD,
        Some(ScoreSource::Words) => "words held",
        Some(ScoreSource::Length) => "length",
        Some(ScoreSource::RewardModel) => "a reward model",
        Some(ScoreSource::Judge) => "a judge",
    }
}

/// Lines that have both figures.
fn points(record: &RunRecord, prefix: &str, takes: fn(&Logged) -> bool) -> Vec<(f64, f64)> {
    let (kl, score) = (format!("{prefix}{KL}"), format!("{prefix}{SCORE}"));
    let lines = record.log.lines().iter().filter(|line| takes(line));
    lines.filter_map(|line| Some((line.metrics().get(&kl)?, line.metrics().get(&score)?))).collect()
}

/// All walks in one drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// The runs that have both figures.
    pub walks: Vec<Walk>,
    /// Score of the model as it came, where it was measured; its KL is 0.
    pub origin: Option<f64>,
    /// KL, nats a completion.
    pub x: Axis,
    /// Mean score.
    pub y: Axis,
}

impl Map {
    /// Of all records.
    pub fn of(all: &[RunRecord]) -> Self {
        let walks: Vec<Walk> = all.iter().filter_map(Walk::of).collect();
        let origin = all.iter().find_map(|record| Some(record.measured?.before));
        let ends = walks.iter().flat_map(|walk| walk.path.iter().copied().chain([walk.end]));
        let ends: Vec<(f64, f64)> = ends.chain(origin.map(|score| (0.0, score))).collect();
        let x = Axis::round(ends.iter().map(|end| end.0).chain([0.0]), 5);
        let y = Axis::round(ends.iter().map(|end| end.1), 4);
        Self { walks, origin, x, y }
    }

    /// Whether the scores drawn are of one kind.
    pub fn is_fair(&self) -> bool {
        let mut kinds = self.walks.iter().map(|walk| walk.scored_by);
        let first = kinds.next();
        kinds.all(|kind| Some(kind) == first)
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::{Method, ScoreConfig, StepMetrics};

    use super::*;
    use crate::metrics::MetricsLog;
    use crate::records::Measured;

    fn line(step: u32, prefix: &str, kl: f64, score: f64) -> StepMetrics {
        let named = |key: &str, value: f64| (format!("{prefix}{key}"), value);
        let values = vec![named(KL, kl), named(SCORE, score)];
        StepMetrics { step, epoch: 0.0, values, secs: 1.0 }
    }

    fn scored(id: RunId) -> RunRecord {
        let log = MetricsLog::from(vec![
            Logged::Step(line(1, "", 0.0, 0.5)),
            Logged::Step(line(2, "", 4.0, 0.75)),
            Logged::Evaluation(line(2, "eval_", 5.0, 0.8)),
        ]);
        RunRecord { id, log, ..RunRecord::empty(Method::Ppo) }
    }

    const MEASURED: Measured =
        Measured { prompts: 20, before: 0.1, after: 0.9, kl: 7.0, kl_stderr: 0.5, at: 0.0 };

    #[test]
    fn a_run_ends_where_it_was_measured_best() {
        let mut record = scored(1);
        let walk = Walk::of(&record).unwrap();
        assert_eq!(walk.path, [(0.0, 0.5), (4.0, 0.75)]);
        assert_eq!((walk.end, walk.source), ((5.0, 0.8), Source::HeldOut));
        record.measured = Some(MEASURED);
        let walk = Walk::of(&record).unwrap();
        assert_eq!((walk.end, walk.source), ((7.0, 0.9), Source::Measured(20)));
        assert_eq!(walk.path.len(), 2);
        assert_eq!(Walk::of(&RunRecord::empty(Method::Dpo)), None);
    }

    #[test]
    fn scores_of_different_kinds_are_told_apart() {
        let mut other = scored(2);
        let by = ScoreSource::Length;
        other.config.score = Some(ScoreConfig { by, ..ScoreConfig::default() });
        let map = Map::of(&[scored(1), other.clone()]);
        assert!(!map.is_fair());
        assert_eq!((map.x.min, map.x.max), (0.0, 5.0));
        other.measured = Some(MEASURED);
        let map = Map::of(&[scored(1), other]);
        assert!(map.is_fair());
        assert_eq!((map.origin, map.walks[1].path.len()), (Some(0.1), 0));
    }
}
