//! The choice of the method, with a sentence on the one that is chosen.

use leptos::prelude::*;
use temper_protocol::Method;

use super::focus::focus;
use crate::controller::Controller;
use crate::methods;
use crate::route::{Page, Place};

/// All methods, in the survey's order.
#[component]
pub fn MethodField(
    controller: Controller,
    /// Whether it gets the focus once the fields can be used again.
    give_back: StoredValue<bool>,
) -> impl IntoView {
    let method = controller.form.method;
    let busy = move || controller.state.status.get().is_busy();
    let choose = move |event: web_sys::Event| {
        if let Some(method) = methods::by_name(&event_target_value(&event)) {
            change(controller, method, give_back);
        }
    };
    Effect::new(move |_| {
        if !busy() && give_back.get_value() {
            give_back.set_value(false);
            request_animation_frame(focus_again);
        }
    });
    let options: Vec<_> = Method::ALL.into_iter().map(|each| option(method, each)).collect();
    view! {
        <div class="field method">
            <label class="field-name" for="method">
                "Method"
            </label>
            <select
                id="method"
                data-testid="method"
                aria-describedby="method-help"
                on:change=choose
            >
                {options}
            </select>
            <p class="field-help" id="method-help" data-testid="method-help">
                {move || methods::description(method.get())}
            </p>
            {move || lesson(method.get())}
        </div>
    }
}

/// Changes the method. Reading the data anew switches the fields off, by which the one in use loses
/// the focus: the method's own gets it afterwards.
pub fn change(controller: Controller, method: Method, give_back: StoredValue<bool>) {
    controller.choose_method(method);
    give_back.set_value(untrack(|| controller.state.status.get().is_busy()));
}

/// The way to the method's page.
fn lesson(method: Method) -> impl IntoView {
    let href = Place::topic(Page::Learn, method.name()).href();
    view! {
        <a class="field-help" data-testid="method-learn" href=href>
            "How it works"
        </a>
    }
}

fn option(chosen: Memo<Method>, method: Method) -> impl IntoView {
    let is_chosen = move || chosen.get() == method;
    view! {
        <option value=method.name() prop:selected=is_chosen>
            {methods::title(method)}
        </option>
    }
}

/// Gives the focus back, unless it went somewhere else meanwhile.
fn focus_again() {
    let elsewhere = document().active_element().is_some_and(|element| element.tag_name() != "BODY");
    if !elsewhere {
        focus("method");
    }
}
