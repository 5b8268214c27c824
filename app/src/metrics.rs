//! All that a run has logged, for charts, table and tests.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Number, Value};
use temper_protocol::StepMetrics;

/// What a name begins with where it was measured on held-out rows.
pub const HELD_OUT: &str = "eval_";

/// A logged step, or a measurement on held-out rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Logged {
    /// A training step.
    Step(StepMetrics),
    /// Held-out rows after a step; keys begin with [`HELD_OUT`].
    Evaluation(StepMetrics),
}

impl Logged {
    /// What was measured.
    pub fn metrics(&self) -> &StepMetrics {
        match self {
            Self::Step(metrics) | Self::Evaluation(metrics) => metrics,
        }
    }
}

/// The log of one run, in order of steps. Written as its lines, from which all else follows.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Vec<Logged>")]
pub struct MetricsLog {
    lines: Vec<Logged>,
    json: Vec<String>,
    /// Seconds of the slowest step so far.
    pub slowest_secs: f64,
}

impl MetricsLog {
    /// Adds a line. A resumed run repeats steps after its checkpoint: the new line replaces them.
    pub fn push(&mut self, line: Logged) {
        let (step, is_step) = (line.metrics().step, matches!(line, Logged::Step(_)));
        // A step's own line stands before its evaluation.
        let stays = |old: &Logged| {
            let at = old.metrics().step;
            at < step || !is_step && at == step && matches!(old, Logged::Step(_))
        };
        let kept = self.lines.partition_point(stays);
        self.lines.truncate(kept);
        self.json.truncate(kept);
        if is_step {
            self.slowest_secs = self.slowest_secs.max(line.metrics().secs);
        }
        self.json.push(json_line(&line));
        self.lines.push(line);
    }

    /// All lines, in their order.
    pub fn lines(&self) -> &[Logged] {
        &self.lines
    }

    /// A metric over the steps, wherever it was logged.
    pub fn series(&self, key: &str) -> Vec<(f64, f64)> {
        self.lines
            .iter()
            .map(Logged::metrics)
            .filter_map(|metrics| Some((f64::from(metrics.step), metrics.get(key)?)))
            .collect()
    }

    /// Whether nothing has been logged.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last logged training steps, newest first.
    pub fn latest_steps(&self, most: usize) -> Vec<StepMetrics> {
        self.lines
            .iter()
            .rev()
            .filter_map(|line| match line {
                Logged::Step(metrics) => Some(metrics.clone()),
                Logged::Evaluation(_) => None,
            })
            .take(most)
            .collect()
    }

    /// As a JSON array, one object a line.
    pub fn to_json(&self) -> String {
        format!("[{}]", self.json.join(",\n"))
    }
}

impl From<Vec<Logged>> for MetricsLog {
    fn from(lines: Vec<Logged>) -> Self {
        let mut log = Self::default();
        lines.into_iter().for_each(|line| log.push(line));
        log
    }
}

impl Serialize for MetricsLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.lines.serialize(serializer)
    }
}

fn json_line(line: &Logged) -> String {
    let metrics = line.metrics();
    let mut object = Map::new();
    object.insert("step".into(), metrics.step.into());
    let named = |(key, value): (&str, f64)| Some((key.to_string(), Number::from_f64(value)?));
    let extra = [("epoch", metrics.epoch), ("secs", metrics.secs)];
    let values = metrics.values.iter().map(|(key, value)| (key.as_str(), *value));
    for (key, number) in extra.into_iter().chain(values).filter_map(named) {
        object.insert(key, Value::Number(number));
    }
    if matches!(line, Logged::Evaluation(_)) {
        object.insert("eval".into(), true.into());
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u32, loss: f64) -> Logged {
        Logged::Step(StepMetrics {
            step,
            epoch: 0.5,
            values: vec![("loss".into(), loss)],
            secs: 0.25,
        })
    }

    fn evaluation(step: u32, loss: f64) -> Logged {
        let values = vec![("eval_loss".into(), loss)];
        Logged::Evaluation(StepMetrics { step, epoch: 0.5, values, secs: 9.0 })
    }

    #[test]
    fn each_line_is_an_object() {
        let mut log = MetricsLog::default();
        log.push(step(1, 0.5));
        log.push(evaluation(1, 0.75));
        let read: Value = serde_json::from_str(&log.to_json()).unwrap();
        let expected = serde_json::json!([
            { "step": 1, "epoch": 0.5, "secs": 0.25, "loss": 0.5 },
            { "step": 1, "epoch": 0.5, "secs": 9.0, "eval_loss": 0.75, "eval": true },
        ]);
        assert_eq!(read, expected);
        assert_eq!(log.slowest_secs, 0.25);
    }

    #[test]
    fn a_resumed_run_replaces_what_it_repeats() {
        let mut log = MetricsLog::default();
        for at in 1..=4 {
            log.push(step(at, f64::from(at)));
            log.push(evaluation(at, f64::from(at)));
        }
        log.push(step(3, 30.0));
        assert_eq!(log.series("loss"), [(1.0, 1.0), (2.0, 2.0), (3.0, 30.0)]);
        assert_eq!(log.series("eval_loss"), [(1.0, 1.0), (2.0, 2.0)]);
        assert_eq!(log.latest_steps(1)[0].step, 3);
    }

    /// Logged every tenth step, the first that a run says again may be an evaluation.
    #[test]
    fn an_evaluation_said_again_replaces_what_came_after() {
        let mut log = MetricsLog::default();
        for line in [step(20, 2.0), evaluation(20, 2.0), evaluation(25, 2.5), step(30, 3.0)] {
            log.push(line);
        }
        log.push(evaluation(25, 25.0));
        assert_eq!(log.series("loss"), [(20.0, 2.0)]);
        assert_eq!(log.series("eval_loss"), [(20.0, 2.0), (25.0, 25.0)]);
    }

    #[test]
    fn a_log_is_read_back_as_it_was_written() {
        let mut log = MetricsLog::default();
        for at in 1..=3 {
            log.push(step(at, f64::from(at) / 4.0));
            log.push(evaluation(at, 0.5));
        }
        let text = serde_json::to_string(&log).unwrap();
        assert_eq!(serde_json::from_str::<MetricsLog>(&text).unwrap(), log);
        assert_eq!(log.lines().len(), 6);
    }
}
