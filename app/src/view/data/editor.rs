//! One row, open to be changed: its texts one by one, or the whole of it as JSON.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::choice::Choice;
use super::rows::TITLE;
use super::table::LIST;
use crate::sheet::{Draft, Field, Parts};
use crate::view::focus::focus;

/// The selected row, while it is open.
#[component]
pub fn Editor(choice: Choice) -> impl IntoView {
    let is_open = Memo::new(move |_| choice.is_open());
    move || is_open.get().then(|| view! { <RowForm choice /> })
}

#[component]
fn RowForm(choice: Choice) -> impl IntoView {
    let title = move || match choice.selected.get() {
        Some(index) => format!("Row {}", index + 1),
        None => "Row".to_string(),
    };
    let problem = move || {
        let index = choice.selected.get()?;
        choice.sheet.rows.with(|rows| rows.get(index).and_then(|row| row.problem.clone()))
    };
    let wrong = move || choice.wrong.get();
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && choice.escape() {
            focus(LIST);
        }
    };
    view! {
        <form
            class="row-editor"
            data-testid="row-editor"
            aria-labelledby="row-title"
            on:keydown=on_key
            on:submit=move |event| {
                event.prevent_default();
                choice.save();
            }
        >
            <h3 id="row-title">{title}</h3>
            {move || problem().map(|words| view! { <p class="wrong">{words}</p> })}
            <Inputs choice />
            <div role="alert" data-testid="row-wrong">
                {move || wrong().map(|words| view! { <p class="wrong">{words}</p> })}
            </div>
            <Buttons choice />
        </form>
    }
}

#[component]
fn Inputs(choice: Choice) -> impl IntoView {
    // Built anew for rows of another shape, not for every letter.
    let parts = Memo::new(move |_| choice.draft.with(|draft| draft.as_ref().map(Draft::parts)));
    move || {
        parts.get().map(|parts| match parts.json {
            true => view! { <JsonInput choice /> }.into_any(),
            false => texts(choice, &parts).into_any(),
        })
    }
}

fn texts(choice: Choice, parts: &Parts) -> impl IntoView + use<> {
    let fixed = |(field, text): &(Field, String)| {
        view! {
            <div class="field">
                <p class="field-name">{field.title()}</p>
                <p class="fixed">{text.clone()}</p>
            </div>
        }
    };
    let fixed: Vec<_> = parts.fixed.iter().map(fixed).collect();
    let typed: Vec<_> = parts
        .fields
        .iter()
        .enumerate()
        .map(|(at, &field)| {
            let first = at == 0;
            view! { <TextInput choice field first /> }
        })
        .collect();
    view! {
        {fixed}
        {typed}
        {parts.label.then(|| view! { <LabelInput choice /> })}
    }
}

#[component]
fn TextInput(choice: Choice, field: Field, first: bool) -> impl IntoView {
    // The first field is where the keyboard lands.
    let id = if first { "row-first".to_string() } else { format!("row-{}", field.name()) };
    let typed = move || {
        choice.draft.with(|draft| draft.as_ref().map(|it| it.text(field)).unwrap_or_default())
    };
    view! {
        <div class="field">
            <label class="field-name" for=id.clone()>
                {field.title()}
            </label>
            <textarea
                id=id
                rows="4"
                data-testid=format!("row-{}", field.name())
                prop:value=typed
                on:input=move |event| {
                    let text = event_target_value(&event);
                    choice.edit(|draft| draft.set(field, text));
                }
            ></textarea>
        </div>
    }
}

#[component]
fn JsonInput(choice: Choice) -> impl IntoView {
    let typed =
        move || choice.draft.with(|draft| draft.as_ref().map(Draft::json).unwrap_or_default());
    view! {
        <div class="field">
            <label class="field-name" for="row-first">
                "The row as JSON"
            </label>
            <textarea
                id="row-first"
                class="code"
                rows="12"
                spellcheck="false"
                data-testid="row-json"
                prop:value=typed
                on:input=move |event| {
                    let text = event_target_value(&event);
                    choice.edit(|draft| draft.set_json(text));
                }
            ></textarea>
        </div>
    }
}

#[component]
fn LabelInput(choice: Choice) -> impl IntoView {
    let label = move || choice.draft.with(|draft| draft.as_ref().and_then(Draft::label));
    let meanings = [
        (None, "", "no label"),
        (Some(true), "true", "liked"),
        (Some(false), "false", "not liked"),
    ];
    let options: Vec<_> = meanings
        .into_iter()
        .map(|(meaning, value, name)| {
            let is_chosen = move || label() == meaning;
            view! {
                <option value=value prop:selected=is_chosen>
                    {name}
                </option>
            }
        })
        .collect();
    view! {
        <div class="field">
            <label class="field-name" for="row-label">
                "Label"
            </label>
            <select
                id="row-label"
                data-testid="row-label"
                on:change=move |event| {
                    // Any other text is no label.
                    let label = event_target_value(&event).parse().ok();
                    choice.edit(|draft| draft.set_label(label));
                }
            >
                {options}
            </select>
        </div>
    }
}

#[component]
fn Buttons(choice: Choice) -> impl IntoView {
    // Never switched off, or it would lose the focus when it is pressed. Without a change it does
    // nothing.
    let unchanged = move || {
        let changed = choice.draft.with(|draft| draft.as_ref().is_some_and(Draft::is_changed));
        (!changed).then_some("true")
    };
    let is_json =
        move || choice.draft.with(|draft| draft.as_ref().is_some_and(|it| it.parts().json));
    let other_view = move || if is_json() { "As texts" } else { "As JSON" };
    let button = |testid: &'static str, name: &'static str, act: fn(Choice)| {
        view! {
            <button type="button" class="plain" data-testid=testid on:click=move |_| act(choice)>
                {name}
            </button>
        }
    };
    view! {
        <div class="row-buttons">
            <button type="submit" class="main" data-testid="row-save" aria-disabled=unchanged>
                "Save"
            </button>
            {button("row-leave-out", "Leave out", leave_out)}
            {button("row-previous", "Previous", |choice| choice.step(-1))}
            {button("row-next", "Next", |choice| choice.step(1))}
            <button
                type="button"
                class="plain"
                data-testid="row-turn-over"
                on:click=move |_| choice.turn_over()
            >
                {other_view}
            </button>
            {button("row-close", "Close", close)}
        </div>
    }
}

fn close(choice: Choice) {
    if choice.finish() {
        focus(LIST);
    }
}

fn leave_out(choice: Choice) {
    choice.leave_out();
    // The button goes with the last row, and so does the list.
    if !untrack(|| choice.is_open()) {
        focus(TITLE);
    }
}
