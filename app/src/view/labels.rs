//! Preferences that a rule or a second model gives, and how far it can be trusted.

mod figures;
mod results;
mod setup;

use leptos::prelude::*;

use super::button::SteadyButton;
use super::failure::Told;
use crate::controller::Controller;

use figures::Figures;
use results::{Making, Remarkable, Take};
use setup::{What, Who};

/// Has somebody else judge.
#[component]
pub fn LabelPanel(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let is_empty = move || judge.judged.with(Vec::is_empty);
    view! {
        <section class="card arena" aria-labelledby="judge-title" data-testid="judge">
            <h2 id="judge-title">"Let a judge compare"</h2>
            <p class="lead">
                "Somebody else says which of two answers is better. On pairs whose label is known "
                "that shows how far the judge can be trusted; on fresh samples it makes new pairs."
            </p>
            <Who controller />
            <What controller />
            <Run controller />
            <div class="arena-results" hidden=is_empty>
                <Figures controller />
                <Making controller />
                <Remarkable controller />
                <Take controller />
            </div>
        </section>
    }
}

/// Start, stop, and how far it is.
#[component]
fn Run(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let goes_on = move || judge.progress.with(Option::is_some);
    let obstacle = move || judge.obstacle(controller).filter(|_| !goes_on());
    let can_start = Signal::derive(move || !goes_on() && obstacle().is_none());
    let start = move || judge.start(controller);
    let stop = move || judge.stop();
    view! {
        <div class="buttons">
            <SteadyButton testid="judge-start" look="main" can=can_start act=start>
                "Start judging"
            </SteadyButton>
            <SteadyButton testid="judge-stop" can=Signal::derive(goes_on) act=stop>
                "Stop"
            </SteadyButton>
        </div>
        <p class="faint" role="status" data-testid="judge-note">
            {obstacle}
        </p>
        <Progress controller />
        <Failed controller />
    }
}

#[component]
fn Progress(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let done = move || judge.progress.get().map_or(0, |(done, _)| done);
    let total = move || judge.progress.get().map_or(0, |(_, total)| total);
    view! {
        <div class="arena-progress" hidden=move || judge.progress.with(Option::is_none)>
            <p class="figures" data-testid="judge-done">
                {move || format!("{} of {} compared", done(), total())}
            </p>
            <progress
                data-testid="judge-progress"
                aria-label="Comparisons done"
                max=move || total().max(1).to_string()
                value=move || done().to_string()
            ></progress>
        </div>
    }
}

#[component]
fn Failed(controller: Controller) -> impl IntoView {
    let failure = move || {
        controller.arena.judge.failure.get().map(|failure| {
            view! {
                <div class="notice error">
                    <div>
                        <Told failure />
                    </div>
                </div>
            }
        })
    };
    view! {
        <div role="alert" data-testid="judge-failure">
            {failure}
        </div>
    }
}
