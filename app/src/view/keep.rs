//! What the user takes home.

use leptos::prelude::*;

use crate::controller::Controller;
use crate::state::Status;

/// The button that saves the adapter.
#[component]
pub fn KeepCard(controller: Controller) -> impl IntoView {
    let cannot = move || controller.state.status.get() != Status::Done;
    view! {
        <section class="card keep" aria-labelledby="keep-title">
            <div>
                <h2 id="keep-title">"Keep what it learned"</h2>
                <p class="lead">
                    "A small adapter in PEFT's format, as one zip file. Python's PEFT puts it on the same model."
                </p>
            </div>
            <button
                type="button"
                data-testid="download-adapter"
                disabled=cannot
                on:click=move |_| controller.download()
            >
                "Download adapter"
            </button>
        </section>
    }
}
