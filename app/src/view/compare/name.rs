//! A run's name, and the field in its place while it is changed.

use leptos::html::Input;
use leptos::prelude::*;
use temper_protocol::RunId;
use web_sys::KeyboardEvent;

use super::actions::rename_id;
use super::table::Desk;
use crate::compare::RunRow;
use crate::records::Change;
use crate::view::focus::focus;

/// The name or the field.
#[component]
pub fn Name(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let is_edited = Memo::new(move |_| desk.editing.get() == Some(id));
    let name = move || row.with(|row| row.name.clone());
    move || match is_edited.get() {
        true => view! { <Rename desk row id /> }.into_any(),
        false => view! { <span class="run-name" data-testid="run-name">{name}</span> }.into_any(),
    }
}

#[component]
fn Rename(desk: Desk, row: Memo<RunRow>, id: RunId) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // A field that can't take the focus is still there to be clicked.
            _ = field.focus();
            field.select();
        }
    });
    let save = move || {
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        rename(desk, id, typed.trim());
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" => save(),
        "Escape" => close(desk, id),
        _ => {}
    };
    view! {
        <span class="rename">
            <input
                type="text"
                node_ref=field
                data-testid="run-name-field"
                aria-label="The run's name"
                maxlength="60"
                prop:value=row.with_untracked(|row| row.name.clone())
                on:keydown=on_key
            />
            <button
                type="button"
                class="plain"
                data-testid="run-name-save"
                on:click=move |_| save()
            >
                "Save"
            </button>
        </span>
    }
}

/// Takes in what was typed; an empty name is none.
fn rename(desk: Desk, id: RunId, name: &str) {
    if !name.is_empty() {
        desk.controller.runs.change(id, Change::Name(name.to_string()));
    }
    close(desk, id);
}

/// Only once the key has done its work, which else would press the button, and once the row is in
/// its new place, can the button have the focus again.
fn close(desk: Desk, id: RunId) {
    desk.editing.set(None);
    request_animation_frame(move || focus(&rename_id(id)));
}
