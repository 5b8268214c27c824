//! Who scores where no rule does: a reward model of this browser, or the open judge.

use leptos::prelude::*;
use temper_protocol::{Method, Referee};

use super::field::About;
use super::id_of;
use super::wrong::{Wrong, said};
use crate::controller::Controller;
use crate::form::{Form, REWARD_MODEL, SCORED_BY};
use crate::records::RewardModel;
use crate::route::{Page, Place};
use crate::view::method;

/// Which reward model scores; where there is none, the way to one.
#[component]
pub fn RewardModelField(
    controller: Controller,
    about: About,
    wrong: Wrong,
    /// Whether the method's field gets the focus once the fields can be used again.
    give_back: StoredValue<bool>,
) -> impl IntoView {
    let form = controller.form;
    let unread = move || form.values.with(|values| !values.is_read(REWARD_MODEL));
    let all = Memo::new(move |_| controller.reward_models());
    let none = Memo::new(move |_| all.with(Vec::is_empty));
    let inside = move || match none.get() {
        true => view! { <TrainFirst controller give_back /> }.into_any(),
        false => view! { <Pick form all wrong about=about.clone() /> }.into_any(),
    };
    view! {
        <div class="field wide" hidden=unread>
            {inside}
        </div>
    }
}

#[component]
fn Pick(form: Form, all: Memo<Vec<RewardModel>>, about: About, wrong: Wrong) -> impl IntoView {
    let chosen = Memo::new(move |_| all.with(|all| chosen(&form.text(REWARD_MODEL), all)));
    let foreign = Memo::new(move |_| all.with(|all| foreign(&chosen.get(), all)));
    let options = move || {
        let here = all.get().into_iter().map(|model| (model.run.to_string(), model.title));
        let foreign = foreign.get().map(|run| (run.clone(), format!("run {run}, not found here")));
        here.chain(foreign).map(|entry| option(chosen, entry)).collect::<Vec<_>>()
    };
    let note = move || {
        let words = "What the settings name isn't among this browser's reward models of the open \
                     model: choose one that is.";
        foreign.with(Option::is_some).then_some(words)
    };
    view! {
        <label class="field-name" for=about.testid.clone()>
            "Reward model"
        </label>
        <select
            id=about.testid.clone()
            data-testid=about.testid.clone()
            aria-describedby=about.told_by()
            aria-invalid=move || wrong.is_at(REWARD_MODEL).then_some("true")
            on:change=move |event| form.set(REWARD_MODEL, event_target_value(&event))
        >
            {options}
        </select>
        <p class="field-help" id=about.help_id()>
            "It marks what the model writes. " {note}
        </p>
        {said(wrong, &about)}
    }
}

fn option(chosen: Memo<String>, (run, title): (String, String)) -> impl IntoView {
    let this = run.clone();
    let is_chosen = move || chosen.with(|chosen| *chosen == this);
    view! {
        <option value=run prop:selected=is_chosen>
            {title}
        </option>
    }
}

/// The number of the run whose reward model scores: what is typed, else the newest one's.
fn chosen(typed: &str, all: &[RewardModel]) -> String {
    match typed.trim() {
        "" => all.first().map(|newest| newest.run.to_string()).unwrap_or_default(),
        typed => typed.to_string(),
    }
}

/// What is chosen, where it isn't among those that are here.
fn foreign(chosen: &str, all: &[RewardModel]) -> Option<String> {
    let is_here = all.iter().any(|model| model.run.to_string() == chosen);
    (!is_here).then(|| chosen.to_string())
}

#[component]
fn TrainFirst(controller: Controller, give_back: StoredValue<bool>) -> impl IntoView {
    let named = move || match controller.form.text(REWARD_MODEL) {
        none if none.trim().is_empty() => String::new(),
        run => format!("The settings name run {run}, which isn't here. "),
    };
    let train = move |_| method::change(controller, Method::Reward, give_back);
    view! {
        <p class="field-name">"Reward model"</p>
        <p class="field-help" data-testid="reward-none">
            {named}
            "No reward model was trained in this browser on the open model yet. It learns from pairs, and is then found here."
        </p>
        <button
            type="button"
            class="plain"
            id=id_of(REWARD_MODEL)
            data-testid="reward-train"
            on:click=train
        >
            "Train a reward model first"
        </button>
    }
}

/// Which model judges, and the way to where one is opened.
#[component]
pub fn JudgeLine(controller: Controller) -> impl IntoView {
    let (form, judge) = (controller.form, controller.arena.judge);
    let elsewhere = move || form.text(SCORED_BY) != "judge";
    let way = move || match judge.model.with(Option::is_some) {
        true => "Open another on the Data page",
        false => "Open one on the Data page",
    };
    view! {
        <div class="field wide" hidden=elsewhere>
            <p class="field-name">"Judge"</p>
            <p class="field-help" role="status" data-testid="score-judge">
                {move || judge.told()}
            </p>
            <a
                class="field-help"
                data-testid="score-judge-open"
                href=Place::topic(Page::Data, "judge").href()
                on:click=move |_| judge.by.set(Referee::Judge)
            >
                {way}
            </a>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_chosen_until_another_is_named() {
        let all = [9, 7].map(|run| RewardModel { run, title: String::new() });
        assert_eq!(chosen("", &all), "9");
        assert_eq!(chosen(" 7 ", &all), "7");
        assert_eq!(chosen("", &[]), "");
        assert_eq!(foreign("7", &all), None);
        assert_eq!(foreign("8", &all), Some("8".into()));
    }
}
