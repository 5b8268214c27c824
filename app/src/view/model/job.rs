//! The download that is going on: how far, how fast, and its two buttons.

use leptos::prelude::*;

use crate::hub::{self, Hub, Step};

/// The bar; nothing where nothing is downloaded.
#[component]
pub fn JobBar(hub: Hub) -> impl IntoView {
    let title = Memo::new(move |_| {
        hub.job.with(|job| job.as_ref().map(|job| job.package.title()).unwrap_or_default())
    });
    let total =
        Memo::new(move |_| hub.job.with(|job| job.as_ref().map_or(0, |job| job.package.bytes())));
    let is_there = Memo::new(move |_| hub.job.with(Option::is_some));
    view! {
        <Show when=move || is_there.get()>
            <div class="hub-job" role="group" aria-label="Download">
                <p class="fact-name">{move || title.get()}</p>
                <progress
                    data-testid="hub-progress"
                    aria-label="Bytes downloaded"
                    max=move || total.get().max(1).to_string()
                    value=move || hub.progress.get().done.to_string()
                ></progress>
                <p class="figures" data-testid="hub-pace">
                    {move || words(hub, total.get())}
                </p>
                <Buttons hub />
            </div>
        </Show>
    }
}

fn words(hub: Hub, total: u64) -> String {
    let progress = hub.progress.get();
    let step = hub.job.with(|job| job.as_ref().map(|job| job.step));
    let so_far = |rate| hub::progress(progress.done, total, rate);
    match step {
        Some(Step::Running) | None => so_far(progress.rate),
        Some(Step::Waiting { secs }) => {
            format!("{} · the connection broke; trying again after {secs} s", so_far(None))
        }
        Some(Step::Checking) => format!("{} · checking that it came whole", so_far(None)),
        Some(Step::Stopping) => format!("{} · stopping…", so_far(None)),
        Some(Step::Paused) => format!("{} · paused", so_far(None)),
    }
}

/// One button pauses and resumes, so that the focus stays where it is.
#[component]
fn Buttons(hub: Hub) -> impl IntoView {
    let step = Memo::new(move |_| hub.job.with(|job| job.as_ref().map(|job| job.step)));
    let paused = move || step.get() == Some(Step::Paused);
    let stopping = move || step.get() == Some(Step::Stopping);
    let label = move || if paused() { "Resume" } else { "Pause" };
    let toggle = move |_| match untrack(paused) {
        true => hub.resume(),
        false => hub.pause(),
    };
    view! {
        <div class="buttons">
            <button type="button" data-testid="hub-pause" disabled=stopping on:click=toggle>
                {label}
            </button>
            <button
                type="button"
                data-testid="hub-cancel"
                disabled=stopping
                on:click=move |_| hub.cancel()
            >
                "Cancel and remove"
            </button>
        </div>
    }
}
