//! A button that keeps the focus.

use leptos::prelude::*;

/// It is never switched off, or it would lose the focus when it is pressed; where it can't act it
/// says so.
#[component]
pub fn SteadyButton(
    /// For tests.
    testid: &'static str,
    /// Its class: `main`, `plain`.
    #[prop(optional)]
    look: &'static str,
    /// Whether it can act.
    can: Signal<bool>,
    /// What it does.
    act: impl Fn() + Send + 'static,
    children: Children,
) -> impl IntoView {
    let press = move |_| {
        if can.get_untracked() {
            act();
        }
    };
    view! {
        <button
            type="button"
            class=look
            data-testid=testid
            aria-disabled=move || (!can.get()).then_some("true")
            on:click=press
        >
            {children()}
        </button>
    }
}
