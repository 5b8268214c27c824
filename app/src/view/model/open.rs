//! The open model: what it is, whether it fits, and the way back to the page's own.

use leptos::prelude::*;
use temper_protocol::ModelInfo;

use super::fact;
use super::fit_line::FitLine;
use crate::controller::Controller;
use crate::fit::Size;
use crate::format::count;

/// All of it.
#[component]
pub fn OpenCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let shown = move || match state.model.get() {
        Some(info) => facts(&name(controller, &info), &info).into_any(),
        None => view! { <p class="faint">"No model is open yet."</p> }.into_any(),
    };
    let is_open = Memo::new(move |_| state.model.with(Option::is_some));
    let size = Signal::derive(move || state.model.with(|info| info.as_ref().map(Size::from)));
    view! {
        <section class="card" aria-labelledby="model-title">
            <h2 id="model-title">"The open model"</h2>
            <div class="facts" data-testid="model-info">
                {shown}
            </div>
            <Show when=move || is_open.get()>
                <FitLine device=state.device size testid="model-fit" />
            </Show>
            <Back controller />
        </section>
    }
}

/// A folder's files don't know what they are called; the hub and the page do.
fn name(controller: Controller, info: &ModelInfo) -> String {
    match controller.state.own_model.get() {
        false => "The page's own tiny model".into(),
        true => controller.hub.opened.get().unwrap_or_else(|| info.name.clone()),
    }
}

fn facts(name: &str, info: &ModelInfo) -> impl IntoView + use<> {
    let template = match info.chat_template {
        true => "yes: it answers in turns",
        false => "none: it goes on with the text",
    };
    let all: Vec<_> = [
        ("Architecture", info.architecture.clone()),
        ("Weights", count(info.parameters)),
        ("Layers", info.layers.to_string()),
        ("Width", count(info.hidden_size.into())),
        ("Vocabulary", format!("{} tokens", count(info.vocab_size.into()))),
        ("Context", format!("{} tokens", count(info.max_positions.into()))),
        ("Chat template", template.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| fact(name, value))
    .collect();
    view! {
        <p class="fact-name">{name.to_string()}</p>
        <dl class="model-facts">{all}</dl>
    }
}

#[component]
fn Back(controller: Controller) -> impl IntoView {
    let state = controller.state;
    view! {
        <Show when=move || state.own_model.get()>
            <button
                type="button"
                data-testid="model-default"
                disabled=move || state.status.get().is_busy()
                on:click=move |_| controller.open_default_model()
            >
                "Back to the default model"
            </button>
        </Show>
    }
}
