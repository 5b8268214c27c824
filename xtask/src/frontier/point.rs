//! A point of the frontier: what was run, and what came of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::table::Plan;

/// One model, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The family's name.
    pub method: String,
    /// How strong, for people.
    pub setting: String,
    /// What differs from the method's file in `examples/`, as `--set` takes it.
    pub settings: Vec<String>,
    /// Of training.
    pub seconds: f64,
    /// What it writes.
    #[serde(flatten)]
    pub measured: Measured,
}

/// What `reviews measure` says: means over completions of held-out prompts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The gold reward, 0 to 1.
    pub reward: f64,
    /// Standard error of that mean.
    pub reward_stderr: f64,
    /// From the reference, nats a completion.
    pub kl: f64,
    /// Standard error of that mean.
    pub kl_stderr: f64,
    /// Share in the grammar's own English.
    pub reads_well: f64,
    /// Share that ended by itself.
    pub ended: f64,
    /// Tokens.
    pub length: f64,
    /// Completions measured.
    pub samples: u32,
}

/// A point in the cache, and what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Of the files and of how it was measured.
    pub fingerprint: String,
    /// What came of them.
    pub point: Point,
}

impl Kept {
    /// Whether the plan would make the same again.
    pub fn fits(&self, plan: &Plan, fingerprint: &str) -> bool {
        self.fingerprint == fingerprint && self.point.is_of(plan)
    }
}

impl Point {
    fn is_of(&self, plan: &Plan) -> bool {
        self.method == plan.method && self.settings == plan.settings
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured { reward, kl, reads_well, .. } = self.measured;
        let (share, seconds) = (100.0 * reads_well, self.seconds);
        write!(f, "reward {reward:.3} at {kl:.2} nats, {share:.0} % read well, {seconds:.0} s")
    }
}

impl Measured {
    /// Without the digits that mean nothing.
    pub fn rounded(self) -> Self {
        Self {
            reward: round(self.reward, 4),
            reward_stderr: round(self.reward_stderr, 4),
            kl: round(self.kl, 4),
            kl_stderr: round(self.kl_stderr, 4),
            reads_well: round(self.reads_well, 4),
            ended: round(self.ended, 4),
            length: round(self.length, 2),
            samples: self.samples,
        }
    }
}

/// To so many decimals.
pub fn round(value: f64, decimals: i32) -> f64 {
    let scale = 10.0_f64.powi(decimals);
    (value * scale).round() / scale
}

/// Brings points into the table's order.
pub fn sort(points: &mut [Point], plans: &[Plan]) {
    points.sort_by_key(|point| plans.iter().position(|plan| point.is_of(plan)));
}

/// A method's points, nearest to the reference first.
pub fn by_kl<'a>(points: &'a [Point], method: &str) -> Vec<&'a Point> {
    let mut own: Vec<&Point> = points.iter().filter(|point| point.method == method).collect();
    own.sort_by(|a, b| a.measured.kl.total_cmp(&b.measured.kl));
    own
}

#[cfg(test)]
impl Point {
    /// A plan's point with a KL and a reward, for tests.
    pub fn of(plan: &Plan, kl: f64, reward: f64) -> Self {
        Self {
            method: plan.method.into(),
            setting: plan.setting.clone(),
            settings: plan.settings.clone(),
            seconds: 17.0,
            measured: Measured {
                reward,
                reward_stderr: 0.02,
                kl,
                kl_stderr: 0.1,
                reads_well: 0.7,
                ended: 1.0,
                length: 25.0,
                samples: 200,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::plans;
    use super::*;

    #[test]
    fn points_come_in_the_tables_order_and_lines_in_that_of_kl() {
        let plans = plans();
        let kl = |at: usize| [3.0, 1.0, 2.0][at % 3];
        let made: Vec<Point> =
            plans.iter().enumerate().map(|(at, plan)| Point::of(plan, kl(at), 0.5)).collect();
        let mut points: Vec<Point> = made.iter().rev().cloned().collect();
        sort(&mut points, &plans);
        assert_eq!(points, made);
        let line: Vec<f64> =
            by_kl(&points, "dpo").into_iter().map(|point| point.measured.kl).collect();
        assert_eq!(line.len(), 4);
        assert!(line.is_sorted(), "{line:?}");
        assert!(by_kl(&points, "no such method").is_empty());
    }

    #[test]
    fn a_kept_point_serves_only_the_same_settings_and_files() {
        let plans = plans();
        let kept = Kept { fingerprint: "a".into(), point: Point::of(&plans[1], 1.0, 0.9) };
        assert!(kept.fits(&plans[1], "a"));
        assert!(!kept.fits(&plans[1], "b"));
        assert!(!kept.fits(&plans[2], "a"));
        let text = serde_json::to_string(&kept).expect("JSON");
        assert_eq!(serde_json::from_str::<Kept>(&text).expect("the same"), kept);
    }

    #[test]
    fn what_is_written_has_few_digits() {
        assert_eq!(round(0.464_999_999_9, 4), 0.465);
        assert_eq!(round(17.149, 1), 17.1);
    }
}
