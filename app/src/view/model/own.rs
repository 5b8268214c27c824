//! A model from this computer: files or one GGUF by picking or dropping, or a whole folder.

use leptos::prelude::*;
use web_sys::{Event, File};

use crate::controller::Controller;
use crate::drop_files::picked;
use crate::js;
use crate::view::drop_zone::{DropZone, Wanted};

/// The places to bring it to.
#[component]
pub fn OwnCard(controller: Controller) -> impl IntoView {
    let busy = move || controller.state.status.get().is_busy();
    let wanted = Wanted::model("Use your own model", "model-input", Controller::open_model);
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
                    on:change=move |event| take_folder(&event, controller)
                />
                <span>"Choose a whole folder"</span>
            </label>
        </section>
    }
}

fn take_folder(event: &Event, controller: Controller) {
    controller.open_model(picked(event).into_iter().filter(is_direct).collect());
}

/// A folder's folders may hold files of the same names.
fn is_direct(file: &File) -> bool {
    match js::text_of(file.as_ref(), "webkitRelativePath") {
        Some(path) => path.split('/').count() <= 2,
        None => true,
    }
}
