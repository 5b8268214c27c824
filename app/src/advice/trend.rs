//! A number over the steps of a run: where it began, where it is, where it is heading.

use crate::metrics::MetricsLog;

/// Fewer logged steps than this say nothing.
pub(super) const ENOUGH: usize = 12;

/// The points of a logged number, at least a dozen.
pub struct Curve(Vec<(f64, f64)>);

impl Curve {
    /// The first of these numbers that is logged often enough.
    pub fn of(log: &MetricsLog, keys: &[&str]) -> Option<Self> {
        Self::since(log, keys, 0.0)
    }

    /// The same from a step on.
    pub fn since(log: &MetricsLog, keys: &[&str], step: f64) -> Option<Self> {
        let from = |key: &&str| {
            let points = log.series(key).into_iter().filter(|point| point.0 >= step);
            points.collect::<Vec<_>>()
        };
        keys.iter().map(from).find(|points| points.len() >= ENOUGH).map(Self)
    }

    /// Mean over a part of the steps, given by the shares where it begins and ends.
    pub fn mean(&self, from: f64, to: f64) -> f64 {
        let count = self.0.len() as f64;
        let end = ((to * count).ceil() as usize).min(self.0.len());
        let part = &self.0[((from * count) as usize).min(end)..end];
        part.iter().map(|point| point.1).sum::<f64>() / part.len().max(1) as f64
    }

    /// Mean of the first fifth.
    pub fn start(&self) -> f64 {
        self.mean(0.0, 0.2)
    }

    /// Mean of the second third.
    pub fn middle(&self) -> f64 {
        self.mean(1.0 / 3.0, 2.0 / 3.0)
    }

    /// Mean of the last fifth.
    pub fn end(&self) -> f64 {
        self.mean(0.8, 1.0)
    }

    /// The value that half of all are below.
    pub fn median(&self) -> f64 {
        let mut values: Vec<f64> = self.0.iter().map(|point| point.1).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    }

    /// Share of the points of which something holds.
    pub fn share(&self, holds: impl Fn(f64) -> bool) -> f64 {
        let count = self.0.iter().filter(|point| holds(point.1)).count();
        count as f64 / self.0.len().max(1) as f64
    }

    /// Steps and values.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.0
    }

    /// The last logged step.
    pub fn last_step(&self) -> Option<u32> {
        self.0.last().map(|point| point.0 as u32)
    }
}
