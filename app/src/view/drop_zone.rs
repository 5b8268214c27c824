//! A place to drop files on, which is also a button that opens the file picker.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::DragEvent;

use crate::controller::Controller;
use crate::drop_files::{Brought, dropped, picked};

/// What a place is for.
#[derive(Clone)]
pub struct Wanted {
    /// What dropping here does.
    pub title: String,
    /// Which files.
    pub hint: String,
    /// Endings that the file picker shows.
    pub accept: &'static str,
    /// Whether several.
    pub multiple: bool,
    /// For tests.
    pub testid: &'static str,
    /// What is done with them.
    pub take: fn(Controller, Brought),
}

impl Wanted {
    /// The files of a model.
    pub fn model(title: &'static str, testid: &'static str, take: fn(Controller, Brought)) -> Self {
        Self {
            title: title.into(),
            hint: "Choose or drop a folder's files in Hugging Face's layout, or one .gguf file."
                .into(),
            accept: ".json,.safetensors,.gguf,.jinja,.model,.txt",
            multiple: true,
            testid,
            take,
        }
    }
}

/// Takes files by picking or dropping.
#[component]
pub fn DropZone(controller: Controller, wanted: Wanted) -> impl IntoView {
    let Wanted { title, hint, accept, multiple, testid, take } = wanted;
    let over = RwSignal::new(false);
    let busy = move || controller.state.status.get().is_busy();
    let on_drag = move |event: DragEvent, is_over: bool| {
        event.prevent_default();
        over.set(is_over);
    };
    let on_drop = move |event: DragEvent| {
        on_drag(event.clone(), false);
        take_dropped(&event, controller, take);
    };
    view! {
        <label
            class="drop"
            class:over=move || over.get()
            class:off=busy
            on:dragover=move |event| on_drag(event, true)
            on:dragleave=move |event| on_drag(event, false)
            on:drop=on_drop
        >
            <input
                type="file"
                class="unseen"
                data-testid=testid
                accept=accept
                multiple=multiple
                disabled=busy
                on:change=move |event| take(controller, picked(&event))
            />
            <span class="drop-title">{title}</span>
            <span class="drop-hint">{hint}</span>
        </label>
    }
}

fn take_dropped(event: &DragEvent, controller: Controller, take: fn(Controller, Brought)) {
    if let Some(transfer) = event.data_transfer() {
        let brought = dropped(&transfer);
        spawn_local(async move { take(controller, brought.await) });
    }
}
