//! How the learning rate moves: transformers' schedules.

use std::f64::consts::PI;

use temper_protocol::{ScheduleConfig, ScheduleKind};

/// The learning rate of a step, counted from 0, of `total` steps.
pub fn learning_rate(schedule: &ScheduleConfig, peak: f64, step: usize, total: usize) -> f64 {
    let warmup = schedule.warmup_steps as usize;
    if step < warmup {
        return peak * step as f64 / warmup as f64;
    }
    let progress = (step - warmup) as f64 / total.saturating_sub(warmup).max(1) as f64;
    peak * match schedule.kind {
        ScheduleKind::Constant => 1.0,
        ScheduleKind::Linear => (1.0 - progress).max(0.0),
        ScheduleKind::Cosine => 0.5 * (1.0 + (PI * progress).cos()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(kind: ScheduleKind, warmup_steps: u32, step: usize) -> f64 {
        learning_rate(&ScheduleConfig { kind, warmup_steps }, 0.005, step, 16)
    }

    /// The first three of TRL's `dpo_sigmoid` run.
    #[test]
    fn linear_as_trl_logs_it() {
        assert_eq!([0, 1, 2].map(|s| at(ScheduleKind::Linear, 0, s)), [0.005, 0.0046875, 0.004375]);
    }

    #[test]
    fn warm_up_starts_at_zero_and_reaches_the_peak() {
        for kind in [ScheduleKind::Linear, ScheduleKind::Cosine, ScheduleKind::Constant] {
            assert_eq!(at(kind, 4, 0), 0.0);
            assert_eq!(at(kind, 4, 2), 0.0025);
            assert_eq!(at(kind, 4, 4), 0.005);
        }
    }

    #[test]
    fn cosine_is_half_way_down_in_the_middle() {
        assert!((at(ScheduleKind::Cosine, 0, 8) - 0.0025).abs() < 1e-12);
    }
}
