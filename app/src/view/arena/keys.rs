//! Verdicts by key and by button: a key works wherever the panel has the focus, except where
//! somebody types.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::arena::{Collector, Verdict};
use crate::controller::Controller;

/// What a key or a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says something of what is on show.
    Say(Verdict),
    /// Takes the last verdict back.
    Undo,
    /// Samples other answers.
    Renew,
}

impl Act {
    /// Whether it can be done now. A draw with a flaw can only be skipped, or drawn anew.
    fn is_open(self, collector: Collector) -> bool {
        let shown = collector.shown;
        match self {
            Self::Undo => collector.can_undo(),
            Self::Renew | Self::Say(Verdict::Skipped) => shown.with(Option::is_some),
            Self::Say(_) => {
                shown.with(|draw| draw.as_ref().is_some_and(|draw| draw.flaw().is_none()))
            }
        }
    }

    fn perform(self, controller: Controller, collector: Collector) {
        match self {
            Self::Say(verdict) => collector.give(controller, verdict),
            Self::Undo => collector.undo(controller),
            Self::Renew => collector.renew(controller),
        }
    }
}

/// A key's meaning where two answers are compared.
pub fn pair_key(key: &str) -> Option<Act> {
    match key {
        "1" | "arrowleft" => Some(Act::Say(Verdict::Left)),
        "2" | "arrowright" => Some(Act::Say(Verdict::Right)),
        "t" => Some(Act::Say(Verdict::Tie)),
        _ => common(key),
    }
}

/// A key's meaning where one answer is rated.
pub fn rating_key(key: &str) -> Option<Act> {
    match key {
        "y" | "arrowup" => Some(Act::Say(Verdict::Liked)),
        "n" | "arrowdown" => Some(Act::Say(Verdict::Disliked)),
        _ => common(key),
    }
}

fn common(key: &str) -> Option<Act> {
    match key {
        "s" => Some(Act::Say(Verdict::Skipped)),
        "u" => Some(Act::Undo),
        "r" => Some(Act::Renew),
        _ => None,
    }
}

/// Does what a pressed key means.
pub fn press(
    controller: Controller,
    collector: Collector,
    event: &KeyboardEvent,
    meaning: fn(&str) -> Option<Act>,
) {
    let held = event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let tag = target.map(|target| target.tag_name()).unwrap_or_default();
    if held || !is_free(&tag) {
        return;
    }
    if let Some(act) = meaning(&event.key().to_lowercase()) {
        // Arrows would scroll the page.
        event.prevent_default();
        act.perform(controller, collector);
    }
}

/// Whether what has the focus leaves keys to the panel.
fn is_free(tag: &str) -> bool {
    !matches!(tag, "INPUT" | "TEXTAREA" | "SELECT")
}

/// What a button says and does.
#[derive(Clone, Copy)]
pub struct Press {
    act: Act,
    key: &'static str,
    label: &'static str,
    testid: &'static str,
}

impl Press {
    /// What it does, the key that does the same, and its words.
    pub const fn new(
        act: Act,
        key: &'static str,
        label: &'static str,
        testid: &'static str,
    ) -> Self {
        Self { act, key, label, testid }
    }
}

/// The buttons, each with its key.
#[component]
pub fn KeyButtons(
    controller: Controller,
    collector: Collector,
    presses: &'static [Press],
) -> impl IntoView {
    let button = |&press: &Press| view! { <KeyButton controller collector press /> };
    let buttons: Vec<_> = presses.iter().map(button).collect();
    view! { <div class="buttons arena-choices">{buttons}</div> }
}

/// A button with its key. It is never switched off, or it would lose the focus and with it the
/// keys; where it can't act it says so.
#[component]
fn KeyButton(controller: Controller, collector: Collector, press: Press) -> impl IntoView {
    let Press { act, key, label, testid } = press;
    view! {
        <button
            type="button"
            data-testid=testid
            aria-keyshortcuts=key
            aria-disabled=move || (!act.is_open(collector)).then_some("true")
            on:click=move |_| {
                if untrack(|| act.is_open(collector)) {
                    act.perform(controller, collector);
                }
            }
        >
            {label}
            " "
            <kbd aria-hidden="true">{key}</kbd>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_the_buttons_say() {
        assert_eq!(pair_key("arrowright"), Some(Act::Say(Verdict::Right)));
        assert_eq!(pair_key("s"), rating_key("s"));
        // The space bar presses a button that has the focus, and else scrolls.
        assert_eq!((pair_key(" "), rating_key(" ")), (None, None));
        assert_eq!((pair_key("y"), rating_key("1")), (None, None));
        assert_eq!(rating_key("arrowup"), Some(Act::Say(Verdict::Liked)));
    }

    #[test]
    fn a_field_keeps_its_keys() {
        assert!(!is_free("INPUT") && !is_free("SELECT"));
        assert!(is_free("BUTTON") && is_free("DIV"));
    }
}
