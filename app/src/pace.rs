//! How long a run still takes: by the clock, so that what is done between its steps counts too.

use temper_protocol::{Event, Phase};

/// Seconds by the browser's clock; natively, where only tests run, it stands still.
pub fn now() -> f64 {
    if cfg!(target_arch = "wasm32") { js_sys::Date::now() / 1e3 } else { 0.0 }
}

/// What the clock said of a run; it stands still while the run is paused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// When the first logged step was done, and which it was.
    first: Option<(f64, u32)>,
    /// The same of the last.
    last: Option<(f64, u32)>,
    /// Since when the run is paused.
    paused: Option<f64>,
    /// Seconds that earlier pauses took.
    away: f64,
    /// What keeps it from its steps, and since when.
    stop: Option<(Stop, f64)>,
    /// Seconds of the last evaluation, and of the last samples.
    stops: [f64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stop {
    Evaluating,
    Sampling,
}

impl Pace {
    /// Takes in an event, which came at this second.
    pub fn hear(&mut self, event: &Event, now: f64) {
        match event {
            Event::Paused { .. } => self.paused = Some(now),
            Event::Resumed { .. } => {
                self.away += self.paused.take().map_or(0.0, |since| now - since);
            }
            Event::Phase(phase) => self.enter(phase, now - self.away),
            Event::Step(metrics) => {
                let mark = (now - self.away, metrics.step);
                self.first.get_or_insert(mark);
                self.last = Some(mark);
            }
            _ => {}
        }
    }

    fn enter(&mut self, phase: &Phase, now: f64) {
        let stop = match phase {
            Phase::Evaluating { .. } => Some(Stop::Evaluating),
            Phase::Sampling => Some(Stop::Sampling),
            // An evaluation may write answers and score them.
            Phase::RollingOut { .. } | Phase::Scoring { .. } => return,
            _ => None,
        };
        if stop == self.stop.map(|(stop, _)| stop) {
            return;
        }
        if let Some((over, since)) = self.stop.take() {
            self.stops[over as usize] = now - since;
        }
        self.stop = stop.map(|stop| (stop, now));
    }

    /// Seconds that so many steps take, each of them `step_secs` by itself: as many as those before
    /// took by the clock, but no fewer than the steps with the last evaluation and samples.
    pub fn left(&self, steps: u32, step_secs: f64) -> f64 {
        let steps = f64::from(steps);
        let least = steps * step_secs + self.stops.iter().sum::<f64>();
        self.secs_by_step().map_or(least, |secs| least.max(steps * secs))
    }

    /// The first step isn't counted: what came before it comes once.
    fn secs_by_step(&self) -> Option<f64> {
        let ((began, first), (now, last)) = (self.first?, self.last?);
        (last > first).then(|| (now - began) / f64::from(last - first))
    }
}

#[cfg(test)]
mod tests {
    use temper_protocol::StepMetrics;

    use super::*;

    fn step(step: u32) -> Event {
        Event::Step(StepMetrics { step, epoch: 0.0, values: Vec::new(), secs: 1.0 })
    }

    fn of(events: &[(f64, Event)]) -> Pace {
        let mut pace = Pace::default();
        events.iter().for_each(|(now, event)| pace.hear(event, *now));
        pace
    }

    const TRAINING: Event = Event::Phase(Phase::Training { total: 40 });
    const SAMPLING: Event = Event::Phase(Phase::Sampling);
    const EVALUATING: Event = Event::Phase(Phase::Evaluating { done: 0, total: 4 });

    /// Ten steps of 1 s and two evaluations of 5 s: 2 s a step, whatever came before the first.
    #[test]
    fn what_stands_between_steps_counts() {
        let pace = of(&[(100.0, step(10)), (120.0, step(20))]);
        assert_eq!(pace.left(15, 1.0), 30.0);
    }

    #[test]
    fn a_pause_does_not_count() {
        let waited = [
            (100.0, step(10)),
            (105.0, Event::Paused { step: 12 }),
            (905.0, Event::Resumed { step: 12 }),
            (910.0, step(15)),
        ];
        assert_eq!(of(&waited).left(10, 1.0), 20.0);
    }

    /// 3 s of samples and 4 s of an evaluation, in which answers are scored, are done once more at
    /// the end, however few steps are left.
    #[test]
    fn the_end_is_measured_too() {
        let pace = of(&[
            (0.0, SAMPLING),
            (9.0, TRAINING),
            (10.0, step(1)),
            (10.0, EVALUATING),
            (12.0, Event::Phase(Phase::Scoring { done: 0, total: 4 })),
            (13.0, EVALUATING),
            (14.0, TRAINING),
            (14.0, SAMPLING),
            (17.0, TRAINING),
            (18.0, step(3)),
        ]);
        assert_eq!((pace.left(1, 1.0), pace.left(10, 1.0)), (8.0, 40.0));
    }

    #[test]
    fn one_step_is_all_that_is_known_at_first() {
        assert_eq!(Pace::default().left(4, 0.5), 2.0);
        assert_eq!(of(&[(7.0, step(1))]).left(4, 0.5), 2.0);
    }
}
