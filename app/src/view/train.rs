//! The Train page: the settings on one side, the run and all that is known of it on the other.

mod progress;

use leptos::prelude::*;

use super::advice::AdviceList;
use super::before_after::BeforeAfter;
use super::branch::BranchLine;
use super::charts::Charts;
use super::estimate::EstimateLine;
use super::failure::Refused;
use super::fields::Fields;
use super::glass::GlassPanel;
use super::keep::KeepCard;
use super::samples::Samples;
use super::table::MetricsTable;
use super::tokens::TokenView;
use crate::controller::Controller;
use crate::metrics::MetricsLog;
use crate::state::Status;

pub use progress::Progress;

/// The whole page.
#[component]
pub fn TrainPage(controller: Controller) -> impl IntoView {
    let (state, form) = (controller.state, controller.form);
    // The numbers are the last run's, until there is another.
    let shown = Memo::new(move |_| match state.log.with(MetricsLog::is_empty) {
        true => form.method.get(),
        false => state.ran.get(),
    });
    view! {
        <div class="columns">
            <div class="column">
                <SettingsCard controller />
            </div>
            <div class="column wide">
                <RunCard controller />
                <AdviceList controller />
                <Charts controller method=shown />
                <Samples controller />
                <BeforeAfter controller />
                <TokenView controller />
                <GlassPanel controller />
                <KeepCard controller />
                <MetricsTable state method=shown />
            </div>
        </div>
    }
}

/// How it learns, and what that would take.
#[component]
fn SettingsCard(controller: Controller) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="settings-title">
            <h2 id="settings-title">"Settings"</h2>
            <p class="lead">
                "Choose how it learns. Each method comes with settings that suit the page's own model."
            </p>
            <Fields controller />
            <EstimateLine controller />
            <BranchLine controller />
        </section>
    }
}

/// The buttons and the progress.
#[component]
fn RunCard(controller: Controller) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="train-title">
            <h2 id="train-title">"Run"</h2>
            <Buttons controller />
            <Refused failure=controller.form.wrong testid="form-error" />
            <Progress state=controller.state />
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
