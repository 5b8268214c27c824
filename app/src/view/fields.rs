//! The settings of a run: the method, what every method has, and the method's own options.

mod field;
mod kinds;
mod scorers;
mod wrong;

use leptos::prelude::*;
use temper_protocol::Method;
use temper_protocol::config::options::OptionKind;

use super::method::MethodField;
use super::presets::Presets;
use super::soon::Soon;
use crate::controller::Controller;
use crate::form::{
    self, BATCH_SIZE, LEARNING_RATE, Offered, REWARD_MODEL, SCORED_BY, STEPS, left_out, offered,
};
use crate::methods;

use field::{About, Field};
use scorers::{JudgeLine, RewardModelField};
use wrong::Wrong;

pub use wrong::named;

/// All of them.
#[component]
pub fn Fields(controller: Controller) -> impl IntoView {
    let form = controller.form;
    let busy = move || controller.state.status.get().is_busy();
    let give_back = StoredValue::new(false);
    let wrong = Wrong::of(controller);
    wrong::lead_there(form);
    view! {
        <fieldset class="settings" disabled=busy>
            <legend class="unseen">"Settings of the run"</legend>
            <MethodField controller give_back />
            <Presets form />
            {move || of_method(controller, form.method.get(), wrong, give_back)}
        </fieldset>
    }
}

fn of_method(
    controller: Controller,
    method: Method,
    wrong: Wrong,
    give_back: StoredValue<bool>,
) -> impl IntoView {
    let Offered { first, rest } = offered(method);
    let field = move |about: About| of_option(controller, about, wrong, give_back);
    let first: Vec<_> =
        common(method).into_iter().chain(first.iter().map(About::from)).map(field).collect();
    let more = (!rest.is_empty()).then(|| {
        // Nothing of it is in sight.
        let rest = move || rest.iter().map(About::from).map(field).collect_view();
        view! {
            <details class="more" data-testid="more-options">
                <summary>"More options"</summary>
                <div class="fields">
                    <Soon>{rest}</Soon>
                </div>
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
fn of_option(
    controller: Controller,
    about: About,
    wrong: Wrong,
    give_back: StoredValue<bool>,
) -> AnyView {
    let form = controller.form;
    match &*about.key {
        REWARD_MODEL => view! { <RewardModelField controller about wrong give_back /> }.into_any(),
        SCORED_BY => view! {
            <Field form about wrong />
            <JudgeLine controller />
        }
        .into_any(),
        _ => view! { <Field form about wrong /> }.into_any(),
    }
}

/// What every method has.
fn common(method: Method) -> [About; 3] {
    let about = |key: &str, (name, help): (&str, &str), kind| About {
        key: key.into(),
        name: name.into(),
        help: help.into(),
        testid: id_of(key),
        default: empty_means(method, key),
        kind,
    };
    let how_far = ("Learning rate", "How far each step goes.");
    [
        about(STEPS, methods::steps(method), OptionKind::Integer),
        about(BATCH_SIZE, methods::batch(method), OptionKind::Integer),
        about(LEARNING_RATE, how_far, OptionKind::Number),
    ]
}

/// The id of a field by its `table.key`; for tests, too.
fn id_of(key: &str) -> String {
    match key {
        STEPS => "steps".into(),
        BATCH_SIZE => "batch-size".into(),
        LEARNING_RATE => "learning-rate".into(),
        key => format!("option-{}", key.replacen('.', "-", 1)),
    }
}

/// What holds where a field is empty, as it would show it; empty where that depends.
pub fn empty_means(method: Method, key: &str) -> String {
    match key {
        STEPS | BATCH_SIZE => String::new(),
        // Debug writes 1e-6, where Display writes all the zeros.
        LEARNING_RATE => format!("{:?}", method.learning_rate()),
        key => {
            let Offered { first, rest } = offered(method);
            let spec = first.iter().chain(rest).find(|spec| form::key(spec) == key);
            spec.map(form::default_of).unwrap_or_default()
        }
    }
}
