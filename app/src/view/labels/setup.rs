//! Who judges, and what.

use leptos::prelude::*;
use temper_protocol::Referee;
use web_sys::HtmlInputElement;

use crate::arena::Task;
use crate::controller::Controller;
use crate::view::arena::sampling::SamplingFields;
use crate::view::drop_zone::{DropZone, Wanted};

/// One of several.
#[component]
fn Choice<T>(
    value: T,
    chosen: RwSignal<T>,
    group: &'static str,
    testid: &'static str,
    title: &'static str,
    help: &'static str,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    view! {
        <label class="switch">
            <input
                type="radio"
                name=group
                data-testid=testid
                prop:checked=move || chosen.get() == value
                on:change=move |_| chosen.set(value)
            />
            <span class="field-name">{title}</span>
            <span class="field-help">{help}</span>
        </label>
    }
}

/// The lesson's rule, or a model.
#[component]
pub fn Who(controller: Controller) -> impl IntoView {
    let by = controller.arena.judge.by;
    let foreign = move || by.get() == Referee::Gold && !controller.is_default_model();
    view! {
        <fieldset class="choices field">
            <legend class="field-name">"Who judges"</legend>
            <Choice
                value=Referee::Gold
                chosen=by
                group="judge-by"
                testid="judge-rule"
                title="The lesson's rule"
                help="The rule that the page's reviews were written by: the more pleased review \
                      is the better one. No AI, and never wrong about them."
            />
            <p class="arena-balance" hidden=move || !foreign()>
                "The open model is yours. The rule knows only the page's own reviews, and will \
                 call most other texts a tie."
            </p>
            <Choice
                value=Referee::Judge
                chosen=by
                group="judge-by"
                testid="judge-model"
                title="A language model"
                help="A second model, tuned to follow instructions, is shown both answers in both \
                      orders. It takes as much memory again as its files."
            />
            <SecondModel controller />
        </fieldset>
    }
}

#[component]
fn SecondModel(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let wanted = Wanted::model("Open a model that judges", "judge-input", |controller, brought| {
        controller.arena.judge.open(controller, brought.files);
    });
    view! {
        <div class="arena-second" hidden=move || judge.by.get() != Referee::Judge>
            <p role="status" data-testid="judge-name">
                {move || judge.told()}
            </p>
            <DropZone controller wanted />
        </div>
    }
}

/// The open pairs, or fresh samples.
#[component]
pub fn What(controller: Controller) -> impl IntoView {
    let task = controller.arena.judge.task;
    view! {
        <fieldset class="choices field">
            <legend class="field-name">"What is judged"</legend>
            <Choice
                value=Task::Open
                chosen=task
                group="judge-task"
                testid="judge-open-pairs"
                title="The open pairs"
                help="Their labels are known, so you see how often the judge agrees."
            />
            <Choice
                value=Task::Sampled
                chosen=task
                group="judge-task"
                testid="judge-sampled"
                title="Two new answers to each prompt"
                help="The model as it is now answers each prompt twice, and the judge decides."
            />
        </fieldset>
        <HowMany controller />
        <div hidden=move || task.get() != Task::Sampled>
            <SamplingFields controller prefix="judge" with_prompt=false />
        </div>
    }
}

#[component]
fn HowMany(controller: Controller) -> impl IntoView {
    let judge = controller.arena.judge;
    let name = move || match judge.task.get() {
        Task::Open => "At most this many pairs, from the first",
        Task::Sampled => "At most this many prompts, from the first",
    };
    let set = move |event: web_sys::Event| {
        let limit = untrack(|| judge.limit());
        if let Ok(count) = event_target_value(&event).trim().parse::<u32>() {
            limit.set(count.max(1));
        }
        // What is no count goes.
        let input: HtmlInputElement = event_target(&event);
        input.set_value(&limit.get_untracked().to_string());
    };
    view! {
        <label class="field">
            <span class="field-name">{name}</span>
            <input
                type="text"
                inputmode="numeric"
                autocomplete="off"
                data-testid="judge-count"
                prop:value=move || judge.limit().get().to_string()
                on:change=set
            />
        </label>
    }
}
