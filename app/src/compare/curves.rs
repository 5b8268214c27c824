//! One metric of several runs in one drawing.

use temper_protocol::Method;

use super::units::Unit;
use crate::chart::{self, Axis, POINTS, thin};
use crate::figures;
use crate::metrics::HELD_OUT;
use crate::records::RunRecord;

/// One run's line, in its slot's colour and dash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// See [`super::Chosen`].
    pub slot: usize,
    /// The run's name.
    pub name: String,
    /// Steps and values.
    pub points: Vec<(f64, f64)>,
    /// What the values are counted in, where that isn't the same in all curves.
    pub unit: Option<Unit>,
}

impl Curve {
    /// The value nearest to a step, else the last.
    pub fn at(&self, step: Option<f64>) -> Option<(f64, f64)> {
        chart::at(&self.points, step)
    }
}

/// All lines and their axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// In order of slots; a run that doesn't log the metric has no points.
    pub curves: Vec<Curve>,
    /// Steps.
    pub x: Axis,
    /// Values.
    pub y: Axis,
}

impl Drawing {
    /// A metric of runs, each with its slot.
    pub fn of<'a>(runs: impl Iterator<Item = (usize, &'a RunRecord)>, key: &str) -> Self {
        let mut curves: Vec<Curve> = runs
            .map(|(slot, record)| {
                let points = thin(&record.log.series(key), POINTS);
                let unit = Unit::of(&record.config, key);
                Curve { slot, name: record.name.clone(), points, unit }
            })
            .collect();
        name_units(&mut curves);
        let all = || curves.iter().flat_map(|curve| curve.points.iter());
        let last = all().map(|point| point.0).fold(1.0, f64::max);
        let y = Axis::round(all().map(|point| point.1), 4);
        Self { x: Axis::steps(last, 5), y, curves }
    }

    /// Whether no run logs the metric.
    pub fn is_empty(&self) -> bool {
        self.curves.iter().all(|curve| curve.points.is_empty())
    }
}

/// Units are said only where what is drawn has several.
fn name_units(curves: &mut [Curve]) {
    let drawn = curves.iter().filter(|curve| !curve.points.is_empty());
    let mut units = drawn.map(|curve| curve.unit);
    let first = units.next();
    if units.all(|unit| Some(unit) == first) {
        curves.iter_mut().for_each(|curve| curve.unit = None);
    }
}

/// The names of all that the runs logged: of steps in the order of logging, then of held-out rows.
pub fn metrics<'a>(runs: impl Iterator<Item = &'a RunRecord>) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for line in runs.flat_map(|record| record.log.lines()) {
        for (name, _) in &line.metrics().values {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    // Stable: within both groups the order stays.
    names.sort_by_key(|name| name.starts_with(HELD_OUT));
    names.into_iter().map(str::to_string).collect()
}

/// The metric that was asked for, where it is logged; else the one of those logged that tells most.
pub fn wanted(names: &[String], asked: &str) -> String {
    let tells_most = ["rewards/margins", "objective/scores", "loss"];
    let find = |name: &str| names.iter().find(|other| *other == name);
    let found = find(asked).or_else(|| tells_most.into_iter().find_map(find));
    found.or(names.first()).cloned().unwrap_or_default()
}

/// A metric for people: `Margin (rewards/margins)`, where some chart has a title for it.
pub fn metric_title(key: &str) -> String {
    let (place, plain) = match key.strip_prefix(HELD_OUT) {
        Some(plain) => ("Held out: ", plain),
        None => ("", key),
    };
    let figures = Method::ALL.into_iter().flat_map(figures::of);
    let mut lines = figures.flat_map(|figure| figure.lines.iter().map(move |line| (figure, line)));
    match lines.find(|(_, line)| line.keys.contains(&plain)) {
        Some((figure, line)) if line.name.is_empty() => {
            format!("{place}{} ({key})", figure.title)
        }
        Some((figure, line)) => format!("{place}{}, {} ({key})", figure.title, line.name),
        None => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::StepMetrics;

    use super::*;
    use crate::metrics::{Logged, MetricsLog};

    fn record(values: &[f64]) -> RunRecord {
        let step = |(at, value): (usize, &f64)| {
            let values = vec![("eval_loss".to_string(), 1.0), ("loss".to_string(), *value)];
            Logged::Step(StepMetrics { step: at as u32 + 1, epoch: 0.0, values, secs: 1.0 })
        };
        let log = MetricsLog::from(values.iter().enumerate().map(step).collect::<Vec<_>>());
        RunRecord { log, ..RunRecord::empty(Method::Dpo) }
    }

    #[test]
    fn axes_hold_all_runs() {
        let (short, long) = (record(&[0.5, 0.25]), record(&[0.5, 0.5, 0.5, 1.0]));
        let drawing = Drawing::of([(0, &short), (3, &long)].into_iter(), "loss");
        assert_eq!((drawing.x.max, drawing.y.max), (4.0, 1.0));
        assert_eq!(drawing.curves[1].slot, 3);
        assert_eq!(drawing.curves[0].at(Some(9.0)), Some((2.0, 0.25)));
        assert_eq!(drawing.curves[1].at(None), Some((4.0, 1.0)));
        assert!(Drawing::of([(0, &short)].into_iter(), "none").is_empty());
    }

    #[test]
    fn units_are_named_where_they_differ() {
        let run = |method: Method| {
            let values = vec![("logps/chosen".to_string(), -2.0)];
            let line = Logged::Step(StepMetrics { step: 1, epoch: 0.0, values, secs: 1.0 });
            RunRecord { log: MetricsLog::from(vec![line]), ..RunRecord::empty(method) }
        };
        let (dpo, simpo) = (run(Method::Dpo), run(Method::Simpo));
        let units = |runs: [&RunRecord; 2]| {
            let drawing = Drawing::of(runs.into_iter().enumerate(), "logps/chosen");
            drawing.curves.iter().map(|curve| curve.unit).collect::<Vec<_>>()
        };
        assert_eq!(units([&dpo, &simpo]), [Some(Unit::Completion), Some(Unit::Token)]);
        assert_eq!(units([&dpo, &dpo]), [None, None]);
    }

    #[test]
    fn metrics_have_titles_where_charts_have() {
        assert_eq!(metrics([&record(&[0.5])].into_iter()), ["loss", "eval_loss"]);
        let names = ["lr", "loss", "eval_loss"].map(str::to_string);
        assert_eq!(wanted(&names, "eval_loss"), "eval_loss");
        assert_eq!(wanted(&names, "rewards/margins"), "loss");
        assert_eq!(wanted(&[], "loss"), "");
        assert_eq!(metric_title("rewards/margins"), "Margin (rewards/margins)");
        assert_eq!(metric_title("eval_loss"), "Held out: Loss (eval_loss)");
        assert_eq!(metric_title("tokens_seen"), "tokens_seen");
    }
}
