//! All that one chart draws, worked out from the logs.

use crate::chart::{self, Axis, POINTS, nearest, thin};
use crate::compare::Unit;
use crate::figures::{Figure, Line};
use crate::format::{number, percent};
use crate::metrics::{HELD_OUT, MetricsLog};
use crate::smooth::smooth;

/// Steps and values.
pub type Points = Vec<(f64, f64)>;

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// As logged.
    pub logged: Points,
    /// Smoothed; empty where nothing is smoothed.
    pub smoothed: Points,
}

impl Trace {
    fn of(points: &[(f64, f64)], weight: f64) -> Self {
        let smoothed = match weight > 0.0 {
            true => thin(&smooth(points, weight), POINTS),
            false => Points::new(),
        };
        Self { logged: thin(points, POINTS), smoothed }
    }

    /// The line that counts.
    pub fn drawn(&self) -> &[(f64, f64)] {
        if self.smoothed.is_empty() { &self.logged } else { &self.smoothed }
    }
}

/// The lines of another run.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Its place among the other runs, and with it its pattern.
    pub slot: usize,
    /// The run's name.
    pub name: String,
    /// As many as the figure has.
    pub lines: Vec<Points>,
    /// What it is counted in, where that isn't the unit of the run shown.
    pub unit: Option<Unit>,
}

impl Other {
    /// What another run's log holds of a figure.
    pub fn of(slot: usize, name: String, log: &MetricsLog, figure: Figure, weight: f64) -> Self {
        let line = |line: &Line| thin(&smooth(&series(log, line.keys, ""), weight), POINTS);
        Self { slot, name, lines: figure.lines.iter().map(line).collect(), unit: None }
    }

    /// The same, counted in another unit than the run shown. A likelihood isn't drawn then: sums lie
    /// so far from means that one of them would be flat.
    pub fn counted_in(mut self, unit: Unit, figure: Figure) -> Self {
        let is_likelihood = |line: &Line| line.keys.iter().any(|key| key.starts_with("logps/"));
        if figure.lines.iter().any(is_likelihood) {
            self.lines.iter_mut().for_each(Vec::clear);
        }
        self.unit = Some(unit);
        self
    }

    /// Its values at a step, else its last ones; none of a line that has none.
    pub fn at(&self, step: Option<f64>) -> Vec<Option<f64>> {
        let value = |points: &Points| chart::at(points, step).map(|point| point.1);
        self.lines.iter().map(value).collect()
    }

    /// What is to be known of its unit.
    pub fn unit_words(&self) -> Option<String> {
        let words = self.unit?.words();
        match self.lines.iter().all(Vec::is_empty) {
            true => Some(format!("not drawn: {words}")),
            false => Some(format!("({words})")),
        }
    }
}

/// A chart's lines and axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// One line or two.
    pub lines: Vec<Trace>,
    /// The first line's number on held-out rows.
    pub heldout: Points,
    /// Other runs, beneath.
    pub others: Vec<Other>,
    /// Steps.
    pub x: Axis,
    /// Values.
    pub y: Axis,
}

impl Drawing {
    /// A figure of a run that takes `total` steps, smoothed by `weight`, with other runs beneath.
    pub fn of(
        log: &MetricsLog,
        figure: Figure,
        total: u32,
        weight: f64,
        others: Vec<Other>,
    ) -> Self {
        let lines: Vec<Trace> = figure
            .lines
            .iter()
            .map(|line| Trace::of(&series(log, line.keys, ""), weight))
            .collect();
        let heldout = match figure.lines {
            [only] => series(log, only.keys, HELD_OUT),
            _ => Vec::new(),
        };
        let all = || {
            let own = lines.iter().flat_map(|line| line.logged.iter()).chain(&heldout);
            own.chain(others.iter().flat_map(|other| other.lines.iter().flatten()))
        };
        let last = all().map(|point| point.0).fold(0.0, f64::max);
        let values = all().map(|point| point.1);
        let y = if figure.share { Axis::fixed(0.0, 1.0, 4) } else { Axis::round(values, 4) };
        Self { x: Axis::steps(last.max(f64::from(total)), 5), y, lines, heldout, others }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        let nothing = |other: &Other| other.lines.iter().all(Vec::is_empty);
        self.heldout.is_empty()
            && self.lines.iter().all(|line| line.logged.is_empty())
            && self.others.iter().all(nothing)
    }

    /// The points of a line; none where there is no such line.
    pub fn line(&self, index: usize) -> &[(f64, f64)] {
        self.lines.get(index).map(Trace::drawn).unwrap_or_default()
    }

    /// The points beneath a smoothed line.
    pub fn beneath(&self, index: usize) -> &[(f64, f64)] {
        match self.lines.get(index) {
            Some(line) if !line.smoothed.is_empty() => &line.logged,
            _ => &[],
        }
    }

    /// A line's point at the step that is pointed at, else its last.
    pub fn at(&self, index: usize, pointed: Option<f64>) -> Option<(f64, f64)> {
        chart::at(self.line(index), pointed)
    }

    /// What was logged there of the only line, where another value is drawn.
    pub fn logged_at(&self, pointed: Option<f64>) -> Option<(f64, f64)> {
        if self.lines.len() == 1 { chart::at(self.beneath(0), pointed) } else { None }
    }

    /// The held-out point nearest to there.
    pub fn heldout_at(&self, pointed: Option<f64>) -> Option<(f64, f64)> {
        chart::at(&self.heldout, pointed)
    }

    /// The logged step that is pointed at.
    pub fn step(&self, pointed: Option<f64>) -> Option<f64> {
        let step = pointed?;
        Some(self.at(0, pointed).map_or(step, |point| point.0))
    }

