//! What the user should know: errors, warnings, an engine that has gone quiet.

use leptos::prelude::*;

use crate::controller::Controller;
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
                        <p>{failure.message}</p>
                        {failure.hint.map(|hint| view! { <p class="hint">{hint}</p> })}
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
    view! {
        <div role="status" data-testid="warnings">
            {list}
        </div>
    }
}
