//! A model from the hub: what somebody types, what is suggested, and what comes of it.

use leptos::prelude::*;
use web_sys::SubmitEvent;

use super::found::FoundModel;
use super::job::JobBar;
use crate::controller::Controller;
use crate::fit;
use crate::format::{bytes, count};
use crate::hub::{Hub, SUGGESTIONS, Suggestion};
use crate::view::failure::Refused;

/// All of it.
#[component]
pub fn HubCard(controller: Controller) -> impl IntoView {
    let hub = controller.hub;
    let looking = move || hub.looking.get().then_some("Asking the hub…");
    let found = move || hub.found.get().map(|found| view! { <FoundModel controller found /> });
    view! {
        <section class="card" aria-labelledby="hub-title">
            <h2 id="hub-title">"From Hugging Face's hub"</h2>
            <p class="lead">
                "Licence, size and fit are shown first; nothing is downloaded before you say so. A model "
                "that is downloaded stays in this browser."
            </p>
            <LookForm hub />
            <p class="faint hub-live" role="status">
                {looking}
            </p>
            <Refused failure=hub.error testid="hub-error" />
            {found}
            <JobBar hub />
            <Suggestions controller />
        </section>
    }
}

#[component]
fn LookForm(hub: Hub) -> impl IntoView {
    let look = move |event: SubmitEvent| {
        event.prevent_default();
        hub.look();
    };
    view! {
        <form class="field" on:submit=look>
            <label class="field-name" for="hub-id">
                "Repository"
            </label>
            <div class="hub-line">
                <input
                    type="text"
                    id="hub-id"
                    data-testid="hub-id"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder="owner/name"
                    aria-describedby="hub-id-help"
                    prop:value=move || hub.id.get()
                    on:input=move |event| hub.id.set(event_target_value(&event))
                />
                <button
                    type="submit"
                    class="main"
                    data-testid="hub-look"
                >
                    "Look up"
                </button>
            </div>
            <p class="field-help" id="hub-id-help">
                "An id, or the address of the model's page. For another revision than main, add @ and its name."
            </p>
            <TokenField hub />
        </form>
    }
}

#[component]
fn TokenField(hub: Hub) -> impl IntoView {
    view! {
        <details class="hub-token">
            <summary>"Access token, for gated and private models"</summary>
            <label class="field-name" for="hub-token">
                "Access token"
            </label>
            <input
                type="password"
                id="hub-token"
                data-testid="hub-token"
                autocomplete="off"
                placeholder="hf_…"
                aria-describedby="hub-token-help"
                prop:value=move || hub.token.get()
                on:input=move |event| hub.token.set(event_target_value(&event))
            />
            <p class="field-help" id="hub-token-help">
                {format!(
                    "Sent to {} alone, and forgotten when the page is closed. One that may only read is enough.",
                    hub.host(),
                )}
            </p>
        </details>
    }
}

#[component]
fn Suggestions(controller: Controller) -> impl IntoView {
    let all: Vec<_> = SUGGESTIONS
        .into_iter()
        .map(|suggestion| view! { <OneSuggestion controller suggestion /> })
        .collect();
    view! {
        <div class="facts">
            <h3>"Small models that train well here"</h3>
            <ul class="hub-suggestions">{all}</ul>
        </div>
    }
}

#[component]
fn OneSuggestion(controller: Controller, suggestion: Suggestion) -> impl IntoView {
    let hub = controller.hub;
    let Suggestion { id, words, licence, size, .. } = suggestion;
    let take = move |_| {
        hub.id.set(id.to_string());
        hub.look();
    };
    let verdict = move || {
        let fit = controller.state.device.with(|device| Some(fit::fit(&size, device.as_ref()?)));
        fit.map(|fit| {
            view! {
                <span class=format!("fit-word {}", fit.verdict.class())>{fit.verdict.word()}</span>
            }
        })
    };
    let facts = format!(
        "{} weights · {} to download · {licence}",
        count(size.parameters),
        bytes(suggestion.bytes)
    );
    view! {
        <li>
            <button
                type="button"
                class="hub-suggestion"
                data-testid="hub-suggestion"
                on:click=take
            >
                <span class="fact-name">{id}</span>
                {verdict}
                <span class="faint">{words}</span>
                <span class="faint figures">{facts}</span>
            </button>
        </li>
    }
}
