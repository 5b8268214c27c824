//! What the user should know: errors, warnings, an engine that has gone quiet.

use leptos::prelude::*;

use super::failure::Told;
use crate::controller::Controller;
use crate::route::Page;
use crate::words;

/// All notices, at the top of the page's content.
#[component]
pub fn Notices(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let error = move || {
        state.error.get().map(|failure| {
            view! {
                <div class="notice error">
                    <div data-testid="error">
                        <Told failure />
                    </div>
                    <button
                        type="button"
                        class="plain"
                        data-testid="dismiss-error"
                        on:click=move |_| state.error.set(None)
                    >
                        "Dismiss"
                    </button>
                </div>
            }
        })
    };
    view! {
        // In sight wherever the page is scrolled to.
        <div class="notices">
            <div role="alert">{error}</div>
            <Quiet controller />
            <Interrupted controller />
            <Warnings controller />
        </div>
    }
}

/// Offers another engine where this one has been silent for long.
#[component]
fn Quiet(controller: Controller) -> impl IntoView {
    let quiet = Memo::new(move |_| controller.is_suspiciously_quiet());
    let notice = move || {
        quiet.get().then(|| {
            view! {
                <div class="notice">
                    <p>
                        "The engine has been silent for a while. A long step can do that; "
                        "if you think that it is stuck, start it again and resume from the last checkpoint."
                    </p>
                    <button
                        type="button"
                        data-testid="restart"
                        on:click=move |_| controller.restart_engine()
                    >
                        "Start it again"
                    </button>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

/// Offers to go on with a run that a closed or reloaded page left.
#[component]
fn Interrupted(controller: Controller) -> impl IntoView {
    let dismissed = RwSignal::new(false);
    let left = move || {
        let busy = controller.state.status.get().is_busy();
        controller.runs.interrupted().filter(|_| !busy && !dismissed.get())
    };
    let notice = move || {
        left().map(|record| {
            let (run, name) = (record.id, record.name);
            let step = record.checkpoints.last().copied().unwrap_or_default();
            let model = controller.state.model;
            let same = model.with(|model| model.as_ref().is_some_and(|it| it.name == record.model));
            let words = match same {
                true => format!("{name} was interrupted. It can go on from step {step}."),
                false => format!(
                    "{name} was interrupted at step {step}. To go on, open its model again: {}.",
                    record.model
                ),
            };
            view! {
                <div class="notice">
                    <p data-testid="interrupted">{words}</p>
                    <div class="buttons">
                        <button
                            type="button"
                            data-testid="resume-interrupted"
                            disabled=!same
                            on:click=move |_| controller.resume_record(run)
                        >
                            {format!("Go on from step {step}")}
                        </button>
                        <button type="button" class="plain" on:click=move |_| dismissed.set(true)>
                            "Not now"
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="status">{notice}</div> }
}

#[component]
fn Warnings(controller: Controller) -> impl IntoView {
    let warnings = controller.state.warnings;
    let list = move || {
        let lines: Vec<_> = warnings.with(|all| {
            all.iter().map(|warning| view! { <li>{words::warning(warning)}</li> }).collect()
        });
        (!lines.is_empty()).then(|| {
            view! {
                <div class="notice">
                    <ul>{lines}</ul>
                </div>
            }
        })
    };
    // The Train page has them among its advice.
    let elsewhere = move || controller.route.page() == Page::Train;
    view! {
        <div role="status" data-testid="warnings" hidden=elsewhere>
            {list}
        </div>
    }
}
