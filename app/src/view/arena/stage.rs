//! What is read before something is said of it.

use leptos::prelude::*;

use crate::arena::{Collector, Flaw};
use crate::controller::Controller;
use crate::state::Status;
use crate::view::failure::Told;

/// What was asked.
#[component]
pub fn Prompt(collector: Collector, testid: &'static str) -> impl IntoView {
    let prompt = move || collector.shown.with(|draw| draw.as_ref().map(|it| it.prompt.clone()));
    view! {
        <p class="prompt" data-testid=testid>
            {prompt}
        </p>
    }
}

/// One of the answers.
#[component]
pub fn Answer(
    collector: Collector,
    at: usize,
    title: &'static str,
    testid: &'static str,
) -> impl IntoView {
    let text = move || {
        collector.shown.with(|draw| draw.as_ref().and_then(|draw| draw.answers.get(at).cloned()))
    };
    view! {
        <div class="side">
            <h3>{title}</h3>
            <p class="answer" data-testid=testid>
                {text}
            </p>
        </div>
    }
}

/// Why there is nothing to read, or nothing to say of it; or what went wrong, and once more.
#[component]
pub fn Waiting(
    controller: Controller,
    collector: Collector,
    testid: &'static str,
) -> impl IntoView {
    let failure = move || {
        collector.failure.get().map(|failure| {
            view! {
                <div class="notice error">
                    <div>
                        <Told failure />
                    </div>
                    <button type="button" on:click=move |_| collector.retry(controller)>
                        "Try again"
                    </button>
                </div>
            }
        })
    };
    view! {
        <p class="faint" role="status" data-testid=testid>
            {move || note(controller, collector)}
        </p>
        <div role="alert" data-testid=format!("{testid}-failure")>
            {failure}
        </div>
    }
}

fn note(controller: Controller, collector: Collector) -> &'static str {
    let state = controller.state;
    if collector.failure.with(Option::is_some) {
        return "";
    }
    if let Some(flaw) = collector.shown.with(|draw| draw.as_ref().map(|draw| draw.flaw())) {
        return match flaw {
            None => "",
            Some(Flaw::Alike) => {
                "Both answers came out the same, however often they were sampled. Raise the \
                 temperature, or skip this prompt."
            }
            Some(Flaw::Empty) => {
                "An answer came out empty. Ask for new answers, or skip this prompt."
            }
        };
    }
    if state.model.with(Option::is_none) {
        "There is no model yet."
    } else if state.status.get() == Status::Loading {
        "Waiting for what is being read…"
    } else if collector.is_drawing() {
        "Writing…"
    } else if collector.no_prompt.get() {
        "The open rows hold no prompt. Type one above."
    } else {
        ""
    }
}
