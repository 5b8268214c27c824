//! A model from this computer: files or one GGUF by picking or dropping, or a whole folder.

use crate::controller::Controller;
use crate::drop_files::{Brought, picked};
use crate::view::drop_zone::{DropZone, Wanted, take_or_tell};
use leptos::prelude::*;

/// The places to bring it to.
#[component]
pub fn OwnCard(controller: Controller) -> impl IntoView {
    let busy = move || controller.state.status.get().is_busy();
    let open_folder = move |event: web_sys::Event| {
        take_or_tell(controller, picked(&event).and_then(Brought::one_model), open);
    };
    let wanted = Wanted::model("Use your own model", "model-input", open);
    view! {
        <section class="card" aria-labelledby="own-title">
            <h2 id="own-title">"From this computer"</h2>
            <p class="lead">"The files are read where they lie; nothing is uploaded."</p>
            <DropZone controller wanted />
            <label class="model-folder" class:off=busy>
                <input
                    type="file"
                    class="unseen"
                    data-testid="model-folder"
                    prop:webkitdirectory=true
                    disabled=busy
                    on:change=open_folder
                />
                <span>"Choose a whole folder"</span>
            </label>
        </section>
    }
}

fn open(controller: Controller, Brought { files, folder }: Brought) {
    controller.open_model(folder, files);
}