    /// The step that a key leads to from the one that is pointed at, else from the last.
    pub fn led(&self, from: Option<f64>, key: &str) -> Option<f64> {
        let points = self.line(0);
        let last = points.len().checked_sub(1)?;
        let here = self.at(0, from).and_then(|at| points.iter().position(|point| *point == at));
        let here = here.unwrap_or(last);
        let to = match key {
            "ArrowLeft" | "ArrowDown" => here.saturating_sub(1),
            "ArrowRight" | "ArrowUp" => (here + 1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        points.get(to).map(|point| point.0)
    }
}

/// The first of these numbers that is logged.
fn series(log: &MetricsLog, keys: &[&str], prefix: &str) -> Points {
    let mut series = keys.iter().map(|key| log.series(&format!("{prefix}{key}")));
    series.find(|points| !points.is_empty()).unwrap_or_default()
}

/// A value of a figure.
pub fn shown(figure: Figure, value: f64) -> String {
    if figure.share { percent(value) } else { number(value) }
}

/// The chart for those who don't see it: the step that is pointed at, else both ends.
pub fn spoken(figure: Figure, drawing: &Drawing, pointed: Option<f64>) -> String {
    let words = |(index, line): (usize, &Line)| {
        let points = drawing.line(index);
        let said = |point: (f64, f64)| {
            format!("{} {} at step {:.0}", line.name, shown(figure, point.1), point.0)
        };
        match pointed {
            Some(step) => nearest(points, step).map(said),
            None => Some(format!(
                "{}, {}",
                said(*points.first()?).trim_start(),
                said(*points.last()?).trim_start()
            )),
        }
    };
    let lines: Vec<String> = figure.lines.iter().enumerate().filter_map(words).collect();
    match lines.is_empty() {
        true => "nothing logged yet".into(),
        false => lines.join("; ").trim().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::{Method, StepMetrics};

    use super::*;
    use crate::figures;
    use crate::metrics::Logged;

    fn log(losses: &[f64]) -> MetricsLog {
        let mut log = MetricsLog::default();
        for (at, &loss) in losses.iter().enumerate() {
            let values = vec![("loss".to_string(), loss)];
            let step = at as u32 + 1;
            log.push(Logged::Step(StepMetrics { step, epoch: 0.0, values, secs: 0.1 }));
        }
        log
    }

    fn loss() -> Figure {
        figures::of(Method::Sft)[0]
    }

    #[test]
    fn the_axes_hold_the_other_runs_too() {
        let other = Other::of(2, "SFT 1".into(), &log(&[9.0, 8.0, 7.0]), loss(), 0.0);
        let drawing = Drawing::of(&log(&[1.0, 2.0]), loss(), 2, 0.0, vec![other.clone()]);
        assert!(drawing.x.max >= 3.0 && drawing.y.max >= 9.0 && drawing.y.min <= 1.0);
        assert_eq!(other.at(Some(1.0)), [Some(9.0)]);
        assert_eq!(other.at(None), [Some(7.0)]);
        assert_eq!(other.unit_words(), None);
    }

    #[test]
    fn a_likelihood_of_another_unit_is_not_drawn() {
        let all = figures::of(Method::Dpo);
        let likelihood = *all.iter().find(|figure| figure.testid == "chart-logps").unwrap();
        let other = Other::of(0, "IPO".into(), &log(&[1.0]), likelihood, 0.0);
        let other = other.counted_in(Unit::Token, likelihood);
        assert_eq!(other.at(None), [None, None]);
        assert_eq!(other.unit_words().unwrap(), "not drawn: a mean over tokens");
        let loss = Other::of(0, "IPO".into(), &log(&[1.0]), loss(), 0.0);
        let named = loss.counted_in(Unit::Completion, figures::of(Method::Sft)[0]);
        assert_eq!(named.unit_words().unwrap(), "(summed over each answer)");
    }

    /// weight 1/2 of 1, 2: 1 and 5/3
    #[test]
    fn a_smoothed_line_lies_over_the_logged_one() {
        let drawing = Drawing::of(&log(&[1.0, 2.0]), loss(), 2, 0.5, Vec::new());
        let (_, end) = drawing.at(0, None).unwrap();
        assert!((end - 5.0 / 3.0).abs() < 1e-12);
        assert_eq!(drawing.logged_at(None), Some((2.0, 2.0)));
        let plain = Drawing::of(&log(&[1.0, 2.0]), loss(), 2, 0.0, Vec::new());
        assert_eq!((plain.at(0, None), plain.logged_at(None)), (Some((2.0, 2.0)), None));
    }

    #[test]
    fn keys_lead_from_one_logged_step_to_the_next() {
        let drawing = Drawing::of(&log(&[3.0, 2.0, 1.0]), loss(), 3, 0.0, Vec::new());
        assert_eq!(drawing.led(None, "ArrowLeft"), Some(2.0));
        assert_eq!(drawing.led(Some(2.2), "ArrowRight"), Some(3.0));
        assert_eq!(drawing.led(Some(3.0), "ArrowRight"), Some(3.0));
        assert_eq!(drawing.led(Some(3.0), "Home"), Some(1.0));
        assert_eq!(drawing.led(Some(3.0), "a"), None);
        assert_eq!(Drawing::default().led(None, "Home"), None);
    }

    #[test]
    fn a_chart_is_told_in_words() {
        let drawing = Drawing::of(&log(&[3.0, 2.0]), loss(), 2, 0.0, Vec::new());
        let both = spoken(loss(), &drawing, None);
        assert_eq!(both, "3.0000 at step 1, 2.0000 at step 2");
        assert_eq!(spoken(loss(), &drawing, Some(1.9)), "2.0000 at step 2");
        assert_eq!(spoken(loss(), &Drawing::default(), None), "nothing logged yet");
    }
}
