//! The settings of a run: the method, what every method has, and the method's own options.

mod field;
mod kinds;
mod scorers;

use leptos::prelude::*;
use temper_protocol::Method;
use temper_protocol::config::options::OptionKind;

use super::method::MethodField;
use super::presets::Presets;
use crate::controller::Controller;
use crate::form::{BATCH_SIZE, LEARNING_RATE, REWARD_MODEL, SCORED_BY, STEPS, left_out, offered};
use crate::format::number;
use crate::methods;

use field::{About, Field};
use scorers::{JudgeLine, RewardModelField};

/// All of them.
#[component]
pub fn Fields(controller: Controller) -> impl IntoView {
    let form = controller.form;
    let busy = move || controller.state.status.get().is_busy();
    let give_back = StoredValue::new(false);
    view! {
        <fieldset class="settings" disabled=busy>
            <legend class="unseen">"Settings of the run"</legend>
            <MethodField controller give_back />
            <Presets form />
            {move || of_method(controller, form.method.get(), give_back)}
        </fieldset>
    }
}

fn of_method(
    controller: Controller,
    method: Method,
    give_back: StoredValue<bool>,
) -> impl IntoView {
    let (first, rest) = offered(method);
    let field = move |about: About| of_option(controller, about, give_back);
    let first: Vec<_> =
        common(method).into_iter().chain(first.into_iter().map(About::from)).map(field).collect();
    let rest: Vec<_> = rest.into_iter().map(About::from).map(field).collect();
    let more = (!rest.is_empty()).then(|| {
        view! {
            <details class="more" data-testid="more-options">
                <summary>"More options"</summary>
                <div class="fields">{rest}</div>
            </details>
        }
    });
    let note = left_out(method).map(|note| view! { <p class="field-help">{note}</p> });
    view! {
        <div class="fields">{first}</div>
        {more}
        {note}
    }
}

/// An option's field; beside the choice of who scores stands the judge.
fn of_option(controller: Controller, about: About, give_back: StoredValue<bool>) -> AnyView {
    let form = controller.form;
    match &*about.key {
        REWARD_MODEL => view! { <RewardModelField controller about give_back /> }.into_any(),
        SCORED_BY => view! {
            <Field form about />
            <JudgeLine controller />
        }
        .into_any(),
        _ => view! { <Field form about /> }.into_any(),
    }
}

/// What every method has.
fn common(method: Method) -> [About; 3] {
    let about = |key: &str, (name, help): (&str, &str), testid: &str, kind, default| About {
        key: key.into(),
        name: name.into(),
        help: help.into(),
        testid: testid.into(),
        kind,
        default,
    };
    let none = String::new();
    let rate = number(method.learning_rate());
    let how_far = ("Learning rate", "How far each step goes.");
    [
        about(STEPS, methods::steps(method), "steps", OptionKind::Integer, none.clone()),
        about(BATCH_SIZE, methods::batch(method), "batch-size", OptionKind::Integer, none),
        about(LEARNING_RATE, how_far, "learning-rate", OptionKind::Number, rate),
    ]
}
