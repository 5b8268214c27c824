//! Step 3: the run and its controls.

use leptos::prelude::*;
use temper_protocol::Phase;

use super::fields::Fields;
use crate::controller::Controller;
use crate::format::duration;
use crate::state::{State, Status};
use crate::words;

/// Settings, buttons and progress.
#[component]
pub fn TrainCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    view! {
        <section class="card" aria-labelledby="train-title">
            <h2 id="train-title">
                <span class="number" aria-hidden="true">
                    "3"
                </span>
                "Train"
            </h2>
            <p class="lead">
                "Choose how it learns. Each method comes with settings that suit the page's own model."
            </p>
            <Fields controller />
            <Buttons controller />
            <Progress state />
        </section>
    }
}

#[component]
fn Buttons(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let status = state.status;
    let can_start = Signal::derive(move || !status.get().is_busy() && state.has_all());
    let can_pause = Signal::derive(move || status.get() == Status::Training);
    let can_resume = Signal::derive(move || status.get() == Status::Paused || state.can_resume());
    let can_stop = Signal::derive(move || status.get().is_running());
    let resume = move || match state.checkpoint.get() {
        Some(step) if state.can_resume() => format!("Resume from step {step}"),
        _ => "Resume".to_string(),
    };
    let start = Controller::start_from_form;
    view! {
        <div class="buttons">
            <Button controller act=start testid="start" enabled=can_start main=true>
                "Start"
            </Button>
            <Button controller act=Controller::pause testid="pause" enabled=can_pause>
                "Pause"
            </Button>
            <Button controller act=Controller::resume testid="resume" enabled=can_resume>
                {resume}
            </Button>
            <Button controller act=Controller::stop testid="stop" enabled=can_stop>
                "Stop"
            </Button>
        </div>
    }
}

#[component]
fn Button(
    controller: Controller,
    act: fn(Controller),
    testid: &'static str,
    enabled: Signal<bool>,
    /// Whether it is the one that most will press.
    #[prop(optional)]
    main: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class:main=main
            data-testid=testid
            disabled=move || !enabled.get()
            on:click=move |_| act(controller)
        >
            {children()}
        </button>
    }
}

#[component]
fn Progress(state: State) -> impl IntoView {
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
                <span data-testid="step">{move || state.step.get()}</span>
                {move || match state.total.get() {
                    0 => " steps".to_string(),
                    total => format!(" of {total} steps"),
                }}
                <span class="faint">{move || pace(&state)}</span>
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

/// Seconds a step and how long is left, from the last few steps.
fn pace(state: &State) -> String {
    use Phase::{RollingOut, Scoring, Training};
    let learning =
        matches!(state.phase.get(), Some(Training { .. } | RollingOut { .. } | Scoring { .. }));
    let latest = state.log.with(|log| log.latest_steps(8));
    if latest.is_empty() || !learning {
        return String::new();
    }
    let secs = latest.iter().map(|metrics| metrics.secs).sum::<f64>() / latest.len() as f64;
    let left = f64::from(state.total.get().saturating_sub(state.step.get())) * secs;
    format!(" · {} a step, about {} left", duration(secs), duration(left))
}
