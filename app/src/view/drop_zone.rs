//! A place to drop files on, which is also a button that opens the file picker.

use leptos::prelude::*;
use leptos::task::spawn_local;
use temper_protocol::Failure;
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
    /// Whether several, which are one model's.
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
    let take_in = move |brought: Result<Brought, Failure>| {
        let checked = if multiple { brought.and_then(Brought::one_model) } else { brought };
        take_or_tell(controller, checked, take);
    };
    let on_drop = move |event: DragEvent| {
        on_drag(event.clone(), false);
        take_dropped(&event, take_in);
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
                on:change=move |event| take_in(picked(&event))
            />
            <span class="drop-title">{title}</span>
            <span class="drop-hint">{hint}</span>
        </label>
    }
}

fn take_dropped(event: &DragEvent, take_in: impl Fn(Result<Brought, Failure>) + 'static) {
    if let Some(transfer) = event.data_transfer() {
        let brought = dropped(&transfer);
        spawn_local(async move { take_in(brought.await) });
    }
}

/// Has something done with what was brought, or says why that can't be.
pub fn take_or_tell(
    controller: Controller,
    brought: Result<Brought, Failure>,
    take: fn(Controller, Brought),
) {
    match brought {
        Ok(brought) => take(controller, brought),
        Err(failure) => controller.refuse(failure),
    }
}
