//! How far the run is, what it is busy with, and how long it still takes.

use leptos::prelude::*;
use temper_protocol::{Phase, StepMetrics};

use crate::format::{about, count, duration, plural, thousands};
use crate::state::{State, Status};
use crate::words;

/// Steps that the pace is taken from.
const LATEST: usize = 8;

/// The status in a word and a sentence, the steps, and the bar.
#[component]
pub fn Progress(state: State) -> impl IntoView {
    let word = move || state.status.get().word();
    view! {
        <div class="progress">
            <p class="now">
                <span role="status" class="pill" data-testid="status" data-status=word>
                    {word}
                </span>
                <span class="note" data-testid="note">
                    {move || note(&state)}
                </span>
            </p>
            <p class="figures steps">
                <span data-testid="step">{move || thousands(state.step.get().into())}</span>
                {move || match state.total.get() {
                    0 => " steps".to_string(),
                    total => format!(" of {}", plural(total, "step", "steps")),
                }}
                <span class="faint" data-testid="pace">
                    {move || pace(&state)}
                </span>
            </p>
        </div>
        <progress
            data-testid="progress"
            aria-label="Steps done"
            max=move || state.total.get().max(1).to_string()
            value=move || state.step.get().to_string()
        ></progress>
    }
}

/// What is going on: a note where there is one, else the run's phase, else how it ended.
fn note(state: &State) -> String {
    let note = state.note.get();
    if !note.is_empty() {
        return note;
    }
    match (state.status.get(), state.phase.get(), state.summary.get()) {
        (Status::Training, Some(phase), _) => match state.round.get() {
            Some((round, total)) => {
                format!("Round {round} of {total} · {}", words::phase(&phase))
            }
            None => words::phase(&phase),
        },
        (Status::Training, None, _) => "Getting ready".into(),
        (Status::Done, _, Some(end)) => {
            let how = if end.stopped { "Stopped by you" } else { "Finished" };
            format!("{how} after {}", duration(end.secs))
        }
        _ => String::new(),
    }
}

/// Seconds a step and tokens a second, from the last few steps, and how long is left.
fn pace(state: &State) -> String {
    use Phase::{RollingOut, Scoring, Training};
    let learning =
        matches!(state.phase.get(), Some(Training { .. } | RollingOut { .. } | Scoring { .. }));
    let latest = state.log.with(|log| log.latest_steps(LATEST));
    if latest.is_empty() || !learning {
        return String::new();
    }
    let secs = latest.iter().map(|metrics| metrics.secs).sum::<f64>() / latest.len() as f64;
    let tokens = speed(&latest).map(|speed| format!(", {} tokens a second", count(speed)));
    let steps = state.total.get().saturating_sub(state.step.get());
    let left = || state.pace.with_value(|pace| pace.left(steps, secs));
    let left = (steps > 0).then(|| format!(", about {} left", about(left())));
    let [tokens, left] = [tokens, left].map(Option::unwrap_or_default);
    format!(" · {} a step{tokens}{left}", duration(secs))
}

/// Tokens a second over some steps, the newest first, each of which says how many it saw since the
/// run began. Where a line stands for several steps, its seconds are those of the last alone.
fn speed(latest: &[StepMetrics]) -> Option<f64> {
    let (newest, oldest) = (latest.first()?, latest.last()?);
    let tokens = newest.get("num_tokens")? - oldest.get("num_tokens")?;
    let steps = f64::from(newest.step.saturating_sub(oldest.step));
    let since = &latest[..latest.len() - 1];
    let secs = since.iter().map(|metrics| metrics.secs).sum::<f64>() / since.len().max(1) as f64;
    let speed = tokens / (steps * secs);
    (speed.is_finite() && speed > 0.0).then_some(speed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u32, tokens: f64, secs: f64) -> StepMetrics {
        StepMetrics { step, epoch: 0.0, values: vec![("num_tokens".into(), tokens)], secs }
    }

    /// 3000 tokens in two steps of 1 s and 2 s, whatever came before: 1000 a second.
    #[test]
    fn the_speed_is_of_the_latest_steps() {
        let latest = [step(7, 9000.0, 2.0), step(6, 7000.0, 1.0), step(5, 6000.0, 50.0)];
        assert_eq!(speed(&latest), Some(1000.0));
        assert_eq!(speed(&latest[..1]), None);
        assert_eq!(speed(&[]), None);
    }

    /// A line each tenth step: 20 steps of half a second, 5000 tokens.
    #[test]
    fn lines_may_stand_for_several_steps() {
        let latest = [step(30, 6000.0, 0.5), step(20, 3000.0, 0.5), step(10, 1000.0, 0.5)];
        assert_eq!(speed(&latest), Some(500.0));
    }
}
