//! Step 1: the model that learns.

use leptos::prelude::*;

use super::drop_zone::{DropZone, Wanted};
use crate::controller::Controller;
use crate::words;

fn own_model() -> Wanted {
    Wanted {
        title: "Use your own model".into(),
        hint: "Choose or drop a folder's files in Hugging Face's layout, or one .gguf file.".into(),
        accept: ".json,.safetensors,.gguf,.jinja,.model,.txt",
        multiple: true,
        testid: "model-input",
        take: Controller::open_model,
    }
}

/// The open model, and a place for another.
#[component]
pub fn ModelCard(controller: Controller) -> impl IntoView {
    let state = controller.state;
    let known = move || {
        state.model.get().map(|info| {
            let own = state.own_model.get();
            let name = if own { info.name.clone() } else { "The page's own tiny model".into() };
            let template = if info.chat_template { "with" } else { "without" };
            view! {
                <div class="facts" data-testid="model-info">
                    <p class="fact-name">{name}</p>
                    <p>{words::model(&info)}</p>
                    <p class="faint">
                        {format!("{} architecture, {template} a chat template", info.architecture)}
                    </p>
                </div>
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="model-title">
            <h2 id="model-title">
                <span class="number" aria-hidden="true">
                    "1"
                </span>
                "Model"
            </h2>
            <p class="lead">
                "What learns. The page opens with a tiny model that writes reviews, good and bad."
            </p>
            {known}
            <DropZone controller wanted=own_model() />
        </section>
    }
}
