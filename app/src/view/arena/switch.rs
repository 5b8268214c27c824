//! On or off, with what that means.

use leptos::prelude::*;

/// A switch that turns its signal.
#[component]
pub fn SwitchField(
    value: RwSignal<bool>,
    title: &'static str,
    help: &'static str,
    testid: &'static str,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="switch">
                <input
                    type="checkbox"
                    data-testid=testid
                    prop:checked=move || value.get()
                    on:change=move |event| value.set(event_target_checked(&event))
                />
                <span class="field-name">{title}</span>
                <span class="field-help">{help}</span>
            </label>
        </div>
    }
}
