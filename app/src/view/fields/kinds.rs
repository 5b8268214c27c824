//! The kinds of fields: typed, switched, chosen. What a field holds is text; see `form::spell`.

use std::sync::Arc;

use leptos::prelude::*;
use temper_protocol::config::options::{Choice, OptionKind};

use super::field::About;
use super::wrong::Wrong;
use crate::form::{Form, toggled};
use crate::view::prose::prose;

/// One line of a list to choose from.
#[derive(Clone, Debug)]
pub struct Entry {
    value: String,
    label: String,
    help: String,
}

impl From<Choice> for Entry {
    fn from(choice: Choice) -> Self {
        Self { label: choice.value.clone(), value: choice.value, help: choice.help }
    }
}

/// A switch whose default depends on other options, so that "off" isn't "untouched".
pub fn undecided() -> Vec<Entry> {
    [("", "by default"), ("true", "on"), ("false", "off")]
        .map(|(value, label)| Entry {
            value: value.into(),
            label: label.into(),
            help: String::new(),
        })
        .into()
}

/// A number, a text, or a list of them.
pub fn typed(form: Form, about: &About, wrong: Wrong) -> AnyView {
    let [key, shown, refused] = [&about.key; 3].map(Arc::clone);
    let numeric = match about.kind {
        OptionKind::Integer => "numeric",
        OptionKind::Number => "decimal",
        _ => "text",
    };
    view! {
        <label class="field-name" for=about.testid.clone()>
            {about.name.clone()}
        </label>
        <input
            type="text"
            id=about.testid.clone()
            inputmode=numeric
            autocomplete="off"
            placeholder=about.placeholder()
            data-testid=about.testid.clone()
            aria-describedby=about.told_by()
            aria-invalid=move || wrong.is_at(&refused).then_some("true")
            prop:value=move || form.text(&shown)
            on:input=move |event| form.set(&key, event_target_value(&event))
        />
        <p class="field-help" id=about.help_id()>
            {prose(&about.help)}
        </p>
    }
    .into_any()
}

/// On or off.
pub fn switch(form: Form, about: &About, wrong: Wrong) -> AnyView {
    let [key, shown, refused] = [&about.key; 3].map(Arc::clone);
    let is_on = move || form.text(&shown) == "true";
    let set = move |event: web_sys::Event| form.set(&key, event_target_checked(&event).to_string());
    view! {
        <label class="switch">
            <input
                type="checkbox"
                id=about.testid.clone()
                data-testid=about.testid.clone()
                aria-describedby=about.told_by()
                aria-invalid=move || wrong.is_at(&refused).then_some("true")
                prop:checked=is_on
                on:change=set
            />
            <span class="field-name">{about.name.clone()}</span>
        </label>
        <p class="field-help" id=about.help_id()>
            {prose(&about.help)}
        </p>
    }
    .into_any()
}

/// One of several, with the meaning of the one that is chosen.
pub fn choice(form: Form, about: &About, wrong: Wrong, entries: Vec<Entry>) -> AnyView {
    let [key, shown, refused] = [&about.key; 3].map(Arc::clone);
    let stray = stray(form, Arc::clone(&shown), &entries);
    let options: Vec<_> = entries.iter().map(|entry| option(form, &shown, entry)).collect();
    let meaning = move || {
        let text = form.text(&shown);
        entries.iter().find(|entry| entry.value == text).map(|entry| prose(&entry.help))
    };
    view! {
        <label class="field-name" for=about.testid.clone()>
            {about.name.clone()}
        </label>
        <select
            id=about.testid.clone()
            data-testid=about.testid.clone()
            aria-describedby=about.told_by()
            aria-invalid=move || wrong.is_at(&refused).then_some("true")
            on:change=move |event| form.set(&key, event_target_value(&event))
        >
            {stray}
            {options}
        </select>
        <p class="field-help" id=about.help_id()>
            {prose(&about.help)}
            " "
            {meaning}
        </p>
    }
    .into_any()
}

fn option(form: Form, key: &Arc<str>, entry: &Entry) -> impl IntoView + use<> {
    let (key, this) = (Arc::clone(key), entry.value.clone());
    let is_chosen = move || form.text(&key) == this;
    view! {
        <option value=entry.value.clone() prop:selected=is_chosen>
            {entry.label.clone()}
        </option>
    }
}

/// What a list doesn't have, as a link may bring it: without its own line, the first would seem to
/// be chosen.
fn stray(form: Form, key: Arc<str>, entries: &[Entry]) -> impl IntoView + use<> {
    let known: Vec<String> = entries.iter().map(|entry| entry.value.clone()).collect();
    let stray = Memo::new(move |_| Some(form.text(&key)).filter(|text| !known.contains(text)));
    move || {
        stray.get().map(|text| {
            let value = text.clone();
            view! {
                <option value=value prop:selected=true disabled=true hidden=true>
                    {text}
                </option>
            }
        })
    }
}

/// Some of several, each with its meaning; folded up behind those that are chosen.
pub fn choices(form: Form, about: &About, all: &[Choice]) -> AnyView {
    let boxes: Vec<_> = all.iter().map(|choice| tick_box(form, about, all, choice)).collect();
    let shown = Arc::clone(&about.key);
    let chosen = move || match form.text(&shown) {
        none if none.is_empty() => "none".to_string(),
        chosen => chosen,
    };
    view! {
        <fieldset
            class="choices"
            data-testid=about.testid.clone()
            aria-describedby=about.told_by()
        >
            <legend class="field-name">{about.name.clone()}</legend>
            <details>
                <summary
                    id=about.testid.clone()
                    data-testid=format!("{}-chosen", about.testid)
                >
                    {chosen}
                </summary>
                <div class="boxes">{boxes}</div>
            </details>
            <p class="field-help" id=about.help_id()>
                {prose(&about.help)}
            </p>
        </fieldset>
    }
    .into_any()
}

fn tick_box(form: Form, about: &About, all: &[Choice], choice: &Choice) -> AnyView {
    let [key, shown] = [&about.key; 2].map(Arc::clone);
    let (all, Choice { value, help }) = (all.to_vec(), choice.clone());
    let (this, name) = (value.clone(), value.clone());
    let testid = format!("{}-{value}", about.testid);
    let is_chosen = move || form.text(&shown).split(',').any(|item| item.trim() == this);
    let set = move |event: web_sys::Event| {
        let list = untrack(|| form.text(&key));
        form.set(&key, toggled(&list, &all, &value, event_target_checked(&event)));
    };
    view! {
        <label class="switch">
            <input type="checkbox" data-testid=testid prop:checked=is_chosen on:change=set />
            <span class="field-name">{name}</span>
            <span class="field-help">{prose(&help)}</span>
        </label>
    }
    .into_any()
}
