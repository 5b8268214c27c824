//! What a part of the page is busy with, what came of it, and why it can't begin.

use leptos::prelude::*;

use crate::compare::{Panel, Work};
use crate::controller::Controller;
use crate::view::failure::Refused;

/// Whether nothing that needs the whole engine can begin.
pub fn is_busy(controller: Controller) -> bool {
    controller.state.status.get().is_busy() || controller.runs.bench.is_busy()
}

/// Progress, failure and result of one part.
#[component]
pub fn WorkBar(controller: Controller, panel: Panel, result_testid: &'static str) -> impl IntoView {
    let bench = controller.runs.bench;
    let work = move || {
        let own = bench.work.get().filter(|work| work.panel == panel);
        own.map(|work| view! { <Going controller work /> })
    };
    let failure = Signal::derive(move || {
        let own = bench.failure.get().filter(|(other, _)| *other == panel);
        own.map(|(_, failure)| failure)
    });
    let result = move || {
        let own = bench.result.get().filter(|(other, _)| *other == panel);
        own.map(|(_, words)| view! { <p data-testid=result_testid>{words}</p> })
    };
    view! {
        <Waiting controller />
        {work}
        <Refused failure testid="bench-error" />
        <div role="status" class="result figures">
            {result}
        </div>
    }
}

#[component]
fn Going(controller: Controller, work: Work) -> impl IntoView {
    let Work { what, done, total, .. } = work;
    view! {
        <div class="work">
            <p data-testid="bench-work">{what}</p>
            <progress
                aria-label="Texts written and judged"
                max=total.max(1).to_string()
                value=done.to_string()
            ></progress>
            <p class="figures faint">{format!("{done} of {total}")}</p>
            <button
                type="button"
                class="plain"
                data-testid="bench-stop"
                on:click=move |_| controller.runs.bench.stop()
            >
                "Stop"
            </button>
        </div>
    }
}

/// Why it has to wait, while a run goes on.
#[component]
fn Waiting(controller: Controller) -> impl IntoView {
    let runs = move || controller.state.status.get().is_running();
    view! {
        <Show when=runs>
            <p class="faint" data-testid="bench-waiting">
                "A run is going on. Comparing needs the whole engine, so it waits until the run is "
                "over or stopped."
            </p>
        </Show>
    }
}
