//! The Train page: the settings on one side, the run and all that is known of it on the other.

mod progress;

use leptos::prelude::*;
use temper_protocol::DataReport;

use super::advice::AdviceList;
use super::before_after::BeforeAfter;
use super::branch::BranchLine;
use super::button::SteadyButton;
use super::charts::Charts;
use super::estimate::EstimateLine;
use super::failure::Refused;
use super::fields::{Fields, named};
use super::glass::GlassPanel;
use super::keep::KeepCard;
use super::samples::Samples;
use super::soon::Soon;
use super::table::MetricsTable;
use super::tokens::TokenView;
use crate::controller::Controller;
use crate::format::plural;
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
                <Soon>
                    <SettingsCard controller />
                </Soon>
            </div>
            <div class="column wide">
                <RunCard controller />
                <Soon>
                    <AdviceList controller />
                    <Charts controller method=shown />
                </Soon>
                <Soon>
                    <Samples controller />
                    <BeforeAfter controller />
                    <TokenView controller />
                </Soon>
                <Soon>
                    <GlassPanel controller />
                </Soon>
                <Soon>
                    <KeepCard controller />
                    <MetricsTable state method=shown />
                </Soon>
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
    let form = controller.form;
    let wrong = Signal::derive(move || form.wrong.get().map(|failure| named(failure, form)));
    view! {
        <section class="card" aria-labelledby="train-title">
            <h2 id="train-title">"Run"</h2>
            <OpenLine controller />
            <Buttons controller />
            <Refused failure=wrong testid="form-error" />
            <Progress state=controller.state />
        </section>
    }
}

/// What a run would be of.
#[component]
fn OpenLine(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let rows = move |report: &DataReport| {
        format!("{}, {}", report.file, plural(report.rows, "row", "rows"))
    };
    let words = move || {
        let train = match controller.sheet.changed.get() {
            // They are read when the run starts.
            true => format!(
                "{}, {}",
                controller.sheet.name.get(),
                plural(controller.sheet.len(), "row", "rows")
            ),
            false => state.train.with(|report| report.as_ref().map(rows))?,
        };
        let heldout = state.heldout.with(|report| report.as_ref().map(|report| report.rows));
        let heldout = heldout.map_or(String::new(), |rows| format!("; {rows} held out"));
        let sheets = [controller.sheet, controller.heldout];
        let unread = match sheets.iter().any(|sheet| sheet.refused.with(Option::is_some)) {
            true => " The rows on the Data page can't be read as they are.",
            false => "",
        };
        let model = match state.own_model.get() {
            true => controller.open_name(),
            false => "The page's own model".into(),
        };
        Some(format!("{model} learns from {train}{heldout}.{unread}"))
    };
    view! {
        <p class="field-help" data-testid="run-open">
            {words}
        </p>
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
    let start = move || controller.start_from_form();
    let pause = move || controller.pause();
    let go_on = move || controller.resume();
    let stop = move || controller.stop();
    view! {
        <div class="buttons">
            <SteadyButton testid="start" look="main" can=can_start act=start>
                "Start"
            </SteadyButton>
            <SteadyButton testid="pause" can=can_pause act=pause>
                "Pause"
            </SteadyButton>
            <SteadyButton testid="resume" can=can_resume act=go_on>
                {resume}
            </SteadyButton>
            <SteadyButton testid="stop" can=can_stop act=stop>
                "Stop"
            </SteadyButton>
        </div>
    }
}
