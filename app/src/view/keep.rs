//! What the user takes home.

use leptos::prelude::*;
use temper_protocol::Method;

use crate::controller::Controller;
use crate::route::{Page, Place};

/// The button that saves the weights of the last run that ended well.
#[component]
pub fn KeepCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let cannot = move || !state.can_keep();
    let is_judge = move || state.ran.get() == Method::Reward;
    let what = move || match is_judge() {
        true => {
            "A small adapter in PEFT's format with its reward head, as one zip file. Here and in \
             the command line, PPO, RLOO, online DPO and SPPO can be scored by it."
        }
        false => {
            "A small adapter in PEFT's format and as a GGUF for llama.cpp, in one zip file. \
             Either puts it on the same model."
        }
    };
    let label = move || if is_judge() { "Download reward model" } else { "Download adapter" };
    view! {
        <section class="card keep" aria-labelledby="keep-title">
            <div>
                <h2 id="keep-title">"Keep what it learned"</h2>
                <p class="lead">
                    {what} " Those of earlier runs are on the "
                    <a href=Place::of(Page::Compare).href()>"Compare"</a> " page."
                </p>
            </div>
            <button
                type="button"
                data-testid="download-adapter"
                disabled=cannot
                on:click=move |_| controller.download()
            >
                {label}
            </button>
        </section>
    }
}
